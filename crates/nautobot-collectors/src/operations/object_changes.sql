-- The changes of the last hour, by what they did (ObjectChangeActionChoices).
SELECT
    count(*) FILTER (WHERE action = 'create') AS "create",
    count(*) FILTER (WHERE action = 'update') AS "update",
    count(*) FILTER (WHERE action = 'delete') AS "delete",
    count(*) FILTER (WHERE action NOT IN ('create', 'update', 'delete')) AS other
FROM extras_objectchange
WHERE time > now() - interval '1 hour' AND time <= now()

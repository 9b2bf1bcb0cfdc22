-- Nautobot 1.x: the newest result of each name, of jobs ($1 = 'job') or of Git repositories ('gitrepository').
-- Hashing the names of many results takes half the time of sorting them.
WITH newest AS (
    SELECT DISTINCT ON (name) $1::text AS kind, id, name, status
    FROM extras_jobresult
    JOIN (
        SELECT name, obj_type_id, max(created) AS created
        FROM extras_jobresult
        WHERE obj_type_id = (SELECT id FROM django_content_type WHERE app_label = 'extras' AND model = $1)
        GROUP BY name, obj_type_id
    ) AS last USING (name, obj_type_id, created)
    ORDER BY name, id DESC
)

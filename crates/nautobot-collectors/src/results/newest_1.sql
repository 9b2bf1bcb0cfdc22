-- Nautobot 1.x: the newest result of each name, of jobs ({kind} is job) or of Git repositories (gitrepository).
-- Of jobs, 1.0 to 1.5 only. Hashing the names of many results takes half the time of sorting them.
WITH newest AS (
    SELECT DISTINCT ON (name) '{kind}' AS kind, id, name, status
    FROM extras_jobresult
    JOIN (
        SELECT name, obj_type_id, max(created) AS created
        FROM extras_jobresult
        WHERE obj_type_id = (SELECT id FROM django_content_type WHERE app_label = 'extras' AND model = '{kind}')
        GROUP BY name, obj_type_id
    ) AS last USING (name, obj_type_id, created)
    ORDER BY name, id DESC
)

-- Nautobot 1.6, whose results have indexes on name and on created, which 1.3.0 and 1.5.0 lack: the newest result of
-- each name, of jobs.
-- Each step finds the next name in the index; the last one finds none.
WITH RECURSIVE every AS (
    (SELECT name FROM extras_jobresult ORDER BY name LIMIT 1)
    UNION ALL
    SELECT (SELECT name FROM extras_jobresult WHERE name > every.name ORDER BY name LIMIT 1)
    FROM every
    WHERE name IS NOT NULL
),
kind AS (
    SELECT id FROM django_content_type WHERE app_label = 'extras' AND model = 'job'
),
-- Most names are among the newest results, however many older ones they have.
recent AS (
    SELECT name, max(created) AS created
    FROM (SELECT name, created, obj_type_id FROM extras_jobresult ORDER BY created DESC LIMIT 1000) AS result
    WHERE obj_type_id = (SELECT id FROM kind)
    GROUP BY name
),
rare AS (
    SELECT name FROM every WHERE name IS NOT NULL AND name NOT IN (SELECT name FROM recent)
),
last AS (
    SELECT name, created FROM recent
    UNION ALL
    SELECT name, max(created)
    FROM extras_jobresult
    -- the first spares the statement a sequential scan for no name at all
    WHERE EXISTS (SELECT FROM rare)
        AND name = ANY (ARRAY(SELECT name FROM rare))
        AND obj_type_id = (SELECT id FROM kind)
    GROUP BY name
),
newest AS (
    SELECT DISTINCT ON (name) 'job' AS kind, id, name, status
    FROM extras_jobresult
    JOIN last USING (name, created)
    WHERE obj_type_id = (SELECT id FROM kind)
    ORDER BY name, id DESC
)

-- Nautobot 2 and later: the newest result of each name that no sync of a Git repository left.
-- Until a worker takes it up, a result has no task_name and only its job tells what it is.
WITH RECURSIVE result AS NOT MATERIALIZED (
    SELECT id, name, status, date_created,
        CASE
            WHEN task_name IS NOT NULL THEN task_name NOT LIKE 'nautobot.core.jobs.GitRepository%'
            ELSE job_model_id IS NULL OR job_model_id NOT IN (
                SELECT id FROM extras_job
                WHERE module_name = 'nautobot.core.jobs' AND job_class_name LIKE 'GitRepository%'
            )
        END AS of_job
    FROM extras_jobresult
),
-- Each step finds the next name in the index; the last one finds none.
every AS (
    (SELECT name FROM extras_jobresult ORDER BY name LIMIT 1)
    UNION ALL
    SELECT (SELECT name FROM extras_jobresult WHERE name > every.name ORDER BY name LIMIT 1)
    FROM every
    WHERE name IS NOT NULL
),
-- Most names are among the newest results, however many older ones they have.
recent AS (
    SELECT name, max(date_created) AS date_created
    FROM (SELECT * FROM result ORDER BY date_created DESC LIMIT 1000) AS result
    WHERE of_job
    GROUP BY name
),
rare AS (
    SELECT name FROM every WHERE name IS NOT NULL AND name NOT IN (SELECT name FROM recent)
),
-- Hashing the names of many results takes half the time of sorting them.
last AS (
    SELECT name, date_created FROM recent
    UNION ALL
    SELECT name, max(date_created)
    FROM result
    -- the first spares the statement a sequential scan for no name at all
    WHERE EXISTS (SELECT FROM rare) AND name = ANY (ARRAY(SELECT name FROM rare)) AND of_job
    GROUP BY name
),
newest AS (
    SELECT DISTINCT ON (name) 'job' AS kind, id, name, status
    FROM result
    JOIN last USING (name, date_created)
    WHERE of_job
    ORDER BY name, id DESC
)

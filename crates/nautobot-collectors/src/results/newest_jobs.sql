-- Nautobot 2 and later: the newest result of each name that no sync of a Git repository left.
-- Until a worker takes it up, a result has no task_name and only its job tells what it is.
WITH of_job AS NOT MATERIALIZED (
    SELECT id, name, status, date_created
    FROM extras_jobresult
    WHERE CASE
        WHEN task_name IS NOT NULL THEN task_name NOT LIKE 'nautobot.core.jobs.GitRepository%'
        ELSE job_model_id IS NULL OR job_model_id NOT IN (
            SELECT id FROM extras_job
            WHERE module_name = 'nautobot.core.jobs' AND job_class_name LIKE 'GitRepository%'
        )
    END
),
-- Hashing the names of many results takes half the time of sorting them.
newest AS (
    SELECT DISTINCT ON (name) 'job' AS kind, id, name, status
    FROM of_job
    JOIN (SELECT name, max(date_created) AS date_created FROM of_job GROUP BY name) AS last
        USING (name, date_created)
    ORDER BY name, id DESC
)

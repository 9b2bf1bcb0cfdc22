-- Nautobot 2 and later: the newest result of each name that no sync of a Git repository left.
-- Until a worker takes it up, a result has no task_name and only its job tells what it is.
WITH newest AS (
    SELECT DISTINCT ON (name) 'job' AS kind, id, name, status
    FROM extras_jobresult
    WHERE CASE
        WHEN task_name IS NOT NULL THEN task_name NOT LIKE 'nautobot.core.jobs.GitRepository%'
        ELSE job_model_id IS NULL OR job_model_id NOT IN (
            SELECT id FROM extras_job
            WHERE module_name = 'nautobot.core.jobs' AND job_class_name LIKE 'GitRepository%'
        )
    END
    ORDER BY name, date_created DESC, id DESC
)

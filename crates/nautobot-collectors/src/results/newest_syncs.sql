-- Nautobot 2 and later: of the syncs and dry runs of Git repositories, the newest of each name (kind 'sync') and
-- the newest of each repository that still exists (kind 'gitrepository').
-- Until a worker takes it up, a result has no task_name and only its job tells what it is.
WITH sync AS MATERIALIZED (
    SELECT id, name, status, date_created, task_kwargs ->> 'repository' AS repository_id
    FROM extras_jobresult
    WHERE task_name LIKE 'nautobot.core.jobs.GitRepository%'
        OR task_name IS NULL AND job_model_id = ANY (ARRAY(
            SELECT id FROM extras_job
            WHERE module_name = 'nautobot.core.jobs' AND job_class_name LIKE 'GitRepository%'
        ))
),
newest AS (
    (
        SELECT DISTINCT ON (name) 'sync' AS kind, id, name, status
        FROM sync
        JOIN (SELECT name, max(date_created) AS date_created FROM sync GROUP BY name) AS last
            USING (name, date_created)
        ORDER BY name, id DESC
    )
    UNION ALL
    (
        SELECT DISTINCT ON (repository.name) 'gitrepository', sync.id, repository.name, sync.status
        FROM sync
        JOIN (
            SELECT repository_id, max(date_created) AS date_created FROM sync GROUP BY repository_id
        ) AS last USING (repository_id, date_created)
        JOIN extras_gitrepository AS repository ON repository.id::text = repository_id
        ORDER BY repository.name, sync.id DESC
    )
)

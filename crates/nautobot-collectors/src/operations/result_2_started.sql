-- Job results as Nautobot keeps them since a late 2.4 (migration extras.0125), and the statuses they can have
-- (celery.states). date_started is null in results of before, and in those that no worker has taken up.
WITH known (status, is_finished) AS (
    VALUES
        ('PENDING', false), ('RECEIVED', false), ('STARTED', false), ('RETRY', false),
        ('SUCCESS', true), ('FAILURE', true), ('REVOKED', true)
),
result AS (
    SELECT
        id, name, status, coalesce(celery_kwargs ->> 'queue', '') AS queue,
        date_created AS created, coalesce(date_started, date_created) AS started, date_done AS done
    FROM extras_jobresult
)

-- Job results as Nautobot 2.0 and later keep them, and the statuses they can have (celery.states). When a result was
-- started is in a column since a late 2.4 (migration extras.0125), null in results of before and in those that no worker
-- has taken up: {started} is what is closest to it.
WITH known (status, is_finished) AS (
    VALUES
        ('PENDING', false), ('RECEIVED', false), ('STARTED', false), ('RETRY', false),
        ('SUCCESS', true), ('FAILURE', true), ('REVOKED', true)
),
result AS (
    SELECT
        id, name, status, coalesce(celery_kwargs ->> 'queue', '') AS queue,
        date_created AS created, {started} AS started, date_done AS done
    FROM extras_jobresult
)

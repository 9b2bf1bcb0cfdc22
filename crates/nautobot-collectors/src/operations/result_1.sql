-- Job results as Nautobot 1.x keeps them, and the statuses they can have (JobResultStatusChoices). It says of no result
-- on which queue it was.
WITH known (status, is_finished) AS (
    VALUES ('pending', false), ('running', false), ('completed', true), ('errored', true), ('failed', true)
),
result AS (
    SELECT id, name, status, '' AS queue, created, created AS started, completed AS done
    FROM extras_jobresult
)

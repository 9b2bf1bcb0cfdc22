-- The oldest unfinished result of each status, in seconds since 1970; null where there is none.
SELECT
    known.status,
    extract(epoch FROM oldest.created) AS created,
    extract(epoch FROM now()) AS now
FROM known
CROSS JOIN LATERAL (
    SELECT min(created) AS created FROM result WHERE result.status = known.status AND done IS NULL
) AS oldest
WHERE NOT known.is_finished

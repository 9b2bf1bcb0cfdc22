-- Nautobot 1.0 and 1.1: what the newest results themselves say in data, {"<grouping>": {"success": 1, …}, "total":
-- {…}, "output": "…"}; the total is the sum where data has none. A count that is no whole number is null.
SELECT newest.kind, newest.name, newest.status, tally.*
FROM newest
JOIN extras_jobresult AS result ON result.id = newest.id
CROSS JOIN LATERAL (
    WITH task AS (
        SELECT key AS task, success, warning, failure, info
        FROM jsonb_each(CASE jsonb_typeof(result.data) WHEN 'object' THEN result.data ELSE '{}' END)
        CROSS JOIN LATERAL (
            SELECT
                max(n) FILTER (WHERE status = 'success') AS success,
                max(n) FILTER (WHERE status = 'warning') AS warning,
                max(n) FILTER (WHERE status = 'failure') AS failure,
                max(n) FILTER (WHERE status = 'info') AS info
            FROM unnest(ARRAY['success', 'warning', 'failure', 'info']) AS status
            CROSS JOIN LATERAL (
                SELECT CASE WHEN value ->> status ~ '^-?[0-9]{1,18}$' THEN (value ->> status)::bigint END AS n
            ) AS number
        ) AS counts
        WHERE key <> 'output'
    )
    SELECT * FROM task
    UNION ALL
    SELECT
        'total',
        coalesce(sum(success), 0)::bigint,
        coalesce(sum(warning), 0)::bigint,
        coalesce(sum(failure), 0)::bigint,
        coalesce(sum(info), 0)::bigint
    FROM task
    HAVING NOT coalesce(bool_or(task = 'total'), false)
) AS tally
ORDER BY newest.kind, newest.name COLLATE "C", tally.task COLLATE "C"

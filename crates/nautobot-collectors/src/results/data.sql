-- Nautobot 1.0 and 1.1: what the newest results themselves say in data, {"<grouping>": {"success": 1, …}, "total":
-- {…}, "output": "…"}. A count that is no whole number is null; in the total, the sum takes its place. Totals come
-- first, and limits are as in log_entries.sql.
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
                SELECT CASE WHEN value ->> status ~ '^[0-9]{1,18}$' THEN (value ->> status)::bigint END AS n
            ) AS number
        ) AS counts
        WHERE key <> 'output'
    ),
    total AS (
        SELECT
            coalesce(max(success) FILTER (WHERE task = 'total'), sum(success), 0) AS success,
            coalesce(max(warning) FILTER (WHERE task = 'total'), sum(warning), 0) AS warning,
            coalesce(max(failure) FILTER (WHERE task = 'total'), sum(failure), 0) AS failure,
            coalesce(max(info) FILTER (WHERE task = 'total'), sum(info), 0) AS info
        FROM task
    )
    (
        -- A sum of numbers of 18 digits may be greater than any bigint.
        SELECT
            'total' AS task,
            least(success, 9223372036854775807)::bigint AS success,
            least(warning, 9223372036854775807)::bigint AS warning,
            least(failure, 9223372036854775807)::bigint AS failure,
            least(info, 9223372036854775807)::bigint AS info
        FROM total
    )
    UNION ALL
    (
        SELECT * FROM task WHERE task <> 'total' ORDER BY task COLLATE "C" LIMIT 1000
    )
) AS tally
ORDER BY tally.task <> 'total', newest.kind, newest.name COLLATE "C", tally.task COLLATE "C"
LIMIT 100000

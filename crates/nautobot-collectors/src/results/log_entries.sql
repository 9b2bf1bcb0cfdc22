-- Nautobot 1.2 and later: the log entries of the newest results by grouping, and their total. What a grouping that
-- is called "total" itself has is in the total only. Totals come first, so that limits leave groupings
-- out: beyond 1,000 of a result, and 100,000 rows in all. Of the kind 'sync' nobody shows groupings.
SELECT newest.kind, newest.name, newest.status, tally.*
FROM newest
CROSS JOIN LATERAL (
    SELECT
        CASE GROUPING(entry.grouping) WHEN 0 THEN entry.grouping ELSE 'total' END AS task,
        count(*) FILTER (WHERE entry.log_level = 'success') AS success,
        count(*) FILTER (WHERE entry.log_level = 'warning') AS warning,
        count(*) FILTER (WHERE entry.log_level IN ('failure', 'error', 'critical')) AS failure,
        count(*) FILTER (WHERE entry.log_level = 'info') AS info
    FROM extras_joblogentry AS entry
    WHERE entry.job_result_id = newest.id
    GROUP BY GROUPING SETS ((entry.grouping), ())
    HAVING GROUPING(entry.grouping) = 1 OR (entry.grouping <> 'total' AND newest.kind <> 'sync')
    ORDER BY GROUPING(entry.grouping) DESC, entry.grouping COLLATE "C"
    LIMIT 1001
) AS tally
ORDER BY tally.task <> 'total', newest.kind, newest.name COLLATE "C", tally.task COLLATE "C"
LIMIT 100000

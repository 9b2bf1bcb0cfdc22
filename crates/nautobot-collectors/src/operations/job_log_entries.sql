-- How many log entries there are of each level, zeros included.
SELECT level, sum(entries) AS entries
FROM (
    SELECT CASE WHEN log_level IN (SELECT level FROM known) THEN log_level ELSE 'other' END AS level, entries
    FROM (SELECT log_level, count(*) AS entries FROM extras_joblogentry GROUP BY log_level) AS counted
    UNION ALL
    SELECT level, 0 FROM known
) AS every
GROUP BY level
ORDER BY level COLLATE "C"

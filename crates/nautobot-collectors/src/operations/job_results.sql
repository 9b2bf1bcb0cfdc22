-- How many results there are of each status on each queue, zeros included. Beyond the 100 queues that have most
-- results, queues are one: 'other'.
, counted AS (
    SELECT status, queue, count(*) AS results FROM result GROUP BY status, queue
),
ranked AS (
    SELECT queue, row_number() OVER (ORDER BY sum(results) DESC, queue COLLATE "C") AS rank
    FROM counted
    GROUP BY queue
),
bounded AS (
    SELECT status, CASE WHEN rank <= 100 THEN queue ELSE 'other' END AS queue, results
    FROM counted
    JOIN ranked USING (queue)
)
SELECT status, queue, sum(results) AS results
FROM (
    SELECT status, queue, results FROM bounded
    UNION ALL
    SELECT known.status, queue, 0 FROM known CROSS JOIN (SELECT DISTINCT queue FROM bounded) AS shown
) AS every
GROUP BY status, queue
ORDER BY queue COLLATE "C", status COLLATE "C"
LIMIT 10000

-- The results that finished since a time or, of that time, have a greater id: the first 10,000 of them, times in
-- microseconds since 1970. What says it finished in the future waits until then, whatever clock it came from.
-- The first row has the server's time and whether something waits, and may be nothing else.
SELECT
    clock.now,
    clock.has_future,
    finished.id,
    finished.name,
    finished.status,
    finished.done,
    finished.seconds
FROM (
    SELECT
        (extract(epoch FROM now()) * 1000000)::bigint AS now,
        EXISTS (
            SELECT FROM result WHERE done > now() + interval '5 minutes' AND done < 'infinity'
        ) AS has_future
) AS clock
LEFT JOIN LATERAL (
    SELECT
        id,
        name,
        status,
        (extract(epoch FROM done) * 1000000)::bigint AS done,
        extract(epoch FROM CASE WHEN isfinite(started) THEN done - started END) AS seconds
    FROM result
    WHERE (done, id) > ($since, $after)
      AND done <= now() + interval '5 minutes'
    ORDER BY result.done, id
    LIMIT 10000
) AS finished ON true

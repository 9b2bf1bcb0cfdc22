-- Schedules that are to run, or that Nautobot gave up, and whether the newest finished run of each failed. Times are
-- seconds since 1970. There is always a row, of no schedule if need be.
, newest AS (
    SELECT DISTINCT ON (schedule_id) schedule_id, status
    FROM result
    WHERE schedule_id IN (SELECT id FROM schedule)
      AND status NOT IN ('pending', 'running', 'PENDING', 'RECEIVED', 'STARTED', 'RETRY')
    ORDER BY schedule_id, created DESC, id DESC
)
SELECT
    schedule.name,
    schedule.interval,
    schedule.crontab,
    schedule.time_zone,
    schedule.one_off,
    schedule.is_errored,
    line.gives_up,
    line.is_week_from_monday,
    extract(epoch FROM schedule.start_time) AS start_time,
    extract(epoch FROM schedule.last_run_at) AS last_run_at,
    extract(epoch FROM schedule.date_changed) AS date_changed,
    coalesce(newest.status IN ('errored', 'failed', 'FAILURE'), false) AS is_failing,
    extract(epoch FROM now()) AS now
FROM line
LEFT JOIN schedule ON true
LEFT JOIN newest ON newest.schedule_id = schedule.id

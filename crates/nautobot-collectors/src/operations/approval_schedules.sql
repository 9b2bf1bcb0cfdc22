-- Nautobot 1.2 to 2.4: jobs that are scheduled, or to run at once, when somebody approves. Denied ones are deleted.
SELECT count(*) AS pending FROM extras_scheduledjob WHERE approval_required AND approved_at IS NULL

-- Those of Celery: others are run by Kubernetes, and lie in no Redis.
SELECT name
FROM extras_jobqueue
WHERE queue_type = 'celery'

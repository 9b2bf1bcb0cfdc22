"""What RQ itself says of the Redis that is named: cleans up as it counts, in the order of django-rq's get_statistics()."""

import json
import sys

import redis
import rq
from rq import registry
from rq.worker_registration import clean_worker_registry

REGISTRIES = {
    "finished": registry.FinishedJobRegistry,
    "started": registry.StartedJobRegistry,
    "deferred": registry.DeferredJobRegistry,
    "failed": registry.FailedJobRegistry,
    "scheduled": registry.ScheduledJobRegistry,
    # since RQ 1.10
    "canceled": getattr(registry, "CanceledJobRegistry", None),
}

connection = redis.Redis.from_url(sys.argv[1])
queues = rq.Queue.all(connection=connection)
for queue in queues:
    clean_worker_registry(queue)


def numbers(queue):
    counted = {"queued": queue.count, "workers": rq.Worker.count(queue=queue)}
    for status, kind in REGISTRIES.items():
        counted[status] = kind(queue=queue).count if kind else 0
    return counted


def told(worker):
    return {
        "queues": worker.queue_names(),
        "state": worker.get_state(),
        "successful": worker.successful_job_count or 0,
        "failed": worker.failed_job_count or 0,
        "time": worker.total_working_time or 0.0,
    }


workers = [told(worker) for worker in rq.Worker.all(connection=connection)]
print(json.dumps({"queues": {queue.name: numbers(queue) for queue in queues}, "workers": workers}))

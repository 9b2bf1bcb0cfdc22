"""Jobs of RQ and tasks of Celery that count."""

import os
import time

from prometheus_client import Counter, Gauge, Histogram

DONE = Counter("acme_jobs", "Jobs done.", ["kind"])
TOOK = Histogram("acme_job_seconds", "How long they say they took.", buckets=[0.1, 1, 10])
LAST = Gauge("acme_last", "The greatest.", multiprocess_mode="max")


def count(number):
    DONE.labels("odd" if number % 2 else "even").inc()
    TOOK.observe(number % 3)
    LAST.set(number)


def sleep(seconds):
    time.sleep(seconds)


if "CELERY_BROKER_URL" in os.environ:
    from celery import Celery

    app = Celery(broker=os.environ["CELERY_BROKER_URL"])
    app.task(count, name="count")

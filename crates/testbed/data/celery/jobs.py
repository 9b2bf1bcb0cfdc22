"""A Celery application with the settings of Nautobot 3.2.7 (`nautobot/core/settings.py`, `nautobot/core/celery`), except that results are
not stored. Its one task is called as Nautobot's, with the path of a job's class, whose name says how it ends.

Run as a program, it is a client that does what the lines of its standard input say, and answers each with a line.
"""

import json
import os
import sys
import time
import uuid

from celery import Celery, exceptions
from kombu.serialization import register


class Encoder(json.JSONEncoder):
    def default(self, value):
        return str(value) if isinstance(value, uuid.UUID) else super().default(value)


register(
    "nautobot_json",
    lambda value: json.dumps(value, cls=Encoder, ensure_ascii=False),
    json.loads,
    content_type="application/x-nautobot-json",
    content_encoding="utf-8",
)

app = Celery("nautobot", broker=os.environ["BROKER"], set_as_current=True)
app.conf.update(
    accept_content=["nautobot_json"],
    result_accept_content=["nautobot_json"],
    task_serializer="nautobot_json",
    result_serializer="nautobot_json",
    task_send_sent_event=True,
    task_track_started=True,
    worker_send_task_events=True,
    worker_prefetch_multiplier=4,
    task_default_queue="default",
    task_soft_time_limit=5 * 60,
    task_time_limit=10 * 60,
    # our own: a test does not wait
    broker_connection_retry_on_startup=True,
    broker_transport_options=json.loads(os.environ["TRANSPORT_OPTIONS"]),
)


@app.task(name="nautobot.extras.jobs.run_job", bind=True)
def run_job(self, class_path, seconds=0):
    time.sleep(seconds)
    match class_path.rpartition(".")[2]:
        case "FailingJob":
            raise RuntimeError("as asked")
        case "RejectedJob":
            raise exceptions.Reject("as asked", requeue=False)
        case "RetriedJob" if self.request.retries == 0:
            raise self.retry(countdown=0)
    return class_path


def send(job, seconds, **options):
    """Sends a task with the properties that Nautobot gives it (`JobResult.enqueue_job`)."""
    options |= {f"nautobot_job_{name}_id": uuid.uuid4() for name in ("job_model", "user")}
    return run_job.apply_async((job, seconds), nautobot_job_queue_type="celery", **options).id


COMMANDS = {
    "send": send,
    "revoke": lambda **options: app.control.revoke(**options),
    "inspect": lambda method: getattr(app.control.inspect(timeout=0.5), method)(),
}

if __name__ == "__main__":
    for line in sys.stdin:
        command, arguments = json.loads(line)
        print(json.dumps(COMMANDS[command](**arguments)), flush=True)

"""Lets real workers of RQ leave jobs in every registry of the Redis that is named.

Says `ready` when it is done and everything stands still: one worker has a job in hand, one is idle. They stay until
the input ends.
"""

import os
import signal
import sys
import time
from datetime import timedelta

import redis
import rq
from rq.registry import StartedJobRegistry

import jobs

VERSION = tuple(int(part) for part in rq.__version__.split(".")[:2])

connection = redis.Redis.from_url(sys.argv[1])
running = []


def main():
    done, lost, busy = queue("done"), queue("lost"), queue("busy")

    for ttl in [None, None, 1, 0, -1]:
        done.enqueue(jobs.work, result_ttl=ttl)
    for ttl in [None, None, 1, 0, -1]:
        failed = done.enqueue(jobs.fail, failure_ttl=ttl)
    done.enqueue(jobs.work, depends_on=failed)
    done.enqueue(jobs.fail, retry=rq.Retry(max=2))
    done.enqueue(jobs.fail, retry=rq.Retry(max=1, interval=600))
    done.enqueue(jobs.vanish)
    done.enqueue(jobs.sleep, job_timeout=1)
    os.waitpid(start([done], burst=True), 0)

    gone = lost.enqueue(jobs.sleep)
    started = [gone, lost.enqueue(jobs.sleep), lost.enqueue(jobs.sleep, failure_ttl=0)]
    # before, the clean-up did not ask for retries
    if VERSION >= (1, 8):
        started.append(lost.enqueue(jobs.sleep, retry=rq.Retry(max=1)))
        started.append(lost.enqueue(jobs.sleep, retry=rq.Retry(max=1, interval=600)))
    workers = [worker([lost]) for _ in started]
    pids = [start_worker(worker) for worker in workers]
    until(lambda: all(job.get_status() == "started" for job in started))
    for pid in pids:
        for process in family(pid):
            os.kill(process, signal.SIGKILL)
        running.remove(pid)
        os.waitpid(pid, 0)
    # what passing time does to those whom nobody looks after
    key = StartedJobRegistry(queue=lost).key
    until(lambda: connection.zcard(key) == len(started))
    connection.zadd(key, {member: 1000 for member in connection.zrange(key, 0, -1)}, xx=True)
    connection.delete(*[worker.key for worker in workers])
    connection.delete(gone.key)

    start([busy])
    if VERSION >= (1, 7):
        from rq.command import send_stop_job_command

        stopped = busy.enqueue(jobs.sleep)
        until(lambda: stopped.get_status() == "started")
        send_stop_job_command(connection, stopped.id)
        until(lambda: stopped.get_status() == "stopped")
    in_hand = busy.enqueue(jobs.sleep)
    busy.enqueue(jobs.work)
    busy.enqueue(jobs.work, depends_on=in_hand)
    queue("idle").enqueue(jobs.work)
    start([queue("idle"), busy], with_scheduler=True)
    until(lambda: in_hand.get_status() == "started")
    until(lambda: rq.registry.FinishedJobRegistry(queue=queue("idle")).count == 1)
    until(lambda: connection.keys("*:scheduler-lock:idle"))

    later = queue("later é")
    later.enqueue_in(timedelta(hours=1), jobs.work)
    for _ in range(4):
        waiting = later.enqueue(jobs.work)
    waiting.cancel()

    # results that are kept for a second
    time.sleep(2.1)
    for pid in running:
        for process in family(pid):
            os.kill(process, signal.SIGSTOP)
    settle()


def settle():
    """Redis moves a table that has grown by one step whenever it is looked into, which changes the order in a DUMP."""
    for key in connection.keys():
        look = {b"set": connection.sismember, b"hash": connection.hexists}.get(connection.type(key))
        for _ in range(64 if look else 0):
            look(key, "")


def queue(name):
    return rq.Queue(name, connection=connection)


def worker(queues):
    return rq.Worker(queues, connection=connection)


def start(queues, **options):
    return start_worker(worker(queues), **options)


def start_worker(worker, **options):
    """A process of its own, as `rq worker` is one."""
    pid = os.fork()
    if pid:
        if not options.get("burst"):
            running.append(pid)
        return pid
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    try:
        worker.work(logging_level="CRITICAL", **options)
    finally:
        os._exit(0)


def family(pid):
    """A worker with its work-horse and scheduler, children last."""
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return [pid] + [process for child in children.read().split() for process in family(int(child))]


def until(holds):
    for _ in range(1200):
        if holds():
            return
        time.sleep(0.05)
    raise TimeoutError


try:
    main()
    print("ready", flush=True)
    sys.stdin.read()
finally:
    for pid in running:
        for process in family(pid):
            os.kill(process, signal.SIGKILL)

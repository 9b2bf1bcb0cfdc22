"""Processes that count with a real client while someone else reads their directory: python live_clients.py DIRECTORY SECONDS

They are forked, count for a while and end, and others take their place. Prints the page that the client makes of it in the end.
Values are multiples of 0.5, so that no order of adding them changes a sum.
"""

import os
import random
import sys
import time

directory, seconds = sys.argv[1], float(sys.argv[2])
# the client decides when it is imported
os.environ["prometheus_multiproc_dir"] = os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

AT_ONCE = 6
TURNS = 400
MODES = sorted(getattr(Gauge, "_MULTIPROC_MODES", None) or ("all", "liveall", "min", "max", "livesum"))


def count(seed):
    rng = random.Random(seed)
    registry = CollectorRegistry()
    turns = Counter("turns", "Turns", registry=registry)
    labelled = Counter("labelled", "Turns by label", ["label"], registry=registry)
    took = Histogram("took_seconds", "Time", ["label"], buckets=(1, 2, 4), registry=registry)
    size = Summary("size_bytes", "Size", registry=registry)
    gauges = [Gauge("gauge_" + mode, "Mode " + mode, registry=registry, multiprocess_mode=mode) for mode in MODES]
    for turn in range(TURNS):
        turns.inc()
        # files grow, and get new records, all the time
        labelled.labels("x" * 40 + str(turn // 4)).inc()
        took.labels(str(turn // 40)).observe(rng.randrange(12) / 2)
        size.observe(rng.randrange(1000))
        for gauge in gauges:
            gauge.set(rng.randrange(-100, 100))


def fork(seed):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            count(seed)
            status = 0
        finally:
            # like a worker that is killed: nothing is tidied up
            os._exit(status)
    return pid


until, forked, running = time.time() + seconds, 0, set()
while running or time.time() < until:
    while len(running) < AT_ONCE and time.time() < until:
        running.add(fork(forked))
        forked += 1
    pid, status = os.wait()
    assert status == 0, status
    running.remove(pid)
    if pid % 2:
        mark_process_dead(pid, directory)

registry = CollectorRegistry()
MultiProcessCollector(registry)
page = generate_latest(registry).decode()
assert ("turns_total %.1f\n" % (forked * TURNS)) in page, page
sys.stdout.write(page)

"""The directory of client_python#367, and how long the client takes for it: 6,800 files with 666,000 values, a page of 340 kB.

    VENV/bin/pip install prometheus_client==0.26.0
    VENV/bin/python benches/many_files.py make DIRECTORY [FILES]
    VENV/bin/python benches/many_files.py time DIRECTORY [TIMES]
    VENV/bin/python benches/many_files.py serve DIRECTORY PORT
    cargo run --release -p prometheus-multiproc --example merged -- DIRECTORY time [TIMES]
"""

import os
import random
import resource
import sys
import time

command, directory = sys.argv[1:3]
if command == "make":
    os.makedirs(directory)
# the client decides when it is imported
os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, metrics, start_http_server, values
from prometheus_client.multiprocess import MultiProcessCollector

VIEWS = ["%s:%s" % (model, verb) for model in range(50) for verb in ("list", "retrieve", "update", "destroy")]


def make(files="6800"):
    rng = random.Random(367)
    for process in range(int(files) // 4):
        # numbers that no process has
        values.ValueClass = metrics.values.ValueClass = values.MultiProcessValue(lambda: 5_000_000 + process)
        registry = CollectorRegistry()
        latency = Histogram("http_latency_seconds_by_view", "Latency", ["view", "method"], registry=registry)
        responses = Counter("http_responses_by_view", "Responses", ["view", "method", "status"], registry=registry)
        cache = Summary("cache_seconds", "Time in the cache", ["operation"], registry=registry)
        health = Gauge("health", "Health", ["check"], registry=registry, multiprocess_mode="max")
        for view in rng.sample(VIEWS, 21):
            latency.labels(view, "GET").observe(rng.expovariate(5))
            for status in ("200", "404"):
                responses.labels(view, "GET", status).inc(rng.random())
        for operation in ("get", "set", "delete", "touch", "incr"):
            cache.labels(operation).observe(rng.random())
        for check in ("database", "cache", "disk", "celery"):
            health.labels(check).set(rng.random())
        values._multi_process_cleanups.pop()()


def measure(times="3"):
    for _ in range(int(times)):
        start = time.perf_counter()
        samples = sum(len(metric.samples) for metric in MultiProcessCollector(None, directory).collect())
        print("%.1f ms, %d samples" % ((time.perf_counter() - start) * 1e3, samples))
    print("peak memory: %d kB" % resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def serve(port):
    registry = CollectorRegistry()
    MultiProcessCollector(registry, directory)
    start_http_server(int(port), "127.0.0.1", registry)[1].join()


{"make": make, "time": measure, "serve": serve}[command](*sys.argv[3:])

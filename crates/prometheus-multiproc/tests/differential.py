"""Lets real clients write random directories, and compares what this crate makes of them with what they do themselves.

    cargo build --release -p prometheus-multiproc --example merged
    python -m venv VENV && VENV/bin/pip install prometheus_client==VERSION
    VENV/bin/python tests/differential.py check MERGED [SEEDS]   MERGED is the built example
    VENV/bin/python tests/differential.py while-written MERGED [SECONDS]
    VENV/bin/python tests/differential.py make DIRECTORY         a directory with its page in expected.txt

A directory is compared family by family and sample by sample, values bit by bit, against the client's merge of the files
in the order of their names.
"""

import glob
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import traceback

# the client decides when it is imported
os.environ["prometheus_multiproc_dir"] = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.gettempdir()

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

MODES = sorted(getattr(Gauge, "_MULTIPROC_MODES", None) or ("all", "liveall", "min", "max", "livesum"))
TEXTS = ["", "x", "y z", 'with "quotes"', "back\\slash", "new\nline", "tab\t", "größe 日本 🚀", "{a=\"b\",c}", "é" * 50, "a" * 3000]
VALUES = [0.0, -0.0, 1, -1, 0.1, 1 / 3, 1e6, 1e15, 1e16, 5e-324, 1.5e300, -1e300, float("inf"), float("-inf"), float("nan")]
BUCKETS = [(0.1, 1, 10), (1e-7, 0.001, 1e6, 1e9), (1,), (0.30000000000000004, 1e10, 1e15, 1e16, 1e22), (-5.5, 0, 5)]


def number(rng):
    return rng.choice([rng.choice(VALUES), rng.random(), rng.expovariate(0.001), float(rng.randrange(1000))])


def work(rng, shared):
    """What one process does: metrics that all have alike, in an order and with labels of its own."""
    registry = CollectorRegistry()
    metrics = list(shared)
    rng.shuffle(metrics)
    for kind, name, labels, help_, extra in metrics[: rng.randrange(1, len(metrics) + 1)]:
        if rng.random() < 0.1:
            help_ += " as process %d says" % rng.randrange(5)
        if rng.random() < 0.02 and "pid" not in labels:
            # the same name in two kinds
            kind, extra = rng.choice([("counter", None), ("gauge", rng.choice(MODES)), ("summary", None)])
        make = {"counter": Counter, "gauge": Gauge, "histogram": Histogram, "summary": Summary}[kind]
        options = {}
        if kind == "gauge":
            # the same name in two modes
            mode = rng.choice(MODES) if rng.random() < 0.05 else extra
            options["multiprocess_mode"] = mode
        if kind == "histogram":
            options["buckets"] = extra
        metric = make(name, help_, labels, registry=registry, **options)
        for _ in range(rng.randrange(1, 8) if labels else 1):
            child = metric.labels(*(rng.choice(TEXTS) for _ in labels)) if labels else metric
            for _ in range(rng.randrange(4)):
                if kind == "counter":
                    child.inc(abs(number(rng)))
                elif kind == "gauge":
                    rng.choice([child.set] if "mostrecent" in mode else [child.set, child.inc])(number(rng))
                else:
                    child.observe(number(rng))


def program(rng):
    metrics = []
    for index in range(rng.randrange(1, 8)):
        kind = rng.choice(["counter", "gauge", "histogram", "summary"])
        name = rng.choice(["m%d", "m%d_total", "m%d_seconds", "app:m%d"]) % index
        labels = rng.sample(["a", "b", "zone", "l_e", "pi", "Q"] + ["pid"] * (kind != "gauge"), rng.randrange(4))
        extra = {"gauge": rng.choice(MODES), "histogram": rng.choice(BUCKETS)}.get(kind)
        metrics.append((kind, name, labels, rng.choice(["help", "h\\elp\n" + name, "größe"]), extra))
    return metrics


def fork(job):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            job()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return pid


def write(directory, seed):
    os.environ["prometheus_multiproc_dir"] = os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
    rng = random.Random(seed)
    metrics = program(rng)
    for index in range(rng.randrange(1, 9)):
        pid = fork(lambda: work(random.Random(seed * 1000 + index), metrics))
        assert os.waitpid(pid, 0)[1] == 0, "seed %d failed to write" % seed
        if rng.random() < 0.3:
            mark_process_dead(pid, directory)


def bits(value):
    value = float(value)
    return "nan" if value != value else struct.pack(">d", value).hex()


def theirs(directory):
    files = sorted(glob.glob(os.path.join(directory, "*.db")))
    return [
        {
            "family": m.name,
            "help": m.documentation,
            "kind": m.type,
            "samples": [[s.name, dict(sorted(s.labels.items())), bits(s.value)] for s in m.samples],
        }
        for m in MultiProcessCollector.merge(files)
    ]


def ours(merged, directory, just_made=()):
    lines = subprocess.run([merged, directory], check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
    lines = [json.loads(line) for line in lines]
    # the client makes a file, and then gives it a size
    skipped = [line for line in lines if "skipped" in line and line["reason"] not in just_made]
    assert not skipped, skipped
    families = [line for line in lines if "family" in line]
    for family in families:
        family["samples"] = [[name, labels, bits(value)] for name, labels, value in family["samples"]]
    return families


def comparable(families):
    """Clients before 0.24 print the samples of a family in another order."""
    version = tuple(int(part) for part in package_version().split(".")[:2])
    if version < (0, 24):
        for family in families:
            family["samples"].sort(key=json.dumps)
    return families


def package_version():
    from importlib.metadata import version

    return version("prometheus_client")


def check(merged, seeds="200"):
    samples = 0
    for seed in range(int(seeds)):
        directory = tempfile.mkdtemp()
        write(directory, seed)
        expected, got = comparable(theirs(directory)), comparable(ours(merged, directory))
        if expected != got:
            for a, b in zip(expected, got):
                if a != b:
                    print("client:", json.dumps(a)[:3000], "\nhere:  ", json.dumps(b)[:3000])
            sys.exit("seed %d of client %s differs; see %s" % (seed, package_version(), directory))
        samples += sum(len(family["samples"]) for family in got)
        shutil.rmtree(directory)
    print("client %s: %s directories, %d samples, no difference" % (package_version(), seeds, samples))


def while_written(merged, seconds="10"):
    """Eight processes count and add labels while we read. What is seen may only grow, and in the end it is all there."""
    directory = tempfile.mkdtemp()
    os.environ["prometheus_multiproc_dir"] = os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
    until = time.time() + float(seconds)

    def count():
        registry = CollectorRegistry()
        counter = Counter("c", "h", ["label"], registry=registry)
        histogram = Histogram("h", "h", registry=registry)
        turn = 0
        while time.time() < until:
            turn += 1
            counter.labels("x" * 100 + str(turn // 50)).inc()
            histogram.observe(0.5)

    pids = [fork(count) for _ in range(8)]
    reads, last = 0, {}
    while time.time() < until:
        now = {}
        for family in ours(merged, directory, just_made=["it is cut off"]):
            for name, labels, value in family["samples"]:
                now[name, tuple(labels.items())] = struct.unpack(">d", bytes.fromhex(value))[0]
        for series, value in last.items():
            assert now.get(series, -1) >= value, (series, value, now.get(series))
        reads, last = reads + 1, now
    for pid in pids:
        os.waitpid(pid, 0)
    assert comparable(ours(merged, directory)) == comparable(theirs(directory))
    print("client %s: %d reads, %d series at the end, nothing torn or lost" % (package_version(), reads, len(last)))
    shutil.rmtree(directory)


def make(directory):
    os.makedirs(directory)
    write(directory, 11)
    registry = CollectorRegistry()
    collector = MultiProcessCollector(registry, directory)
    collector.collect = lambda: MultiProcessCollector.merge(sorted(glob.glob(os.path.join(directory, "*.db"))))
    with open(os.path.join(directory, "expected.txt"), "wb") as page:
        page.write(generate_latest(registry))


if __name__ == "__main__":
    {"check": check, "while-written": while_written, "make": make}[sys.argv[1]](*sys.argv[2:])

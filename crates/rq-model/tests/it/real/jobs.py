"""Jobs that end in every way."""

import os
import signal
import time


def work():
    return "done"


def fail():
    raise ValueError("as it is meant to")


def vanish():
    os.kill(os.getpid(), signal.SIGKILL)


def sleep():
    time.sleep(600)

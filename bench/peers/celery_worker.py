import functools
import json
import os
import signal
import sys
import threading

from celery import signals
from celery.worker import request, state, strategy
from celery_app import clock, open_app

# Celery prints to stdout; the lines that the bench reads go where nothing else is written.
out = os.dup(1)
os.dup2(2, 1)


def say(key, value):
    os.write(out, (json.dumps({"key": key, "value": value}) + "\n").encode())


def count_marks(marks):
    """Counts in the main process, when a child has stored the result and reported back."""
    done = 0

    def ready(*args, **kwargs):
        nonlocal done
        state.task_ready(*args, **kwargs)
        done += 1
        if done in marks:
            say(f"mark {done}", clock())

    strategy.create_request_cls = functools.partial(request.create_request_cls, task_ready=ready)


def end_with_parent():
    while os.read(0, 4096):
        say("reply", None)
    os.kill(os.getpid(), signal.SIGTERM)


def main(prefix, marks):
    count_marks({int(mark) for mark in marks.split(",") if mark})
    app = open_app(prefix)

    @signals.worker_ready.connect(weak=False)
    def ready(**_):
        say("ready", clock())
        threading.Thread(target=end_with_parent, daemon=True).start()

    app.worker_main(["--quiet", "worker", "--loglevel=ERROR"])


main(*sys.argv[1:3])

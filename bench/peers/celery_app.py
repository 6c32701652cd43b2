import os
import time

from celery import Celery

concurrency = 20
url = os.environ["BENCH_REDIS_URL"]


def clock():
    """Milliseconds on a clock that all processes of the machine share."""
    return time.time_ns() / 1e6


def open_app(prefix):
    app = Celery("bench", broker=url, backend=url)
    app.conf.update(
        broker_transport_options={"global_keyprefix": prefix},
        result_backend_transport_options={"global_keyprefix": prefix},
        broker_connection_retry_on_startup=True,
        worker_concurrency=concurrency,
    )
    app.task(add, name="bench.add")
    app.task(stamp, name="bench.stamp")
    app.finalize()
    return app


def add(a, b):
    return a + b


def stamp():
    return clock()

import itertools
import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import redis
from celery_app import clock, open_app, url

callers = 20
sampled = 50
warm_up_trips = 20


def say(key, value):
    print(json.dumps({"key": key, "value": value}), flush=True)


class Producer:
    def __init__(self, prefix):
        app = open_app(prefix)
        self.add = app.tasks["bench.add"]
        self.stamp = app.tasks["bench.stamp"]
        self.checks = []

    def sequential(self, count):
        return timed(lambda: [self.add.delay(index, 1) for index in range(count)])

    def parallel(self, count):
        return timed(lambda: self.send(count))

    def bulk(self, _count):
        return None

    def prefill(self, count):
        step = max(1, count // sampled)
        sent = self.send(count)
        self.checks += [(sent[index], index + 1) for index in range(0, count, step)]

    def send(self, count):
        """Sends from several threads, each taking the next number that is free."""
        numbers = itertools.count()
        sent = [None] * count

        def caller():
            while (index := next(numbers)) < count:
                sent[index] = self.add.delay(index, 1)

        with ThreadPoolExecutor(callers) as pool:
            for future in [pool.submit(caller) for _ in range(callers)]:
                future.result()
        return sent

    def verify(self, _count):
        for result, total in self.checks:
            # What is stored, not what was announced to this process.
            stored = self.add.backend.get_task_meta(result.id, cache=False)["result"]
            if stored != total:
                raise ValueError(f"expected the result {total}, saw {stored}")
        checked = len(self.checks)
        self.checks = []
        return checked

    def trips(self, count):
        pickup, round_ = [], []
        for index in range(-warm_up_trips, count):
            time.sleep((5 + random.random() * 20) / 1000)
            sent = clock()
            started = self.stamp.delay().get(timeout=30)
            received = clock()
            if index >= 0:
                pickup.append(started - sent)
                round_.append(received - sent)
        return {"pickup": pickup, "round": round_}

    def sendStamp(self, _count):
        self.waiting = self.stamp.delay()

    def awaitStamp(self, _count):
        return self.waiting.get(timeout=60)


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def wipe(prefix):
    """Removes all that was stored, also when the bench was interrupted."""
    client = redis.Redis.from_url(url)
    keys = client.scan_iter(f"{prefix}*", count=1000)
    while some := list(itertools.islice(keys, 1000)):
        client.unlink(*some)


def main(prefix):
    producer = Producer(prefix)
    say("ready", clock())
    for line in sys.stdin:
        request = json.loads(line)
        try:
            say("reply", getattr(producer, request["op"])(request["count"]))
        except Exception as error:
            say("error", f"{request['op']}: {error!r}")
    wipe(prefix)


main(sys.argv[1])

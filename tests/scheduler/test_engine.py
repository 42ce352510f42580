import threading
from collections import Counter

from scheduler.engine import ThreadEngine


def run(work, threads=4):
    engine = ThreadEngine(work, threads)
    engine.start()
    return engine


def test_a_source_is_worked_on_by_one_thread_at_a_time():
    busy, clashes, done = Counter(), [], threading.Event()
    lock = threading.Lock()
    rounds = Counter()

    def work(source):
        with lock:
            busy[source] += 1
            if busy[source] > 1:
                clashes.append(source)
        threading.Event().wait(0.002)
        with lock:
            busy[source] -= 1
            rounds[source] += 1
            if sum(rounds.values()) >= 20:
                done.set()

    engine = run(work)
    for _ in range(200):
        engine.wake([("fuji", b"a"), ("fuji", b"b")])
        threading.Event().wait(0.0005)
    assert done.wait(10)
    engine.stop()
    assert clashes == []
    assert set(rounds) == {("fuji", b"a"), ("fuji", b"b")}


def test_woken_while_working_means_once_more():
    started, go_on, seen, twice = threading.Event(), threading.Event(), [], threading.Event()

    def work(source):
        seen.append(source)
        started.set()
        go_on.wait(5)
        if len(seen) == 2:
            twice.set()

    engine = run(work)
    engine.wake([("fuji", b"a")])
    assert started.wait(5)
    engine.wake([("fuji", b"a")])
    engine.wake([("fuji", b"a")])
    go_on.set()
    assert twice.wait(5)
    engine.stop()
    assert len(seen) == 2


def test_a_failing_source_does_not_stop_the_others():
    seen = threading.Event()

    def work(source):
        if source[1] == b"bad":
            raise ValueError("secret text of a resident")
        seen.set()

    engine = run(work, threads=1)
    engine.wake([("fuji", b"bad"), ("fuji", b"good")])
    assert seen.wait(5)
    engine.stop()

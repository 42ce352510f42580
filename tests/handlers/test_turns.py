"""Pages are drawn two at a time; who waits too long goes on, and a fault gives its turn back."""

from __future__ import annotations

import threading

import pytest
from flask import Blueprint, Flask

from handlers import turns


@pytest.fixture
def drawing(monkeypatch):
    """An app whose page waits until it is let go, how many draw now, and the most there ever were."""
    monkeypatch.setattr(turns, "LONGEST", 60.0)
    app, pages = Flask("turns"), Blueprint("pages", "turns")
    go, busy, seen, lock = threading.Event(), threading.Semaphore(0), [0, 0], threading.Lock()

    @pages.get("/")
    def page() -> str:
        with lock:
            seen[0] += 1
            seen[1] = max(seen)
        busy.release()
        go.wait(60)
        with lock:
            seen[0] -= 1
        return "drawn"

    @pages.get("/fault")
    def fault() -> str:
        raise RuntimeError("on purpose")

    turns.install(pages, app)
    app.register_blueprint(pages)
    return app, go, busy, seen


def ask(app, count):
    threads = [threading.Thread(target=lambda: app.test_client().get("/")) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_two_at_a_time_and_all_in_the_end(drawing):
    app, go, busy, seen = drawing
    threads = ask(app, 5)
    assert busy.acquire(timeout=60)
    assert busy.acquire(timeout=60)
    go.set()
    for thread in threads:
        thread.join(60)
    assert seen == [0, turns.AT_ONCE]


def test_who_waits_too_long_goes_on(drawing, monkeypatch):
    app, go, busy, seen = drawing
    monkeypatch.setattr(turns, "LONGEST", 0.01)
    threads = ask(app, 3)
    for _ in range(3):
        assert busy.acquire(timeout=60)
    assert seen[0] == 3
    go.set()
    for thread in threads:
        thread.join(60)


def test_a_fault_gives_its_turn_back(drawing):
    app, go, _busy, _seen = drawing
    go.set()
    for _ in range(turns.AT_ONCE + 1):
        assert app.test_client().get("/fault").status_code == 500
    assert app.test_client().get("/").text == "drawn"

"""Pages are drawn a few at a time. Python draws with one processor: more at once only wait for each other, and with
them everything that would be answered at once (kept pages, LINE's events).
"""

from __future__ import annotations

import threading
from typing import Final

from flask import Blueprint, Flask, g

AT_ONCE: Final = 2
LONGEST: Final = 0.5  # seconds; who waits longer goes on all the same: a long print must not hold up everybody
_NAME: Final = "entaku.turns"


def install(pages: Blueprint, app: Flask) -> None:
    """Let the pages of this blueprint take their turns, together with the others of the app."""
    slots = app.extensions.setdefault(_NAME, threading.BoundedSemaphore(AT_ONCE))

    def take() -> None:
        if not g.get("turn"):
            g.turn = slots.acquire(timeout=LONGEST)

    def give(_error: BaseException | None = None) -> None:
        if g.pop("turn", False):
            slots.release()

    pages.before_request(take)
    pages.teardown_request(give)

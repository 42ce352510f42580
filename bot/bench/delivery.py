"""`entaku bench delivery`: one announcement to many, the product as shipped, LINE answering in 80 ms.

Rates and inboxes are counted by the simulator, over the middle 80 % of the send. Beside it: what the SDK's
own client spends on as many calls with the same content, and the plain INSERT ... SELECT of the recipients
that freezing is measured against (performance.md 2 and 4).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Any, Self

import click
from sqlalchemy import text

from bot.bench.rig import CITY, PEER, Rig, open_rig
from bot.now import real_now
from bot.services import announcements, batches, freezing
from bot.services.announcement_reach import Whom
from bot.services.announcement_reach import recipients as recipients_query

LINE_LIMIT = 200  # multicasts a second (line-platform.md)
ANSWER_MS = 80
CHOSEN = 5  # of 26 districts
OTHERS, MOST_OTHERS = 4.2, 420_000  # residents of other districts for each recipient
PEER_CALLS = 600
ROUNDS = 3
SAMPLE_SECONDS = 0.2
# Idle: so many seconds one after another with less CPU than this share of one.
IDLE_SECONDS, IDLE_CPU, LONGEST_START_SECONDS = 3, 0.15, 90
MULTICAST = "POST /v2/bot/message/multicast"


@click.command()
@click.option("--recipients", default=100_000, show_default=True, type=click.IntRange(500, 2_000_000))
@click.option("--database", "database_url", default=None, help="An empty PostgreSQL database; SQLite when left out.")
@click.option("--json", "as_json", is_flag=True)
def command(recipients: int, database_url: str | None, as_json: bool) -> None:
    """Send to many: rate against LINE's limit, CPU against the SDK, memory, freezing, every inbox."""
    found = run(recipients, database_url)
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, value in found.items():
        click.echo(f"{name}: {value}")


def run(recipients: int, database_url: str | None) -> dict[str, Any]:
    """The whole measurement, as surface.md names its figures."""
    with open_rig(database_url) as rig:
        chosen = rig.districts[:CHOSEN]
        rig.add_residents(recipients, chosen)
        rig.add_residents(min(int(recipients * OTHERS), MOST_OTHERS), rig.districts[CHOSEN:], at_line=False)
        found: dict[str, Any] = {"recipients": recipients}
        freezing_ = _freezing(rig, chosen)
        found |= _sending(rig, chosen)
        found |= freezing_
        copies = rig.copies("配信の計測")
        found["missed"] = recipients - len(copies)
        found["doubled"] = sum(1 for count in copies.values() if count > 1)
        found["violations"] = sum(row["channel"] == CITY for row in rig.control("GET", "violations"))
        return found


# --- freezing ------------------------------------------------------------------------------------


def _freezing(rig: Rig, districts: tuple[int, ...]) -> dict[str, float]:
    """Freezing against INSERT ... SELECT of the same rows, in turn; the medians count."""
    floors, ours = [], []
    with rig.context.database.write() as session:
        session.execute(text("CREATE TABLE bench_floor (announcement_id INTEGER, resident_id INTEGER, state TEXT)"))
    for number in range(ROUNDS):
        floors.append(_timed(lambda: _floor(rig, districts)))
        announcement_id = rig.announce(f"宛先の計測{number}", districts, at_once=False)  # with the weekly cap
        ours.append(_timed(lambda: _freeze(rig, announcement_id)))  # noqa: B023
        _forget(rig, announcement_id)
    with rig.context.database.write() as session:
        session.execute(text("DROP TABLE bench_floor"))
    floor, freeze = statistics.median(floors), statistics.median(ours)
    return {"freeze_ratio": round(freeze / floor, 2), "freeze_s": round(freeze, 3), "floor_s": round(floor, 3)}


def _floor(rig: Rig, districts: tuple[int, ...]) -> None:
    whom = Whom(CITY, "home_and_interest", districts)
    with rig.context.database.write(durable=True) as session:
        for part in recipients_query(whom, rig.context.clock()):
            who = part.params(after=0, up_to=2**62).with_only_columns(text("1, resident.id, 'waiting'"))
            query = str(who.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
            session.execute(text(f"INSERT INTO bench_floor {query}"))


def _freeze(rig: Rig, announcement_id: int) -> None:
    context = rig.context
    now = context.clock()
    with context.database.write(durable=True) as session:
        freezing.freeze(session, context.sealer, context.keystore, announcement_id, now, real_now())


def _forget(rig: Rig, announcement_id: int) -> None:
    """Call it off before the product starts: none of its batches is ever tried."""
    with rig.context.database.write() as session:
        row = announcements.get(session, CITY, announcement_id)
        announcements.cancel(session, row, rig.people[0], "", rig.context.clock())


# --- sending -------------------------------------------------------------------------------------


def _sending(rig: Rig, districts: tuple[int, ...]) -> dict[str, Any]:
    rig.start_product()
    rig.wait_product()
    wait_until_idle(rig)
    rig.control("PUT", "limits", {"strict": True})
    rig.fault({"type": "delay", "ms": ANSWER_MS}, when="before")
    cpu, rss = rig.product_cpu(), rig.product_rss_mb()
    with _Peak(rig.product_rss_mb) as peak:
        announcement_id = rig.announce("配信の計測", districts)
        rig.wait(lambda: rig.finished(announcement_id), 3600, "the send did not end")
    cpu = rig.product_cpu() - cpu
    starts = sorted(rig.control("GET", f"starts?operation={MULTICAST}")["starts"])
    calls = len(starts)
    rig.kill_product()
    peer = _peer_cpu(rig, announcement_id) * calls
    rate = _middle_rate(starts)
    return {
        "calls": calls,
        "middle_calls_per_s": round(rate, 1),
        "share_of_limit": round(rate / LINE_LIMIT, 3),
        "most_in_any_second": max(bisect_left(starts, start + 1.0) - at for at, start in enumerate(starts)),
        "cpu_ratio": round(cpu / peer, 3),
        "cpu_us_per_call": round(cpu / calls * 1e6),
        "peer_cpu_us_per_call": round(peer / calls * 1e6),
        "rss_growth_mb": round(peak.value - rss, 1),
    }


def wait_until_idle(rig: Rig) -> None:
    """What a start does once (menus drawn, indexes built) is no part of the send."""
    quiet, before = 0, rig.product_cpu()
    for _ in range(LONGEST_START_SECONDS):
        time.sleep(1.0)
        now = rig.product_cpu()
        quiet, before = (quiet + 1 if now - before < IDLE_CPU else 0), now
        if quiet == IDLE_SECONDS:
            return


def _middle_rate(starts: list[float]) -> float:
    """Calls a second over the middle 80 % of the send, by time."""
    length = starts[-1] - starts[0]
    first, last = starts[0] + 0.1 * length, starts[-1] - 0.1 * length
    return (bisect_left(starts, last) - bisect_left(starts, first)) / (last - first) if length else 0.0


def _peer_cpu(rig: Rig, announcement_id: int) -> float:
    """CPU seconds a call of the SDK's client, to users and a channel of its own; LINE answers it as late as us."""
    users = rig.control("POST", f"{PEER}/users", {"count": batches.SIZE, "friends": True})["userIds"]
    with rig.context.database.read() as session:
        messages = json.loads(announcements.get(session, CITY, announcement_id).messages or b"[]")
    channels = json.loads((rig.folder / "channels.json").read_text(encoding="utf-8"))
    token = next(channel["token"] for channel in channels if channel["id"] == PEER)
    done = subprocess.run(
        [sys.executable, "-m", "bot.bench.delivery_peer", rig.line, token, str(PEER_CALLS), str(LINE_LIMIT)],
        input=json.dumps({"to": users, "messages": messages}), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout) / PEER_CALLS


class _Peak:
    """The highest of a figure that is read again and again while the block runs."""

    def __init__(self, read: Callable[[], float]) -> None:
        self._read, self._over = read, threading.Event()
        self.value = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.value = max(self.value, self._read())

    def __enter__(self) -> Self:
        self.value = self._read()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def _timed(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started

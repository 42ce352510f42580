"""`entaku bench sizing`: how much machine an installation needs, from CPU, memory and bytes measured per unit.

`--measure` runs the grown product (PostgreSQL, Redis, Celery) against the simulator and prints the figures; without it
the table is computed from `FIGURES`, which one such run gave. docs/operations.md holds the table; a test compares them.
"""

from __future__ import annotations

import json
import math
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.bench.rig import Rig

CITIES = (1, 10, 100, 500, 1_700)
DATABASE_MB = 2048  # PostgreSQL and Redis of one installation
BUSY = 0.5  # of a core, so that a peak inside the peak finds room
CHILDREN = 2  # processes of one `entaku worker`
MOST_EACH = 50  # municipalities of one installation: every web and worker process holds the index of each of them
MESSAGES, RECIPIENTS, PEOPLE = 600, 50_000, 20_000
PER_SECOND, WARM_SECONDS = 15, 20


@dataclass(frozen=True)
class Figures:
    """What was measured, and where: CPU in milliseconds, memory in MB, storage in bytes."""

    machine: str
    measured_on: str
    messages: int
    recipients: int
    web_ms: float  # a message, from the webhook to the commit
    work_ms: float  # a message, from the wake-up to the recorded reply
    database_ms: float  # a message, in PostgreSQL
    send_ms: float  # a thousand recipients, frozen, sent and recorded
    send_database_ms: float
    web_mb: float
    worker_mb: float  # one `entaku worker` with CHILDREN processes
    clock_mb: float
    index_mb: float  # of one more municipality in each process that answers (fuji's pack, 735 entries, 5 times)
    resident_bytes: float
    message_bytes: float
    recipient_bytes: float


@dataclass(frozen=True)
class Load:
    """What is assumed of a municipality, and how many act at once."""

    residents: int = 10_000
    reaction: float = 0.1  # of the recipients who write back
    within_s: float = 600.0  # the reaction's time
    together: float = 0.05  # of all municipalities that send in the same ten minutes
    messages_a_year: float = 30.0  # of a resident
    message_days: float = 90.0  # that anything of a message is kept
    announcements_a_year: float = 60.0


@dataclass(frozen=True)
class Size:
    """One row of the table."""

    municipalities: int
    installations: int
    residents: int
    messages_a_second: float
    webs: int
    workers: int
    cores: int
    memory_gb: int
    database_gb: int
    alert_minutes: float  # until everybody everywhere has an alert, at LINE's limit and on these cores


# One run of `--measure`, the machine busy with other work beside it: CPU is what was used, not what time passed.
FIGURES = Figures(
    machine="Intel(R) Xeon(R) Processor, 2 cores, Python 3.11.7",
    measured_on="2026-11-23",
    messages=600,
    recipients=50_770,
    web_ms=4.47,
    work_ms=49.23,
    database_ms=8.12,
    send_ms=8.3,
    send_database_ms=7.1,
    web_mb=271,
    worker_mb=591,
    clock_mb=382,
    index_mb=25.1,
    resident_bytes=528,
    message_bytes=6883,
    recipient_bytes=39,
)


def size(cities: int, load: Load, figures: Figures) -> Size:
    """What so many municipalities need at their busiest, in installations of MOST_EACH."""
    count = math.ceil(cities / MOST_EACH)
    each = math.ceil(cities / count)
    rate = max(1.0, each * load.together) * load.residents * load.reaction / load.within_s
    webs = max(1, math.ceil(rate * figures.web_ms / 1000 / BUSY))
    workers = max(1, math.ceil(rate * figures.work_ms / 1000 / BUSY / CHILDREN))
    if cities > 1:  # one may fail
        webs, workers = max(webs, 2), max(workers, 2)
    answering = webs + workers * CHILDREN
    cores = answering + max(1, math.ceil(rate * figures.database_ms / 1000 / BUSY))
    memory = webs * figures.web_mb + workers * figures.worker_mb + 2 * figures.clock_mb + DATABASE_MB
    memory += answering * (each - 1) * figures.index_mb
    by_cpu = each * load.residents / 1000 * (figures.send_ms + figures.send_database_ms) / 1000 / cores
    by_line = load.residents / 100_000  # each channel by itself: 200 calls a second, 500 recipients each
    return Size(
        cities, count, cities * load.residents, round(rate * count, 1), webs * count, workers * count, cores * count,
        math.ceil(memory / 1024) * count, math.ceil(cities * _stored(load, figures) / 1e9),
        max(math.ceil(max(by_cpu, by_line) / 6) / 10, 0.1),
    )  # fmt: skip


def _stored(load: Load, figures: Figures) -> float:
    """Bytes of one municipality after a year."""
    messages = load.messages_a_year * load.message_days / 365 * figures.message_bytes
    recipients = load.announcements_a_year * figures.recipient_bytes
    return load.residents * (figures.resident_bytes + messages + recipients)


def table(load: Load, figures: Figures) -> Iterator[str]:
    """The table as the documentation has it."""
    heads = (
        "市町村", "設置", "登録した住民", "忙しい時の質問(件/秒)", "web", "worker", "コア", "メモリ(GB)",
        "1年のデータ(GB)", "全員への緊急の配信(分)",
    )  # fmt: skip
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---:|' * len(heads)}"
    for cities in CITIES:
        values = asdict(size(cities, load, figures)).values()
        yield f"| {' | '.join(f'{value:,}' for value in values)} |"


@click.command()
@click.option("--residents", default=Load.residents, show_default=True, help="Registered residents a municipality.")
@click.option("--reaction", default=Load.reaction, show_default=True, help="Share of recipients who write back.")
@click.option("--together", default=Load.together, show_default=True, help="Share of municipalities sending at once.")
@click.option("--measure", is_flag=True, help="Measure here first; needs --database.")
@click.option("--database", "database_url", help="An empty PostgreSQL database.")
@click.option("--json", "as_json", is_flag=True)
def command(
    residents: int, reaction: float, together: float, measure: bool, database_url: str | None, as_json: bool
) -> None:
    """Say how much machine an installation needs, up to every municipality of Japan."""
    if measure and not database_url:
        raise click.UsageError("--measure needs --database, an empty PostgreSQL database.")
    figures = measured(database_url) if measure and database_url else FIGURES
    load = Load(residents, reaction, together=together)
    if as_json:
        rows = [asdict(size(cities, load, figures)) for cities in CITIES]
        click.echo(json.dumps({"figures": asdict(figures), "load": asdict(load), "sizes": rows}, ensure_ascii=False))
        return
    for one in fields(figures):
        click.echo(f"{one.name}: {getattr(figures, one.name)}")
    for line in table(load, figures):
        click.echo(line)


# --- measuring -----------------------------------------------------------------------------------


def measured(database_url: str) -> Figures:
    """Run the grown product and measure it. Raises UnavailableError when it does not come up."""
    from bot.bench.delivery import wait_until_idle
    from bot.bench.rig import open_rig
    from bot.now import jst, real_now

    with open_rig(database_url) as rig:
        questions = _fill(rig)
        before = _bytes(rig)
        rig.add_residents(PEOPLE, rig.districts, at_line=False)
        resident_bytes = (_bytes(rig) - before) / PEOPLE
        users = rig.control("POST", "bench/users", {"count": MESSAGES, "friends": True})["userIds"]
        rig.add_residents(RECIPIENTS, rig.districts[:1])
        rig.start_product()
        rig.wait_product()
        time.sleep(WARM_SECONDS)
        asked = _spent(rig, lambda: _ask(rig, users, questions))
        wait_until_idle(rig)  # what is understood of the entries in between is no part of a send
        told = _spent(rig, lambda: _tell(rig))
        memory = rig.product.rss_by_command()
        recipients = _recipients(rig)
        return Figures(
            machine=f"{_processor()}, Python {platform.python_version()}",
            measured_on=jst(real_now()).date().isoformat(),
            messages=MESSAGES,
            recipients=recipients,
            web_ms=round(asked["serve"] / MESSAGES * 1000, 2),
            work_ms=round(asked["worker"] / MESSAGES * 1000, 2),
            database_ms=round(asked["database"] / MESSAGES * 1000, 2),
            send_ms=round((told["worker"] + told["clock"]) / recipients * 1e6, 1),
            send_database_ms=round(told["database"] / recipients * 1e6, 1),
            web_mb=round(memory["serve"]),
            worker_mb=round(memory["worker"]),
            clock_mb=round(memory["clock"]),
            index_mb=FIGURES.index_mb,
            resident_bytes=round(resident_bytes),
            message_bytes=round(asked["bytes"] / MESSAGES),
            recipient_bytes=round(told["bytes"] / recipients),
        )


def _spent(rig: Rig, act: Callable[[], None]) -> dict[str, float]:
    """CPU seconds by command and of the database, and bytes stored, while something is done."""
    before = {**rig.product.cpu_by_command(), "database": _database_cpu(rig), "bytes": float(_bytes(rig))}
    act()
    time.sleep(2.0)  # what is written down after the last answer
    after = {**rig.product.cpu_by_command(), "database": _database_cpu(rig), "bytes": float(_bytes(rig))}
    return {name: after[name] - before[name] for name in before}


def _ask(rig: Rig, users: Sequence[str], questions: Sequence[str]) -> None:
    def say(user: str, text: str) -> None:
        rig.control("POST", f"bench/users/{user}/say", {"text": text})

    with ThreadPoolExecutor(8) as pool:
        for number, user in enumerate(users):
            pool.submit(say, user, questions[number % len(questions)])
            time.sleep(1 / PER_SECOND)
    for user in users:
        rig.wait(lambda: rig.control("GET", f"bench/inbox/{user}"), 120, "no reply came")  # noqa: B023


def _tell(rig: Rig) -> None:
    announcement_id = rig.announce("大きさの計測", rig.districts[:1])
    rig.wait(lambda: rig.finished(announcement_id), 600, "the send did not end")


def _recipients(rig: Rig) -> int:
    from bot.services import announcements

    with rig.context.database.read() as session:
        return announcements.get(session, "bench", rig.sent[-1]).recipients or 0


def _fill(rig: Rig) -> list[str]:
    """A real city's entries, and what people ask about them."""
    from bot.models import Entry
    from bot.now import real_now
    from content import packs
    from content.packs_json import entry_json

    entries = packs.load(packs.SHIPPED / "fuji").entries
    with rig.context.database.write() as session:
        session.add_all(
            Entry(
                municipality_id="bench", key=one.id, kind=one.kind, title=one.title, data=entry_json(one),
                updated_at=real_now(),
            )
            for one in entries
        )  # fmt: skip
    return [one.questions[0] if one.questions else one.title for one in entries]


def _bytes(rig: Rig) -> int:
    from sqlalchemy import text

    with rig.context.database.read() as session:
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def _database_cpu(rig: Rig) -> float:
    """CPU seconds of PostgreSQL's processes that serve this database on this machine."""
    from bot.bench.product import cpu_of

    mark, total = f" {rig.context.database.url.database} ", 0.0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
            total += cpu_of(int(path.name)) if words.startswith("postgres:") and mark in words else 0.0
        except OSError:
            continue
    return total


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    cores = sum(line.startswith("processor") for line in lines)
    return f"{name}, {cores} cores"

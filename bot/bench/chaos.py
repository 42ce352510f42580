"""`entaku bench chaos`: kill -9 the product while multicasts are in flight, again and again.

LINE is slow, answers 500 before and after it has accepted, says "too fast", and drops connections after
accepting. After each kill the product is started again, as a supervisor would. At the end LINE's own
inboxes are counted: each must hold every announcement once.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass, field

import click

from bot.bench.rig import Rig, open_rig
from bot.services import announcements

RESIDENTS = 3_000
MOST_KILLS_EACH = 4  # of one announcement
SETTLE_SECONDS = 1500.0  # pauses double: in 200 kills some batch is refused ten times in a row
KILL_WITHIN = 1.5  # seconds after multicasts have begun, or after the approval
TOO_FAST = "The API rate limit has been exceeded. Try again later."


@dataclass
class Report:
    """What is printed; see surface.md."""

    kills: int = 0
    recipients: int = 0
    missed: int = 0
    doubled: int = 0
    unknown: int = 0
    violations: int = 0
    slowest_resume_s: float = 0.0
    announcements: int = 0
    in_flight: int = 0  # kills that hit a send which was not over
    kinds: list[str] = field(default_factory=list)


@click.command()
@click.option("--kills", default=10, show_default=True, type=click.IntRange(1, 10_000), help="How often.")
@click.option("--recipients", default=RESIDENTS, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--database", "database_url", default=None, help="An empty PostgreSQL database; SQLite when left out.")
@click.option("--seed", default=1, show_default=True, help="For the moments of the kills and LINE's faults.")
@click.option("--json", "as_json", is_flag=True)
def command(kills: int, recipients: int, database_url: str | None, seed: int, as_json: bool) -> None:
    """Kill the product while it sends; count every inbox."""
    report = run(kills, recipients, database_url, seed)
    if as_json:
        click.echo(json.dumps(vars(report)))
        return
    for name, value in vars(report).items():
        click.echo(f"{name}: {value}")


def run(kills: int, recipients: int, database_url: str | None, seed: int) -> Report:
    """The whole run. Raises UnavailableError when a process does not come up, or a send does not end."""
    chance = random.Random(seed)
    report = Report(recipients=recipients)
    with open_rig(database_url) as rig:
        rig.add_residents(recipients, rig.districts[:3])
        _make_line_difficult(rig, seed)
        rig.start_product()
        rig.wait_product()
        while report.kills < kills:
            _one_announcement(rig, report, chance, min(kills - report.kills, chance.randint(1, MOST_KILLS_EACH)))
        _count(rig, report)
    return report


def _make_line_difficult(rig: Rig, seed: int) -> None:
    rig.fault({"type": "status", "status": 500}, when="before", prob=0.1, seed=seed)
    rig.fault({"type": "status", "status": 429, "message": TOO_FAST}, when="before", prob=0.1, seed=seed + 1)
    rig.fault({"type": "delay", "ms": 500}, when="before", prob=0.5, seed=seed + 2)
    rig.fault({"type": "drop"}, when="after", prob=0.2, seed=seed + 3)
    rig.fault({"type": "status", "status": 500}, when="after", prob=0.1, seed=seed + 4)
    rig.fault({"type": "delay", "ms": 800}, when="after", prob=0.5, seed=seed + 5)


def _one_announcement(rig: Rig, report: Report, chance: random.Random, kills: int) -> None:
    """Announce, kill the product this many times before or while it is sent, wait until it is over."""
    report.announcements += 1
    announcement_id = rig.announce(f"混沌{report.announcements:04d}", rig.districts[:3])
    for _ in range(kills):
        time.sleep(chance.random() * KILL_WITHIN)
        over = rig.finished(announcement_id)
        rig.kill_some(chance)
        report.kills += 1
        killed, before = time.monotonic(), rig.multicasts()
        rig.start_product()
        if over or rig.finished(announcement_id):
            rig.wait_product()
            break
        report.in_flight += 1
        rig.wait(lambda: rig.multicasts() > before or rig.finished(announcement_id), SETTLE_SECONDS, "nothing resumed")  # noqa: B023
        report.slowest_resume_s = max(report.slowest_resume_s, round(time.monotonic() - killed, 2))
    rig.wait(lambda: rig.finished(announcement_id), SETTLE_SECONDS, "the send did not end")


def _count(rig: Rig, report: Report) -> None:
    for number, announcement_id in enumerate(rig.sent, 1):
        copies = rig.copies(f"混沌{number:04d}")
        report.missed += report.recipients - len(copies)
        report.doubled += sum(1 for count in copies.values() if count > 1)
        with rig.context.database.read() as session:
            row = announcements.get(session, "bench", announcement_id)
            report.unknown += announcements.progress(session, row).unknown
    found = rig.control("GET", "violations")
    report.violations = len(found)
    report.kinds = sorted({row["kind"] for row in found})

"""What can be done about an announcement for which the month has too few messages: the choices that would fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from bot.core.months import Month, month_of
from bot.core.permissions import Actor
from bot.core.transitions import possible
from bot.errors import BadInputError, ConflictError
from bot.models import Announcement
from bot.now import JST, jst
from bot.services import announcements, budget, circular_days, circulars, polls, series
from bot.services.announcement_reach import Whom, count, whom_of
from content import issue_days
from content.issue_days import IssueRule

CHOICES: Final = ("districts", "next_month", "untold")
WEEK: Final = 7
SATURDAY: Final = 5
MORNING: Final = time(9)


@dataclass(frozen=True)
class Choice:
    """One way that fits: `messages` it would use (a number that may be shown); with it, what changes."""

    kind: str
    messages: int
    district_ids: tuple[int, ...] | None = None
    send_at: datetime | None = None
    untold_days: int = 0


def choices(session: Session, row: Announcement, now: datetime) -> tuple[Choice, ...]:
    """The ways that fit, none when it fits as it is or can no longer be changed."""
    if "change" not in possible(row.state) or row.corrects_id is not None:
        return ()
    to = whom_of(session, row)
    reached = count(session, to, now, apart=False)
    if to.round_table_id is not None or not budget.refusal(session, row, reached.recipients, now):
        return ()
    if row.kind == "circular":  # for everybody of its district
        ways: tuple[Choice | None, ...] = (_later(session, row, reached.recipients, now),)
    else:
        left = budget.quota_for(session, row, now).free(row.urgency) or 0
        left //= budget.sends(session, row, now)
        ways = (
            _fewer(session, to, left, now),
            _later(session, row, reached.recipients, now),
            _untold(session, to, left, now),
        )
    return tuple(one for one in ways if one is not None)


def choose(session: Session, row: Announcement, actor: Actor, kind: str, version: int, now: datetime) -> Choice:
    """Change it so; a submitted one becomes a draft again and is asked for anew.

    Raises NotAllowedError, ConflictError (changed meanwhile), BadInputError (no longer fits).
    """
    found = next((one for one in choices(session, row, now) if one.kind == kind), None)
    if found is None:
        raise ConflictError("残りの数が変わったので、この方法は使えません。いまの数を確かめてください。")
    filters = whom_of(session, row).filters
    if found.untold_days:
        filters = replace(filters, untold_days=found.untold_days)
    announcements.narrow(
        session, row, actor, version, now,
        send_at=found.send_at or row.send_at, district_ids=found.district_ids, filters=filters,
    )  # fmt: skip
    if found.send_at is not None:
        _put_off(session, row, actor, found.send_at, now)
    return found


def _put_off(session: Session, row: Announcement, actor: Actor, at: datetime, now: datetime) -> None:
    """What the announcement stands for moves with it: its issue of the circular, the start of its series."""
    issue = circulars.of_announcement(session, row)
    if issue is not None:
        circulars.put_off(session, issue, actor, jst(at).date(), issue.version, now)
        row.send_at = issue.send_at
    again = series.of(session, row)
    if again is not None and again.state == "draft":
        day = jst(at).date()  # its own days stay: every second week stays the same weeks
        again.starts_on = min(day, series.named_on(again, day))
        series.set_first(session, row, now)
    session.flush()


def _fewer(session: Session, to: Whom, left: int, now: datetime) -> Choice | None:
    """As many of its districts as fit, the smallest first."""
    if len(to.district_ids) < 2 or to.audience not in ("home", "home_and_interest"):
        return None
    sizes = {one: count(session, replace(to, district_ids=(one,)), now) for one in to.district_ids}
    taken: tuple[int, ...] = ()
    reached = None
    for one in sorted(sizes, key=lambda district: (sizes[district].recipients, district)):
        tried = count(session, replace(to, district_ids=(*taken, one)), now, apart=False)
        if tried.recipients > left:
            break
        taken, reached = (*taken, one), tried
    if reached is None or not reached.recipients:
        return None
    return Choice("districts", reached.shown, tuple(sorted(taken)))


def _later(session: Session, row: Announcement, reached: int, now: datetime) -> Choice | None:
    """The first morning of the month after, when it fits there and its poll is still open then.

    For a series its first date of that month, for an issue of the circular the same hour of the first working day.
    """
    at = _first_of(session, row, month_of(max(row.send_at or now, now)).after)
    if at is None:
        return None
    needed = reached * budget.sends(session, row, now, at)
    if budget.quota_for(session, row, now, at).lacks(needed, row.urgency):
        return None
    if row.poll_id is not None:
        try:
            polls.check_times(polls.get(session, row.municipality_id, row.poll_id), at, now)
        except BadInputError:
            return None
    return Choice("next_month", count(session, whom_of(session, row), now, apart=False).shown, send_at=at)


def _first_of(session: Session, row: Announcement, month: Month) -> datetime | None:
    """When something of this kind could first go out in a month; None when its series has no date there."""
    day = month.begins.date()
    again = series.of(session, row)
    if again is not None:
        found = series.dates_in(again, day, jst(month.ends).date() - timedelta(days=1))
        return series.plan_of(again).moment(found[0].day) if found else None
    if row.kind == "circular":
        own = circulars.rule_of(session, row.municipality_id, announcements.district_ids(session, row)[0])
        rule = circular_days.issue_rule(own) if own is not None else IssueRule("")
        while day.weekday() >= SATURDAY or issue_days.off(rule, day):
            day += timedelta(days=1)
        return datetime.combine(day, jst(row.send_at).time() if row.send_at else MORNING, JST)
    return datetime.combine(day, MORNING, JST)


def _untold(session: Session, to: Whom, left: int, now: datetime) -> Choice | None:
    """Only those who were told nothing this week."""
    if to.filters.untold_days or to.audience == "took_part":
        return None
    found = count(session, replace(to, filters=replace(to.filters, untold_days=WEEK)), now, apart=False)
    return Choice("untold", found.shown, untold_days=WEEK) if 0 < found.recipients <= left else None

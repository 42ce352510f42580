"""The clock's part in circular issues: open the next ones, remind of deadlines, end what has come out or stayed empty.

Everything is a row compared with the time; running it twice, late or on two clocks changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.core.moments import moment_of
from bot.core.permissions import SYSTEM, Actor
from bot.models import Announcement, Circular, CircularItem, CircularRule, District
from bot.now import jst
from bot.services import alerts, audit, circulars
from bot.services.circulars import Issue, name

REMIND_BEFORE: Final = timedelta(days=3)
SHOWN_BEFORE: Final = timedelta(days=7)
ON_THEIR_WAY: Final = ("scheduled", "sending", "sent")


@dataclass(frozen=True)
class Waiting:
    """What an issue waits for, as the first page shows it. `tag` is (words, look); `by`: when it has to be done."""

    circular_id: int
    tag: tuple[str, str]
    title: str
    why: str
    by: datetime


def due(session: Session, now: datetime) -> tuple[list[CircularRule], list[Circular]]:
    """The rules that want further issues, and the issues whose announcement went out or whose day has come."""
    ahead = select(func.count()).where(
        Circular.district_id == CircularRule.district_id, Circular.state == "open", Circular.send_at > now
    )
    rules = select(CircularRule).where(ahead.scalar_subquery() < circulars.PLANNED)
    told = select(Announcement.id).where(
        Announcement.id == Circular.announcement_id, Announcement.frozen_at.is_not(None)
    )
    over = or_(told.exists(), and_(Circular.send_at <= now, Circular.warned_at.is_(None)))
    empty = and_(Circular.send_at <= now, ~exists().where(CircularItem.circular_id == Circular.id))
    rows = select(Circular).where(Circular.state == "open", or_(over, empty)).order_by(Circular.id)
    return list(session.scalars(rules)), list(session.scalars(rows))


def advance(session: Session, now: datetime) -> int:
    """Do what is due, for every municipality. Returns how many issues changed."""
    rules, rows = due(session, now)
    opened = sum(circulars.plan(session, rule, now) for rule in rules)
    return opened + sum(_end(session, circulars.issue(session, row), now) for row in rows)


def near_deadlines(session: Session, municipality: str, now: datetime) -> list[Circular]:
    """Issues whose deadline is at most three days away and that can still be filled: their senders are told once."""
    near = (Circular.closes_at > now, Circular.closes_at <= now + REMIND_BEFORE, Circular.state == "open")
    rows = session.scalars(
        select(Circular).where(Circular.municipality_id == municipality, *near).order_by(Circular.id)
    )
    return [row for row in rows if circulars.issue(session, row).changeable]


def reminder(session: Session, row: Circular) -> str:
    """What the senders are told of a deadline that is near."""
    place = session.get_one(District, row.district_id).name
    there = len(circulars.items_of(session, row))
    return (
        f"{place}の回覧「{name(row)}」の締切は {moment_of(row.closes_at)} です。"
        f"いま{there}件入っています。載せるものがあれば、職員・役員のページの「回覧」から入れてください。"
    )


def waiting(session: Session, municipality: str, actor: Actor, now: datetime) -> list[Waiting]:
    """What waits for this person: deadlines within a week, issues to be handed in, a day that has come."""
    query = select(Circular).where(
        Circular.municipality_id == municipality, Circular.state == "open", Circular.closes_at <= now + SHOWN_BEFORE
    )
    rows = session.scalars(query.order_by(Circular.send_at)).all()
    today = jst(now).date()
    mine = [row for row in rows if actor.may("circular.manage", municipality, today, (row.district_id,))]
    names: Sequence[District] = session.scalars(select(District).where(District.municipality_id == municipality)).all()
    places = {one.id: one.name for one in names}
    found = (_waiting(one, places[one.row.district_id], now) for one in circulars.issues(session, mine))
    return [one for one in found if one is not None]


def _waiting(issue: Issue, place: str, now: datetime) -> Waiting | None:
    row, count = issue.row, len(issue.items)
    if not issue.changeable:  # it waits for a second person, as any announcement, or for its time
        return None
    title = f"回覧 {place} {name(row)}(いま{count}件)"
    if now >= row.send_at:
        return Waiting(
            row.id, ("発行日を過ぎています", "bad"), title, "発行日を変えて、承認に出してください", row.send_at
        )
    if now < row.closes_at:
        said = f"締切は{moment_of(row.closes_at)}です"
        return Waiting(row.id, ("回覧の締切", "wait"), title, said, row.closes_at)
    why = "並びを確かめて、承認に出してください" if count else "記事がありません。このままなら、この号は出ません"
    return Waiting(row.id, ("締切を過ぎました", "warn"), title, why, row.send_at)


def _end(session: Session, issue: Issue, now: datetime) -> int:
    """Issued when its announcement went out; skipped when its day came and nothing was in it; else staff are told."""
    row, told = issue.row, issue.announcement
    if issue.told:
        _over(session, row, "issued", now)
        alerts.clear_alert(session, row.municipality_id, "circular_late", f"circular:{row.id}")
        return 1
    if now < row.send_at or (told is not None and told.state in ON_THEIR_WAY):
        return 0
    place = session.get_one(District, row.district_id).name
    if not issue.items:
        _over(session, row, "skipped", now)
        _tell(
            session,
            row,
            "circular_empty",
            f"{place}の回覧「{name(row)}」は、記事が1件もないため出しませんでした。",
            now,
        )
        return 1
    if row.warned_at is None:
        row.warned_at = now
        text = (
            f"{place}の回覧「{name(row)}」は、発行日になっても承認されていません。発行日を変えるか、承認してください。"
        )
        _tell(session, row, "circular_late", text, now)
        return 1
    return 0


def _over(session: Session, row: Circular, state: str, now: datetime) -> None:
    row.state = state
    audit.record(session, row.municipality_id, SYSTEM, f"circular.{state}", f"circular:{row.id}", now)


def _tell(session: Session, row: Circular, kind: str, text: str, now: datetime) -> None:
    alerts.raise_alert(session, row.municipality_id, kind, text, now, f"circular:{row.id}")

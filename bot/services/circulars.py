"""Circular issues (号): a district's rule, its issues and their items, and the one announcement that each becomes.

An issue's items can be changed until its announcement waits for a second person. Every change of an issue names the
version it was decided on (two people at one issue: one wins, the other reads what it is now).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.core.moments import moment_of
from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Announcement, Circular, CircularItem, CircularRule, District
from bot.now import JST, jst
from bot.services import announcements, audit
from bot.services.announcements import Draft
from bot.services.circular_days import issue_rule
from content import issue_days
from content.issue_days import IssueRule

PLANNED: Final = 2  # issues that are open ahead
CLOSES: Final = time(17)
# While its announcement is in one of these, an issue's items can still be changed.
CHANGEABLE: Final = ("draft", "returned", "refused", "cancelled")
CHANGED_MEANWHILE: Final = "この号は、ほかの人が変えました。いまの内容を確かめて、もう一度お願いします。"


@dataclass(frozen=True)
class NewRule:
    """What a person sets: the days, the deadline so many days before (at 17:00), the hour of sending."""

    rule: IssueRule
    close_days: int = 7
    send_hour: int = 9


@dataclass(frozen=True)
class Issue:
    """An issue with its items in order and its announcement, as far as it has one."""

    row: Circular
    items: tuple[CircularItem, ...]
    announcement: Announcement | None

    @property
    def changeable(self) -> bool:
        return self.row.state == "open" and (self.announcement is None or self.announcement.state in CHANGEABLE)

    @property
    def told(self) -> bool:
        """Whether residents have got it."""
        return self.announcement is not None and self.announcement.frozen_at is not None


def rule_of(session: Session, municipality: str, district_id: int) -> CircularRule | None:
    """A district's rule; None while it has none."""
    row = session.get(CircularRule, district_id)
    return row if row is not None and row.municipality_id == municipality else None


def set_rule(
    session: Session, municipality: str, actor: Actor, district_id: int, new: NewRule, version: int, now: datetime
) -> CircularRule:
    """Set a district's rule (`version` 0: it has none yet). Issues that nobody has put anything into follow it.

    Raises NotAllowedError, BadInputError, ConflictError.
    """
    need(actor, "circular.manage", municipality, district_id, now)
    issue_days.check(new.rule, jst(now).date())
    if not 1 <= new.close_days <= 28 or not 7 <= new.send_hour <= 20:
        raise BadInputError("締切は発行日の1日から28日前、送る時刻は午前7時から午後8時のあいだで決めてください。")
    row = rule_of(session, municipality, district_id)
    if (row.version if row is not None else 0) != version:
        raise ConflictError("発行日は、ほかの人が変えました。いまの決め方を確かめて、もう一度お願いします。")
    values: dict[str, Any] = {
        "rule": new.rule.rule, "shift": new.rule.shift, "breaks": [list(pair) for pair in new.rule.breaks],
        "close_days": new.close_days, "send_hour": new.send_hour,
    }  # fmt: skip
    if row is None:
        row = CircularRule(district_id=district_id, municipality_id=municipality, **values)
        session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
    session.flush()
    _drop_empty(session, municipality, district_id)
    plan(session, row, now)
    audit.record(session, municipality, actor, "circular.rule", f"district:{district_id}", now, {"rule": new.rule.rule})
    return row


def plan(session: Session, rule: CircularRule, now: datetime) -> int:
    """Open the next issues of a district; returns how many are new."""
    today = jst(now).date()
    ahead = issue_days.upcoming(issue_rule(rule), today, PLANNED + 1)
    ahead = [one for one in ahead if _at(one.day, time(rule.send_hour)) > now][:PLANNED]
    mine = (Circular.municipality_id == rule.municipality_id, Circular.district_id == rule.district_id)
    known = set(
        session.scalars(select(Circular.named_on).where(*mine, Circular.named_on.in_([o.named for o in ahead])))
    )
    new = [one for one in ahead if one.named not in known]
    for one in new:
        session.add(
            Circular(
                municipality_id=rule.municipality_id, district_id=rule.district_id, named_on=one.named,
                **_times(rule, one.day),
            )
        )  # fmt: skip
    session.flush()
    return len(new)


def get(session: Session, municipality: str, circular_id: int) -> Circular:
    """One issue of a municipality. Raises NotFoundError for anyone else's."""
    row = session.get(Circular, circular_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("その号は見つかりません。")
    return row


def issue(session: Session, row: Circular) -> Issue:
    """An issue with what belongs to it."""
    told = session.get(Announcement, row.announcement_id) if row.announcement_id is not None else None
    return Issue(row, tuple(items_of(session, row)), told)


def issues(session: Session, rows: Sequence[Circular]) -> list[Issue]:
    """The same for many at once."""
    items: dict[int, list[CircularItem]] = {row.id: [] for row in rows}
    every = select(CircularItem).where(CircularItem.circular_id.in_(items))
    for item in session.scalars(every.order_by(CircularItem.position, CircularItem.id)):
        items[item.circular_id].append(item)
    told_ids = [row.announcement_id for row in rows if row.announcement_id is not None]
    told = {one.id: one for one in session.scalars(select(Announcement).where(Announcement.id.in_(told_ids)))}
    return [Issue(row, tuple(items[row.id]), told.get(row.announcement_id or 0)) for row in rows]


def items_of(session: Session, row: Circular) -> Sequence[CircularItem]:
    """The items in the order in which they are read."""
    mine = (CircularItem.circular_id == row.id, CircularItem.municipality_id == row.municipality_id)
    return session.scalars(select(CircularItem).where(*mine).order_by(CircularItem.position, CircularItem.id)).all()


def listing(session: Session, municipality: str, district_ids: Sequence[int], limit: int = 60) -> list[Circular]:
    """The issues of these districts: open ones first, the next day first; then what is over, newest first."""
    mine = (Circular.municipality_id == municipality, Circular.district_id.in_(district_ids))
    coming = session.scalars(select(Circular).where(*mine, Circular.state == "open").order_by(Circular.send_at))
    over = select(Circular).where(*mine, Circular.state != "open").order_by(Circular.send_at.desc()).limit(limit)
    return [*coming, *session.scalars(over)]


def published(session: Session, municipality: str, limit: int = 60) -> list[Circular]:
    """The issues that everybody may read, newest first."""
    sent = select(Announcement.id).where(
        Announcement.frozen_at.is_not(None), Announcement.id == Circular.announcement_id
    )
    query = select(Circular).where(Circular.municipality_id == municipality, sent.exists())
    return list(session.scalars(query.order_by(Circular.send_at.desc()).limit(limit)))


def name(row: Circular) -> str:
    """`12月3日号`."""
    return f"{row.issue_on.month}月{row.issue_on.day}日号"


def of_announcement(session: Session, told: Announcement) -> Circular | None:
    """The issue whose announcement this is."""
    mine = (Circular.announcement_id == told.id, Circular.municipality_id == told.municipality_id)
    found: Circular | None = session.scalar(select(Circular).where(*mine))
    return found


def counts(session: Session, rows: Sequence[Circular]) -> dict[int, int]:
    """How many items each issue has."""
    query = select(CircularItem.circular_id, func.count()).where(CircularItem.circular_id.in_([row.id for row in rows]))
    there = dict(session.execute(query.group_by(CircularItem.circular_id)).all())
    return {row.id: 0 for row in rows} | there


def put_off(session: Session, row: Circular, actor: Actor, day: date, version: int, now: datetime) -> None:
    """Another day for this one issue; its deadline moves along. Raises BadInputError, ConflictError."""
    need(actor, "circular.manage", row.municipality_id, row.district_id, now)
    still_changeable(session, row)
    rule = rule_of(session, row.municipality_id, row.district_id)
    times = _times(rule, day) if rule is not None else {"send_at": _at(day, jst(row.send_at).time())}
    if times["send_at"] <= now or day > jst(now).date() + timedelta(days=366):
        raise BadInputError("新しい発行日は、これからの1年のあいだの日にしてください。")
    if rule is None:
        times |= {"issue_on": day, "closes_at": row.closes_at + (times["send_at"] - row.send_at)}
    touch(session, row, version, **times, warned_at=None)
    details = {"to": day.isoformat()}
    audit.record(session, row.municipality_id, actor, "circular.put_off", f"circular:{row.id}", now, details)


def compose(session: Session, row: Circular, actor: Actor, version: int, now: datetime) -> Announcement:
    """Make the issue's one announcement and ask a second person for approval.

    Raises BadInputError (no item, its day has passed), ConflictError (changed meanwhile), NotAllowedError.
    """
    need(actor, "circular.manage", row.municipality_id, row.district_id, now)
    still_changeable(session, row)
    items = items_of(session, row)
    if not items:
        raise BadInputError("記事が1件もない号は出せません。記事を入れてください。")
    if row.send_at <= now:
        raise BadInputError(f"発行日({moment_of(row.send_at)})を過ぎています。先に発行日を変えてください。")
    touch(session, row, version)
    draft = _draft(session, row, items)
    told = session.get(Announcement, row.announcement_id) if row.announcement_id is not None else None
    if told is None or told.state == "cancelled":
        told = announcements.draft(session, row.municipality_id, actor, draft, now)
        row.announcement_id = told.id
        session.flush()
    else:
        announcements.change(session, told, actor, draft, told.version, now)
    announcements.submit(session, told, actor, now)
    return told


def take_back(session: Session, row: Circular, actor: Actor, version: int, now: datetime) -> None:
    """Ask no longer for approval, so that items can be changed. Raises ConflictError when it was approved meanwhile."""
    need(actor, "circular.manage", row.municipality_id, row.district_id, now)
    told = session.get(Announcement, row.announcement_id) if row.announcement_id is not None else None
    if told is None or told.state != "submitted":
        raise ConflictError("承認を待っていないので、取り下げるものがありません。")
    touch(session, row, version)
    announcements.change(session, told, actor, _draft(session, row, items_of(session, row)), told.version, now)


def need(actor: Actor, right: str, municipality: str, district_id: int, now: datetime) -> None:
    """Raise NotAllowedError unless this person holds the right for the district."""
    if not actor.may(right, municipality, jst(now).date(), (district_id,)):
        raise NotAllowedError("この地区の回覧を扱う役割がありません。")


def sender_of(session: Session, district_id: int) -> str:
    """Who speaks for a district: its council."""
    district = session.get_one(District, district_id)
    return str(district.facts.get("council") or f"{district.name}地区")[: announcements.MAX_SENDER]


def _draft(session: Session, row: Circular, items: Sequence[CircularItem]) -> Draft:
    """今号の回覧 6件: the items by number, with their senders as far as the text has room."""
    full = [f"{at}. {one.title}({one.sender})" for at, one in enumerate(items, 1)]
    short = [f"{at}. {one.title}" for at, one in enumerate(items, 1)]
    first = f"{session.get_one(District, row.district_id).name}の{name(row)}です。下のボタンから、1件ずつ読めます。"
    body = "\n".join([first, "", *full])
    if len(body) > announcements.MAX_BODY:
        body = "\n".join([first, "", *short])
    return Draft(
        f"今号の回覧 {len(items)}件", body, sender_of(session, row.district_id), "home_and_interest",
        (row.district_id,), row.send_at, kind="circular",
    )  # fmt: skip


def touch(session: Session, row: Circular, version: int, **values: Any) -> None:
    """The only way an issue changes: one UPDATE that names the version it was decided on."""
    session.flush()
    moved = session.execute(
        update(Circular)
        .where(Circular.id == row.id, Circular.version == version, Circular.state == "open")
        .values(version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError(CHANGED_MEANWHILE)
    session.refresh(row)


def still_changeable(session: Session, row: Circular) -> None:
    if row.state != "open":
        raise ConflictError("この号は終わっています。次の号に入れてください。")
    told = session.get(Announcement, row.announcement_id) if row.announcement_id is not None else None
    if told is not None and told.state not in CHANGEABLE:
        raise ConflictError("この号は承認に出してあるため、変えられません。直すときは、先に依頼を取り下げてください。")


def _drop_empty(session: Session, municipality: str, district_id: int) -> None:
    """Issues that nobody has put anything into are planned anew."""
    filled = select(CircularItem.id).where(CircularItem.circular_id == Circular.id)
    session.execute(
        delete(Circular)
        .where(
            Circular.municipality_id == municipality, Circular.district_id == district_id, Circular.state == "open",
            Circular.announcement_id.is_(None), ~filled.exists(),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    session.expire_all()


def _times(rule: CircularRule, day: date) -> dict[str, Any]:
    return {
        "issue_on": day,
        "closes_at": _at(day - timedelta(days=rule.close_days), CLOSES),
        "send_at": _at(day, time(rule.send_hour)),
    }


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, JST)

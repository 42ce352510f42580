"""Round tables (円卓会議): a district's series from opening to follow-up. What was said has services of its own.

Opening writes three things at once: the round, the announcement that residents get, and the poll it carries
(bot.services.composing); the announcement goes to a second person at once. The stages follow what is stored: the card
has been sent, the poll has been closed (`advance`), the chair has approved.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from bot.core.moments import moment_of
from bot.core.permissions import SYSTEM, Actor
from bot.core.round_table_rules import KINDS, next_stage, title_of_theme
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Announcement, District, Participation, Poll, RoundParticipation, RoundTable
from bot.models.poll import random_id
from bot.now import jst
from bot.services import announcements, audit, composing, polls, statement_links
from bot.services.announcements import Draft
from bot.services.composing import Question
from bot.services.round_table_form import Opening, checked, invitation_text

SENT = ("sending", "sent", "stopped")
CALLED_OFF = ("cancelled", "stopped")
POLL_OVER = ("closed", "lost", "cancelled")
KEPT_FOR_ANSWERS = timedelta(days=250)  # a follow-up comes about half a year after the end, if it comes


@dataclass(frozen=True)
class Card:
    """What residents get of a round: its announcement and, where it asks something, the poll with its choices."""

    announcement: Announcement | None
    poll: Poll | None
    choices: tuple[str, ...]


def open_round(session: Session, municipality: str, actor: Actor, new: Opening, now: datetime) -> RoundTable:
    """The next round of a district's series, its card written and handed to a second person.

    The same form posted twice gives the first round again. Raises NotAllowedError, or BadInputError naming each mend.
    """
    new = checked(session, municipality, new, now)
    need(actor, "round_table.write", municipality, new.district_id, now)
    if actor.id is None:
        raise NotAllowedError("会議は、職員か役員の名前で開きます。")
    twin = _twin(session, municipality, actor.id, new)
    if twin is not None:
        return twin
    row = RoundTable(
        municipality_id=municipality, district_id=new.district_id, kind=new.kind, author_id=actor.id, created_at=now,
        number=next_number(session, municipality, new.district_id, new.kind), **_plan(new, now),
    )  # fmt: skip
    session.add(row)
    session.flush()
    announcements.submit(session, _write_card(session, row, actor, new, now), actor, now)
    audit.record(session, municipality, actor, "round_table.open", f"round_table:{row.id}", now)
    return row


def change(session: Session, row: RoundTable, actor: Actor, new: Opening, version: int, now: datetime) -> None:
    """Rewrite a round that residents have not got yet, and its card; it is handed in anew.

    Raises ConflictError once its poll is open (what was asked stays as it was), BadInputError, NotAllowedError.
    """
    may(actor, "round_table.write", row, now)
    _check_not_sent(session, row)
    new = checked(session, row.municipality_id, new, now)
    if new.district_id != row.district_id or new.kind != row.kind:
        raise BadInputError("地区と会議の種類は変えられません。取りやめて、新しく開いてください。")
    move(session, row, "change", version, **_plan(new, now))
    card = card_of(session, row)
    told = card.announcement
    if told is None or told.state in CALLED_OFF:
        told = _write_card(session, row, actor, new, now)
    else:
        if told.state == "scheduled":
            announcements.send_back(session, told, actor, "会議の内容を直したため", now)
        draft, question = _card_text(session, row, new)
        composing.rewrite(session, told, actor, draft, question, version=told.version, now=now)
    announcements.submit(session, told, actor, now)
    audit.record(session, row.municipality_id, actor, "round_table.change", f"round_table:{row.id}", now)


def cancel(session: Session, row: RoundTable, actor: Actor, version: int, now: datetime) -> None:
    """Call a round off; a card not yet sent is called off with it, an open poll ends at its own time."""
    may(actor, "round_table.write", row, now)
    move(session, row, "cancel", version)
    told = card_of(session, row).announcement
    if told is not None and told.state in ("submitted", "scheduled"):
        announcements.cancel(session, told, actor, "会議を取りやめたため", now)
    audit.record(session, row.municipality_id, actor, "round_table.cancel", f"round_table:{row.id}", now)


def due(session: Session, now: datetime) -> list[tuple[RoundTable, str]]:
    """Acts of time, for every municipality: listening begins when the card was sent, ends when its poll is closed."""
    rows = session.scalars(select(RoundTable).where(RoundTable.state.in_(("planned", "listening")))).all()
    acts = ((row, _act_of_time(row, card_of(session, row), now)) for row in rows)
    return [(row, act) for row, act in acts if act is not None]


def advance(session: Session, now: datetime) -> int:
    """Do what is due. Looks at what is stored and at nothing else: it may be interrupted, repeated and late."""
    found = due(session, now)
    for row, act in found:
        poll = card_of(session, row).poll
        # The card may have been given another deadline before it was sent: what residents were told counts.
        told = {"closes_at": poll.closes_at} if act == "listen" and poll is not None else {}
        move(session, row, act, row.version, **told)
        if act == "close" and poll is not None:
            _keep_who_answered(session, row, poll)
        audit.record(session, row.municipality_id, SYSTEM, f"round_table.{act}", f"round_table:{row.id}", now)
    return len(found)


def _act_of_time(row: RoundTable, card: Card, now: datetime) -> str | None:
    told = card.announcement
    if row.state == "planned":
        return "listen" if told is not None and told.state in SENT and told.frozen_at is not None else None
    counted = card.poll is None or card.poll.state in POLL_OVER
    return "close" if now >= row.closes_at and counted else None


def _keep_who_answered(session: Session, row: RoundTable, poll: Poll) -> None:
    """Who answered the question joins those who voted or spoke: from here on nobody can tell by which way.

    The poll's own list goes after 30 days as any poll's; this one after the last follow-up.
    """
    known = select(RoundParticipation.resident_id).where(RoundParticipation.round_table_id == row.id)
    query = select(Participation.resident_id).where(
        Participation.poll_id == poll.id, Participation.resident_id.not_in(known)
    )
    common = {"municipality_id": row.municipality_id, "round_table_id": row.id}
    parts = [{"id": random_id(), **common, "resident_id": one} for one in session.scalars(query)]
    if parts:
        session.execute(insert(RoundParticipation), parts)


def forget_old(session: Session, now: datetime) -> int:
    """Who took part is forgotten when a round was called off, or 250 days after its end whatever became of it."""
    over = or_(RoundTable.state == "cancelled", RoundTable.closes_at <= now - KEPT_FOR_ANSWERS)
    left = select(RoundParticipation.round_table_id).distinct()
    rows = session.scalars(select(RoundTable).where(over, RoundTable.id.in_(left))).all()
    for row in rows:
        statement_links.erase_of_round(session, row.municipality_id, row.id)
    return len(rows)


def get(session: Session, municipality: str, round_table_id: int) -> RoundTable:
    """One round of a municipality. Raises NotFoundError for anyone else's."""
    row = session.get(RoundTable, round_table_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("その会議は見つかりません。")
    return row


def card_of(session: Session, row: RoundTable) -> Card:
    """The announcement and poll of a round, as far as it has them."""
    told = session.get(Announcement, row.announcement_id) if row.announcement_id is not None else None
    poll = polls.find(session, row.municipality_id, told.poll_id) if told and told.poll_id is not None else None
    return Card(told, poll, polls.choices_of(session, poll) if poll else ())


def of_poll(session: Session, municipality: str, poll_id: int) -> RoundTable | None:
    """The round whose question this poll is."""
    carrier = select(Announcement.id).where(Announcement.poll_id == poll_id)
    query = select(RoundTable).where(RoundTable.municipality_id == municipality)
    found: RoundTable | None = session.scalar(query.where(RoundTable.announcement_id.in_(carrier)))
    return found


def listing(session: Session, municipality: str, actor: Actor, today: date) -> list[RoundTable]:
    """The rounds this person may read, the next meeting first."""
    query = select(RoundTable).where(RoundTable.municipality_id == municipality).order_by(RoundTable.meets_at.desc())
    rows = session.scalars(query).all()
    return [row for row in rows if actor.may("round_table.read", municipality, today, (row.district_id,))]


def published(session: Session, municipality: str, districts: Collection[int] | None = None) -> list[RoundTable]:
    """What everybody may see: rounds whose card was sent, newest meeting first; of some districts only, where given."""
    query = select(RoundTable).where(
        RoundTable.municipality_id == municipality, RoundTable.state.not_in(("planned", "cancelled"))
    )
    if districts is not None:
        query = query.where(RoundTable.district_id.in_(districts))
    return list(session.scalars(query.order_by(RoundTable.meets_at.desc(), RoundTable.id.desc())))


def previous(session: Session, row: RoundTable) -> RoundTable | None:
    """The round before this one in its series."""
    found: RoundTable | None = session.scalar(
        _series(row).where(RoundTable.number < row.number).order_by(RoundTable.number.desc()).limit(1)
    )
    return found


def earlier(session: Session, row: RoundTable) -> Sequence[RoundTable]:
    """All rounds before this one in its series, the newest first."""
    return session.scalars(_series(row).where(RoundTable.number < row.number).order_by(RoundTable.number.desc())).all()


def next_number(session: Session, municipality: str, district_id: int, kind: str) -> int:
    """Which 第n回 the next round of a series is; rounds called off keep their number."""
    query = select(func.max(RoundTable.number)).where(
        RoundTable.municipality_id == municipality, RoundTable.district_id == district_id, RoundTable.kind == kind
    )
    return (session.scalar(query) or 0) + 1


def title(row: RoundTable) -> str:
    """`第7回 円卓会議`."""
    return f"第{row.number}回 {KINDS[row.kind]}"


def need(actor: Actor, right: str, municipality: str, district_id: int, now: datetime) -> None:
    """Raise NotAllowedError unless this person holds the right for the district."""
    if not actor.may(right, municipality, jst(now).date(), (district_id,)):
        raise NotAllowedError("この地区の会議を扱う役割がありません。")


def may(actor: Actor, right: str, row: RoundTable, now: datetime) -> None:
    """The same for a round."""
    need(actor, right, row.municipality_id, row.district_id, now)


def move(session: Session, row: RoundTable, act: str, version: int, **values: Any) -> None:
    """The only way a stage changes: one UPDATE naming the stage and version it was decided on. Or ConflictError."""
    state = next_stage(row.state, act)
    same = (RoundTable.id == row.id, RoundTable.state == row.state, RoundTable.version == version)
    session.flush()
    moved = session.execute(
        update(RoundTable)
        .where(*same)
        .values(state=state, version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("この会議は、ほかの人が変えました。もう一度開いて、いまの内容を確かめてください。")
    session.refresh(row)


def _series(row: RoundTable) -> Any:
    return select(RoundTable).where(
        RoundTable.municipality_id == row.municipality_id,
        RoundTable.district_id == row.district_id,
        RoundTable.kind == row.kind,
        RoundTable.state != "cancelled",
    )


def _plan(new: Opening, now: datetime) -> dict[str, Any]:
    return {
        "theme": new.theme, "opens_at": new.opens_at or now, "closes_at": new.closes_at, "meets_at": new.meets_at,
        "place": new.place, "answerer": new.answerer, "answer_on": new.answer_on,
        "takes_statements": new.takes_statements, "voting": new.voting,
    }  # fmt: skip


def _card_text(session: Session, row: RoundTable, new: Opening) -> tuple[Draft, Question | None]:
    district = session.get_one(District, row.district_id)
    sender = str(district.facts.get("council") or f"{district.name}地区")
    heading = f"{title(row)} {title_of_theme(new.theme)}"
    draft = Draft(
        heading if len(heading) <= announcements.MAX_TITLE else heading[: announcements.MAX_TITLE - 1] + "…",
        invitation_text(new, title(row)), sender[: announcements.MAX_SENDER], "home_and_interest",
        (row.district_id,), new.opens_at,
    )  # fmt: skip
    return draft, Question(new.question, new.choices, new.closes_at, asks_age=new.asks_age) if new.question else None


def _write_card(session: Session, row: RoundTable, actor: Actor, new: Opening, now: datetime) -> Announcement:
    draft, question = _card_text(session, row, new)
    told = composing.write(session, row.municipality_id, actor, draft, question, now)
    row.announcement_id = told.id
    session.flush()
    return told


def _check_not_sent(session: Session, row: RoundTable) -> None:
    told = card_of(session, row).announcement
    if row.state == "planned" and told is not None and told.state in SENT:
        raise ConflictError(
            f"案内は{moment_of(told.frozen_at or told.created_at)}に送りました。受け付けを始めた設問は変えられません。"
        )
    next_stage(row.state, "change")


def _twin(session: Session, municipality: str, author_id: int, new: Opening) -> RoundTable | None:
    """The round that the same form opened a moment ago."""
    query = select(RoundTable).where(
        RoundTable.municipality_id == municipality,
        RoundTable.district_id == new.district_id,
        RoundTable.kind == new.kind,
        RoundTable.author_id == author_id,
        RoundTable.theme == new.theme,
        RoundTable.meets_at == new.meets_at,
        or_(RoundTable.state == "planned", RoundTable.state == "listening"),
    )
    found: RoundTable | None = session.scalar(query)
    return found

"""Residents: who befriended the bot, what they chose, where their conversation stands.

Look-ups go by the sealed LINE id; nothing else in the house knows one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from bot.core.round_table_rules import title_of_theme
from bot.core.sealing import Sealer
from bot.models import (
    Conversation,
    InboxEvent,
    OutboxMessage,
    Participation,
    Poll,
    QuestionAsker,
    Resident,
    ResidentDistrict,
    ResidentTopic,
    RoundParticipation,
    RoundTable,
    UnansweredQuestion,
)
from bot.models.resident import TOPICS
from bot.services import batches, blocks, inquiry_keeping, ledger, polls, statement_links, statement_votes
from bot.services.context import Context

CONVERSATION_KEEPS = timedelta(minutes=30)
# Raised when what we keep, or why, changes: residents are then told and asked anew.
CONSENT_VERSION: Final = 1
RELATIONS: Final = ("live", "work", "study", "business", "support")  # 住む・働く・学ぶ・事業・応援
NEIGHBOURHOOD_CHARS: Final = 40


def find_sealed(session: Session, sealer: Sealer, municipality: str, sealed: bytes) -> Resident | None:
    """The resident of a sealed source (an event's), also when the two were sealed under different key versions."""
    return find(session, sealer, municipality, sealer.open_id(sealed, municipality))


def find(session: Session, sealer: Sealer, municipality: str, line_id: str) -> Resident | None:
    """The resident with this LINE id, under any live key version."""
    sealed = sealer.all_sealed_ids(line_id, municipality)
    return session.scalar(_FIND, {"municipality": municipality, "sealed": list(sealed)})


_FIND = select(Resident).where(
    Resident.municipality_id == bindparam("municipality"), Resident.line_id.in_(bindparam("sealed", expanding=True))
)


def create(session: Session, municipality: str, sealed: bytes, now: datetime) -> Resident:
    """A new resident, nothing chosen yet."""
    resident = Resident(municipality_id=municipality, line_id=sealed, followed_at=now)
    session.add(resident)
    session.flush()
    return resident


def conversation(session: Session, resident: Resident, now: datetime) -> Mapping[str, Any]:
    """The conversation's state; {} when there is none or it has been quiet for half an hour."""
    row = session.get(Conversation, resident.id)
    if row is None or now - row.updated_at > CONVERSATION_KEEPS:
        return {}
    return row.state


def keep_conversation(session: Session, resident: Resident, state: Mapping[str, Any], now: datetime) -> None:
    """Replace the conversation's state; an empty one erases it."""
    row = session.get(Conversation, resident.id)
    if not state:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        session.add(
            Conversation(
                resident_id=resident.id, municipality_id=resident.municipality_id, state=dict(state), updated_at=now
            )
        )
    else:
        row.state, row.updated_at = dict(state), now


def consent(resident: Resident, now: datetime) -> None:
    """The resident went on after reading what is kept: the version and the time are kept with them."""
    if resident.consent_version < CONSENT_VERSION:
        resident.consent_version, resident.consented_at = CONSENT_VERSION, now


def choose_home(session: Session, resident: Resident, district_id: int | None, now: datetime) -> None:
    """Live in this district; None = the whole city (わからない), which is just as good a choice."""
    resident.home_district_id, resident.city_wide = district_id, district_id is None
    consent(resident, now)
    if district_id is not None:
        remove_interest(session, resident, district_id)


def interests(session: Session, resident: Resident) -> list[int]:
    """Row ids of the districts of interest."""
    query = select(ResidentDistrict.district_id).where(ResidentDistrict.resident_id == resident.id)
    return sorted(session.scalars(query))


def add_interest(session: Session, resident: Resident, district_id: int) -> None:
    """Also hear from this district; the home district is none of interest. Idempotent."""
    if district_id == resident.home_district_id or district_id in interests(session, resident):
        return
    session.add(
        ResidentDistrict(resident_id=resident.id, district_id=district_id, municipality_id=resident.municipality_id)
    )
    session.flush()


def remove_interest(session: Session, resident: Resident, district_id: int) -> None:
    """No longer hear from this district. Idempotent."""
    session.execute(
        delete(ResidentDistrict).where(
            ResidentDistrict.resident_id == resident.id, ResidentDistrict.district_id == district_id
        )
    )


def topics(session: Session, resident: Resident) -> list[str]:
    """The topics this resident wishes to hear of, in their own order; none: all of them."""
    chosen = set(session.scalars(select(ResidentTopic.topic).where(ResidentTopic.resident_id == resident.id)))
    return [name for name in TOPICS if name in chosen]


def set_topics(session: Session, resident: Resident, chosen: Iterable[str]) -> None:
    """Any of TOPICS; none or all of them: everything is sent."""
    session.execute(delete(ResidentTopic).where(ResidentTopic.resident_id == resident.id))
    wanted = [name for name in TOPICS if name in set(chosen)]
    if len(wanted) < len(TOPICS):
        mine = {"resident_id": resident.id, "municipality_id": resident.municipality_id}
        session.add_all(ResidentTopic(**mine, topic=name) for name in wanted)
    session.flush()


def set_relations(resident: Resident, chosen: Iterable[str]) -> None:
    """What ties the resident to the district: any of RELATIONS, kept in that order."""
    wanted = set(chosen)
    resident.relations = [relation for relation in RELATIONS if relation in wanted]


def leave(session: Session, resident: Resident, now: datetime) -> None:
    """Blocked or unfollowed: sends stop at once, the conversation is forgotten; erased after the set days."""
    if resident.state == "active":
        blocks.left(session, resident, now)
    resident.state, resident.left_at = "left", now
    keep_conversation(session, resident, {}, now)


def come_back(resident: Resident, now: datetime) -> None:
    """Unblocked, or writing again: everything chosen before counts again."""
    if resident.state == "left":
        resident.state, resident.left_at, resident.followed_at = "active", None, now
        # A block takes LINE's own link to the menu away.
        resident.menu_language = None


@dataclass(frozen=True)
class Held:
    """All that is held about one resident, beside the columns of the resident itself."""

    interests: list[int]
    polls: list[str]  # questions of the polls taken part in; never what was answered
    messages: int  # traces of messages received (their texts are erased)
    sent: int  # traces of messages sent (their texts are erased)
    conversation: bool
    wishes: list[str]  # questions whose answer the person wants to hear
    voices: int  # statements that an answer is wanted to; those without a link belong to nobody
    rounds: list[str]  # themes of rounds taken part in by a vote on others' words or such a statement


def held(session: Session, sealer: Sealer, resident: Resident) -> Held:
    """What an export has to name."""
    polls = select(Poll.question).join(Participation, Participation.poll_id == Poll.id)
    messages = select(func.count()).select_from(InboxEvent).where(_from(sealer, resident))
    sent = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.resident_id == resident.id)
    return Held(
        interests=interests(session, resident),
        polls=list(session.scalars(polls.where(Participation.resident_id == resident.id).order_by(Poll.id))),
        messages=session.scalar(messages) or 0,
        sent=session.scalar(sent) or 0,
        conversation=session.get(Conversation, resident.id) is not None,
        wishes=list(session.scalars(_wishes(resident))),
        voices=statement_links.count_of(session, sealer, resident),
        rounds=[title_of_theme(theme) for theme in session.scalars(_rounds(resident))],
    )


def _rounds(resident: Resident) -> Select[Any]:
    mine = RoundParticipation.resident_id == resident.id
    query = select(RoundTable.theme).join(RoundParticipation, RoundParticipation.round_table_id == RoundTable.id)
    return query.where(RoundTable.municipality_id == resident.municipality_id, mine).order_by(RoundTable.id)


def _wishes(resident: Resident) -> Select[Any]:
    mine = (QuestionAsker.municipality_id == resident.municipality_id) & (QuestionAsker.resident_id == resident.id)
    query = select(UnansweredQuestion.text).join(QuestionAsker, QuestionAsker.question_id == UnansweredQuestion.id)
    return query.where(mine).order_by(QuestionAsker.wished_at)


def erase(context: Context, session: Session, resident: Resident) -> None:
    """Erase a resident: answers in open polls, the row and all that hangs on it (by the tables' cascades), the
    sealed id in the inbox, and the place in sends that have not begun.

    Events that still wait keep their source until they are handled; retention clears those without a resident.
    """
    ledger.hold(session, resident.municipality_id)
    line_id = context.sealer.open_id(resident.line_id, resident.municipality_id)
    polls.forget_in_open_polls(context, session, resident, line_id)
    statement_votes.forget_in_open_rounds(context, session, resident, line_id)
    statement_links.forget(session, context.sealer, resident)
    inquiry_keeping.forget(session, resident)
    session.execute(
        update(InboxEvent)
        .where(_from(context.sealer, resident), InboxEvent.state != "waiting")
        .values(source=None, body=None)
        .execution_options(synchronize_session=False)
    )
    batches.forget(session, context.sealer, resident)
    ledger.forget(session, resident)
    session.delete(resident)
    session.flush()


def _from(sealer: Sealer, resident: Resident) -> Any:
    line_id = sealer.open_id(resident.line_id, resident.municipality_id)
    sources = sealer.all_sealed_ids(line_id, resident.municipality_id)
    return (InboxEvent.municipality_id == resident.municipality_id) & InboxEvent.source.in_(sources)


def messages_since(session: Session, resident: Resident, since: datetime, until: datetime) -> int:
    """How many events LINE brought from this resident after `since`, up to `until` (LINE's own times)."""
    values = {"municipality": resident.municipality_id, "source": resident.line_id, "since": since, "until": until}
    return session.scalar(_SINCE, values) or 0


_SINCE = select(func.count()).where(
    InboxEvent.state.in_(("waiting", "handled", "parked")),  # the index begins with the state
    InboxEvent.municipality_id == bindparam("municipality"),
    InboxEvent.source == bindparam("source"),
    InboxEvent.event_at > bindparam("since"),
    InboxEvent.event_at <= bindparam("until"),
)

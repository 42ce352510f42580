"""What is kept how long: a table of rules, applied by the scheduler. Tallies, announcements and audit are records.

Everything is compared with the product's time, in which it was written, but leases, which follow real time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from bot.models import (
    Announcement,
    Conversation,
    DeadlineReminder,
    DigestRecipient,
    InboxEvent,
    LedgerSheet,
    OutboxMessage,
    QuestionAsker,
    Resident,
    SourceLease,
    UnansweredQuestion,
)
from bot.now import jst
from bot.services import (
    data_links,
    erasing,
    inquiry_keeping,
    invitations,
    kept_forms,
    ledger,
    moderation,
    rain_deciding,
    residents,
    resuming,
    sign_ups,
    slips,
    staff_sessions,
    statement_links,
    statements,
    trials,
    voice_pauses,
)
from bot.services.context import Context

PARKED_BODY: Final = timedelta(hours=72)
LEASE_LEFT: Final = timedelta(hours=1)
LEDGER_KEEPS: Final = timedelta(days=60)
ANNOUNCEMENTS_AT_ONCE: Final = 5  # whose ledger is erased in one transaction
LEDGER: Final = (LedgerSheet, DigestRecipient)
FINISHED: Final = ("settled", "dropped", "dead", "unknown")
ERASED_AT_ONCE: Final = 200  # residents a transaction, so that messages never wait long for it


@dataclass(frozen=True)
class Times:
    """Both clocks: the product's and the real one."""

    now: datetime
    real: datetime


Act = Callable[[Context, Session, Times], int]


@dataclass(frozen=True)
class Rule:
    """One row of the table: its name, what it does in words, and the act, which returns how many it touched."""

    name: str
    keeps: str
    act: Act


def _left_residents(context: Context, session: Session, times: Times) -> int:
    limit = times.now - timedelta(days=context.settings.erase_after_days)
    query = select(Resident).where(Resident.state == "left", Resident.left_at <= limit).limit(ERASED_AT_ONCE)
    found = session.scalars(query).all()
    for resident in found:
        erasing.note(session, resident.municipality_id)
        residents.erase(context, session, resident)
    return len(found)


def _sources_of_nobody(context: Context, session: Session, times: Times) -> int:
    """Events whose resident was erased, or who never became one. Ids sealed under an older key are looked up anew."""
    del times
    somebody = select(Resident.id).where(
        Resident.municipality_id == InboxEvent.municipality_id, Resident.line_id == InboxEvent.source
    )
    query = (
        select(InboxEvent.municipality_id, InboxEvent.source)
        .where(InboxEvent.source.is_not(None), InboxEvent.state != "waiting", ~somebody.exists())
        .distinct()
        .limit(ERASED_AT_ONCE)
    )
    erased = 0
    for municipality, source in session.execute(query).all():
        if source is None or residents.find_sealed(session, context.sealer, municipality, source) is not None:
            continue
        same = (InboxEvent.municipality_id == municipality) & (InboxEvent.source == source)
        waits = InboxEvent.state == "waiting"
        erased += erasing.carry_out(session, update(InboxEvent).where(same, ~waits).values(source=None))
    return erased


def _conversations(context: Context, session: Session, times: Times) -> int:
    del context
    old = Conversation.updated_at < times.now - residents.CONVERSATION_KEEPS
    return erasing.carry_out(session, delete(Conversation).where(old))


def _parked_bodies(context: Context, session: Session, times: Times) -> int:
    del context
    old = (InboxEvent.state == "parked") & (InboxEvent.received_at < times.now - PARKED_BODY)
    return erasing.carry_out(session, update(InboxEvent).where(old, InboxEvent.body.is_not(None)).values(body=None))


def _inbox_rows(context: Context, session: Session, times: Times) -> int:
    old = InboxEvent.received_at < times.now - timedelta(days=context.settings.inbox_keep_days)
    return erasing.carry_out(session, delete(InboxEvent).where(old, InboxEvent.state != "waiting"))


def _outbox_rows(context: Context, session: Session, times: Times) -> int:
    old = OutboxMessage.created_at < times.now - timedelta(days=context.settings.inbox_keep_days)
    return erasing.carry_out(session, delete(OutboxMessage).where(old, OutboxMessage.state.in_(FINISHED)))


def _questions(context: Context, session: Session, times: Times) -> int:
    old = UnansweredQuestion.asked_at < times.now - timedelta(days=context.settings.question_keep_days)
    return erasing.carry_out(session, delete(UnansweredQuestion).where(old))


def _inquiry_links(context: Context, session: Session, times: Times) -> int:
    return inquiry_keeping.drop_links(context, session, times.now)


def _inquiries_cut(context: Context, session: Session, times: Times) -> int:
    return inquiry_keeping.cut(context, session, times.now)


def _inquiries(context: Context, session: Session, times: Times) -> int:
    return inquiry_keeping.erase(context, session, times.now)


def _askers(context: Context, session: Session, times: Times) -> int:
    old = QuestionAsker.wished_at < times.now - timedelta(days=context.settings.question_keep_days)
    return erasing.carry_out(session, delete(QuestionAsker).where(old))


def _statement_traces(context: Context, session: Session, times: Times) -> int:
    del context
    return statements.forget(session, times.now)


def _voice_pauses(context: Context, session: Session, times: Times) -> int:
    del context
    return voice_pauses.forget(session, times.now)


def _statement_words(context: Context, session: Session, times: Times) -> int:
    del context
    return moderation.forget_words(session, times.now)


def _statement_links(context: Context, session: Session, times: Times) -> int:
    del context
    return statement_links.drop_old(session, times.now)


def _ledger(context: Context, session: Session, times: Times) -> int:
    """By announcement, whose rows lie together."""
    del context
    row = Announcement
    there = or_(*(select(got.announcement_id).where(got.announcement_id == row.id).exists() for got in LEDGER))
    old = row.frozen_at < times.now - LEDGER_KEEPS
    gone = 0
    for number, municipality in session.execute(
        select(row.id, row.municipality_id).where(old, there).limit(ANNOUNCEMENTS_AT_ONCE)
    ).all():
        people = ledger.erase(session, number)  # very many: only counted
        erasing.note(session, municipality, people)
        gone += people
    return gone


def _deadlines(context: Context, session: Session, times: Times) -> int:
    del context
    return erasing.carry_out(session, delete(DeadlineReminder).where(DeadlineReminder.day < jst(times.now).date()))


def _data_links(context: Context, session: Session, times: Times) -> int:
    del context
    return data_links.drop_old(session, times.now)


def _leases(context: Context, session: Session, times: Times) -> int:
    del context
    return erasing.carry_out(session, delete(SourceLease).where(SourceLease.until < times.real - LEASE_LEFT))


def _slip_names(context: Context, session: Session, times: Times) -> int:
    del context
    return slips.forget_names(session, times.now)


def _sign_ups(context: Context, session: Session, times: Times) -> int:
    del context
    return sign_ups.forget(session, times.now)


def _stopped_sends(context: Context, session: Session, times: Times) -> int:
    del context
    return resuming.forget(session, times.now)


def _trial_codes(context: Context, session: Session, times: Times) -> int:
    del context
    return trials.forget(session, times.now)


def _officers(context: Context, session: Session, times: Times) -> int:
    del context
    return rain_deciding.forget(session, times.now)


def _invitations(context: Context, session: Session, times: Times) -> int:
    del context
    return invitations.forget(session, times.real)


def _staff_sessions(context: Context, session: Session, times: Times) -> int:
    del context
    return staff_sessions.forget(session, times.real)


def _kept_forms(context: Context, session: Session, times: Times) -> int:
    del context
    return kept_forms.forget(session, times.real)


RULES: Final[tuple[Rule, ...]] = (
    Rule("officers", "who counts on a date with a rain plan: a day after it; what staff were told: 60 days", _officers),
    Rule("stopped_sends", "to whom an announcement that ran out of messages could still go: 45 days", _stopped_sends),
    Rule("trial_codes", "codes that show an announcement to its writer: half an hour", _trial_codes),
    Rule("sign_ups", "who comes to an activity (numbers of people), and reminders: a day after it is over", _sign_ups),
    Rule("left_residents", "residents who blocked the bot: ENTAKU_ERASE_AFTER_DAYS, then all of them", _left_residents),
    Rule("sources_of_nobody", "sealed ids in the inbox: as long as the resident is registered", _sources_of_nobody),
    Rule("conversations", "where a conversation stands: 30 minutes after its last word", _conversations),
    Rule("parked_bodies", "the text of an event that could not be handled: 72 hours", _parked_bodies),
    Rule("inbox_rows", "empty traces of handled events: ENTAKU_INBOX_KEEP_DAYS", _inbox_rows),
    Rule("outbox_rows", "empty traces of sent messages: ENTAKU_INBOX_KEEP_DAYS", _outbox_rows),
    Rule("questions", "unanswered questions (masked, of nobody): ENTAKU_QUESTION_KEEP_DAYS", _questions),
    Rule(
        "inquiry_links",
        "links to inquiry forms and answers: a week after their end; what was kept of an unsent form: until its end",
        _inquiry_links,
    ),
    Rule("inquiries_cut", "who wrote a closed inquiry, and how to reach them: ENTAKU_INQUIRY_CUT_DAYS", _inquiries_cut),
    Rule("inquiries", "closed inquiries with everything in them: ENTAKU_INQUIRY_KEEP_DAYS", _inquiries),
    Rule("askers", "who waits for an answer: until they are told, ENTAKU_QUESTION_KEEP_DAYS at most", _askers),
    Rule(
        "statement_traces",
        "how often somebody spoke on a day, and what `unsend` looks for: two days",
        _statement_traces,
    ),
    Rule("voice_pauses", "how many voices of somebody were refused because they hurt: 90 days", _voice_pauses),
    Rule("statement_words", "the words of refused statements, and those before a rewording: 30 days", _statement_words),
    Rule(
        "statement_links",
        "whom to tell of a statement: until its round is followed up, a year at most",
        _statement_links,
    ),
    Rule("slip_names", "names beside confirmations of slips that staff entered by hand: 90 days", _slip_names),
    Rule("ledger", "who got an announcement (a correction goes to them): 60 days after it was sent", _ledger),
    Rule("deadlines", "who wants to be reminded of a grant's last day: until that day", _deadlines),
    Rule("invitations", "whom an admin invited to the console (the account has its own): 30 days", _invitations),
    Rule("staff_sessions", "where staff were signed in, and on what: a day after the last use", _staff_sessions),
    Rule("kept_forms", "a form whose writer is at the city's sign-in: a quarter of an hour", _kept_forms),
    Rule("data_links", "links to the page with one's own data: half an hour", _data_links),
    Rule("leases", "leases that a crash left (they hold a sealed id): one hour", _leases),
)

"""Moderation (確認): a person looks at each statement before others see it, by a promised time, for reasons agreed on.

Every act is a row of the log. Its writer is told where a link was wanted (bot.services.statement_links); nobody who
moderates sees who that is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core.moments import day_of, moment_of
from bot.core.permissions import Actor
from bot.core.sealing import Sealer
from bot.core.statement_rules import ERASED_AT_ONCE, MODERATION_ACTS, REASONS
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.line.render import Message, Text
from bot.models import Alert, ModerationAct, Resident, Statement, StatementVote
from bot.now import jst
from bot.services import alerts, erasing, listening, statement_links, statements, voice_pauses
from bot.services.outbox import At
from content.phrases import phrases

REMIND_BEFORE = timedelta(hours=12)
WORDS_KEPT = timedelta(days=30)  # of refused statements and of what was reworded
ALERT = "statements_wait"


@dataclass(frozen=True)
class Desk:
    """Who acts, and what telling a writer needs."""

    actor: Actor
    sealer: Sealer
    at: At


def may_moderate(session: Session, actor: Actor, row: Statement, now: datetime) -> bool:
    """Chair and city always, an officer where the round names them; a text about an election only the city."""
    today, city = jst(now).date(), row.municipality_id
    if actor.may("statement.moderate", city, today, ()):
        return True
    if row.held_for == "election" or row.district_id is None:
        return False
    if not actor.may("statement.moderate", city, today, (row.district_id,)):
        return False
    if actor.may("statement.settings", city, today, (row.district_id,)):
        return True
    named = listening.terms(session, city, row.round_table_id).moderator_id
    return named is not None and named == actor.id


def readable(session: Session, municipality: str, actor: Actor, statement_id: int, now: datetime) -> Statement:
    """A statement this person may read. Raises NotFoundError or NotAllowedError."""
    row = statements.get(session, municipality, statement_id)
    places = () if row.district_id is None else (row.district_id,)
    if not actor.may("statement.read", municipality, jst(now).date(), places):
        raise NotAllowedError("その声は、担当の地区のものではありません。")
    return row


def waiting(session: Session, municipality: str, actor: Actor, now: datetime) -> list[Statement]:
    """What waits for this person, the most urgent first."""
    if not actor.may("statement.moderate", municipality, jst(now).date()):
        return []
    query = select(Statement).where(Statement.municipality_id == municipality, Statement.state == "waiting")
    rows = session.scalars(query.order_by(Statement.due_at, Statement.id)).all()
    return [row for row in rows if may_moderate(session, actor, row, now)]


@dataclass(frozen=True)
class Queue:
    """How much waits for somebody, and by when the first is to be looked at."""

    count: int
    first: datetime | None
    late: bool


def queue(session: Session, municipality: str, actor: Actor, now: datetime) -> Queue:
    """What the first page says of what waits for this person."""
    rows = waiting(session, municipality, actor, now)
    first = rows[0].due_at if rows else None
    return Queue(len(rows), first, first is not None and first < now)


def approve(session: Session, desk: Desk, municipality: str, statement_id: int) -> Statement:
    """Show it to others. Raises ConflictError when somebody was quicker."""
    row = _taken(session, desk, municipality, statement_id)
    _decide(row, "approved")
    row.number = statements.next_number(session, municipality)
    statements.note(session, row, desk.actor, "approve", desk.at.now)
    _tell(session, desk, row, "statement.told_approved")
    return row


def refuse(session: Session, desk: Desk, municipality: str, statement_id: int, reason: str) -> Statement:
    """Do not show it, for one of the reasons agreed on. Raises BadInputError for any other, ConflictError."""
    if reason not in REASONS:
        raise BadInputError("見送る理由を選んでください。")
    row = _taken(session, desk, municipality, statement_id)
    _decide(row, "refused")
    row.reason = reason
    statements.note(session, row, desk.actor, "refuse", desk.at.now, reason=reason)
    _tell(session, desk, row, f"statement.no_{reason}")
    if reason == voice_pauses.REASON:
        _pause(session, desk, row)
    if reason in ERASED_AT_ONCE:
        row.text = ""
    statement_links.erase(session, [row.id])  # nothing more will become of it
    return row


def merge(session: Session, desk: Desk, municipality: str, statement_id: int, into_id: int) -> Statement:
    """Put a statement together with one that says the same: its voices and votes go over, the writer is told.

    Who voted on both keeps the vote on the words that stay. Raises BadInputError or ConflictError.
    """
    row = statements.get(session, municipality, statement_id, lock=True)
    into = statements.get(session, municipality, into_id, lock=True)
    _may(session, desk, row)
    if row.id == into.id or into.state != "approved" or row.state not in ("waiting", "approved"):
        raise ConflictError("まとめる先は、公開中の別の声から選んでください。")
    if (row.round_table_id, row.district_id) != (into.round_table_id, into.district_id):
        raise BadInputError("同じ回・同じ地区の声とだけ、まとめられます。")
    _decide(row, "merged")
    row.merged_into_id = into.id
    into.voices += row.voices
    _move_votes(session, row, into)
    statements.note(session, row, desk.actor, "merge", desk.at.now, into=into.id)
    _tell(session, desk, row, "statement.told_merged", into.text)
    return into


def rewordable(session: Session, row: Statement) -> bool:
    """Whether its words may still be changed: nobody has voted on them or said the same."""
    voted = select(StatementVote.id).where(StatementVote.statement_id == row.id).limit(1)
    counted = row.agree is not None
    return row.state in ("waiting", "approved") and row.voices == 1 and not counted and session.scalar(voted) is None


def reword(session: Session, desk: Desk, municipality: str, statement_id: int, text: str) -> Statement:
    """Say it in clearer words, before the first vote on it; the writer is told. Raises ConflictError, BadInputError."""
    row = statements.get(session, municipality, statement_id, lock=True)
    _may(session, desk, row)
    if row.state not in ("waiting", "approved"):
        raise ConflictError("この声は、もう言い直せません。")
    if not rewordable(session, row):
        raise ConflictError("もう賛否や同じ声が寄せられているため、言い直せません。")
    words = statements.checked(text)
    if words == row.text:
        raise BadInputError("言葉が変わっていません。")
    before, row.text, row.reworded = row.text, words, True
    statements.note(session, row, desk.actor, "reword", desk.at.now, before=before)
    _tell(session, desk, row, "statement.told_reworded", words)
    return row


def hide(session: Session, desk: Desk, municipality: str, statement_id: int, reason: str) -> Statement:
    """Take back what was approved by mistake: the words go, votes stay. Raises BadInputError, ConflictError."""
    if reason not in REASONS:
        raise BadInputError("公開をやめる理由を選んでください。")
    row = statements.get(session, municipality, statement_id, lock=True)
    _may(session, desk, row)
    if row.state != "approved":
        raise ConflictError("公開中の声ではありません。")
    row.state, row.reason = "hidden", reason
    statements.note(session, row, desk.actor, "hide", desk.at.now, reason=reason)
    _tell(session, desk, row, f"statement.no_{reason}")
    row.text = ""
    statement_links.erase(session, [row.id])
    return row


def log_rows(session: Session, municipality: str, actor: Actor, now: datetime) -> list[tuple[ModerationAct, Statement]]:
    """The log of the statements this person may read, the newest act first."""
    query = (
        select(ModerationAct, Statement)
        .join(Statement, Statement.id == ModerationAct.statement_id)
        .where(ModerationAct.municipality_id == municipality, Statement.municipality_id == municipality)
        .order_by(ModerationAct.at.desc(), ModerationAct.id.desc())
    )
    today = jst(now).date()
    return [
        (act, row)
        for act, row in session.execute(query).all()
        if actor.may("statement.read", municipality, today, () if row.district_id is None else (row.district_id,))
    ]


def log_csv(rows: Sequence[tuple[ModerationAct, Statement]]) -> bytes:
    """The log for a spreadsheet: UTF-8 with BOM, one act a line, no cell that could be taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["日時", "声の番号", "回", "したこと", "理由", "まとめた先", "担当", "声の言葉"])
    for act, row in rows:
        writer.writerow(
            safe_cells(
                f"{jst(act.at):%Y-%m-%d %H:%M}", row.number or "", row.round_table_id or "",
                MODERATION_ACTS[act.act], REASONS.get(act.reason, ""), act.into_id or "", act.actor, row.text,
            )
        )  # fmt: skip
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def safe_cells(*values: object) -> list[str]:
    """Cells that no spreadsheet takes for a formula: an apostrophe before =, +, -, @, tab and return (OWASP)."""
    return [f"'{text}" if (text := str(value))[:1] in "=+-@\t\r＝＋－＠" and text else text for value in values]


def remind(session: Session, municipality: str, now: datetime) -> int:
    """Raise the alert while statements are due within twelve hours or late, clear it when none is. Returns how many."""
    query = select(Statement.due_at).where(
        Statement.municipality_id == municipality,
        Statement.state == "waiting",
        Statement.due_at <= now + REMIND_BEFORE,
    )
    due = sorted(moment for moment in session.scalars(query) if moment is not None)
    if not due:
        alerts.clear_alert(session, municipality, ALERT)
        return 0
    text = f"{len(due)}件の声が確認を待っています。約束は{moment_of(due[0])}までです。"
    if due[0] < now:
        text += "過ぎたため、受付を休んでいます。確認が済むと、また受け付けます。"
    told = session.scalar(select(Alert.text).where(Alert.municipality_id == municipality, Alert.kind == ALERT))
    if told != text:  # the clock asks every minute; the same news is no news
        alerts.raise_alert(session, municipality, ALERT, text, now)
    return len(due)


def forget_words(session: Session, now: datetime) -> int:
    """A month after the act: the words of refused statements, and those before a rewording, are erased."""
    old = ModerationAct.at < now - WORDS_KEPT
    refused = select(ModerationAct.statement_id).where(old, ModerationAct.act == "refuse")
    words = (Statement.state == "refused", Statement.text != "", Statement.id.in_(refused))
    done = erasing.carry_out(session, update(Statement).where(*words).values(text=""))
    reworded = update(ModerationAct).where(old, ModerationAct.before.is_not(None)).values(before=None)
    return done + erasing.carry_out(session, reworded)


def _taken(session: Session, desk: Desk, municipality: str, statement_id: int) -> Statement:
    """A statement that waits, held until the commit."""
    row = statements.get(session, municipality, statement_id, lock=True)
    _may(session, desk, row)
    if row.state != "waiting":
        raise ConflictError("この声は、もう確認が済んでいるか、取り下げられました。")
    return row


def _may(session: Session, desk: Desk, row: Statement) -> None:
    city, today = row.municipality_id, jst(desk.at.now).date()
    places = () if row.district_id is None else (row.district_id,)
    if may_moderate(session, desk.actor, row, desk.at.now):
        return
    if desk.actor.may("statement.moderate", city, today, places):
        raise ConflictError("この声の確認は、座長か市の担当、または回で決めた人がします。")
    raise NotAllowedError("この地区の声を確認する役割がありません。")


def _decide(row: Statement, state: str) -> None:
    """It does not wait any more: that also erases by when it was to be looked at, the last trace of when it came."""
    row.state, row.due_at = state, None


def _move_votes(session: Session, row: Statement, into: Statement) -> None:
    both = select(StatementVote.voter).where(StatementVote.statement_id == into.id)
    mine = StatementVote.statement_id == row.id
    voters: Iterable[bytes] = set(session.scalars(both))
    for vote in session.scalars(select(StatementVote).where(mine)).all():
        if vote.voter in voters:
            session.delete(vote)
        else:
            vote.statement_id = into.id


def _pause(session: Session, desk: Desk, row: Statement) -> None:
    """After several such voices the writer's pause: told with its last day and a code, to nobody else."""
    pause = statement_links.count_refusal(session, desk.sealer, row, desk.at.now)
    if pause is None:
        return

    def said(_: Statement, resident: Resident) -> Sequence[Message]:
        until = day_of(pause.until, resident.language)
        return [Text(phrases(resident.language).say("statement.paused", until=until, code=pause.code))]

    statement_links.tell(session, desk.sealer, row, said, desk.at)


def _tell(session: Session, desk: Desk, row: Statement, key: str, words: str = "") -> None:
    def said(told: Statement, resident: Resident) -> Sequence[Message]:
        return [Text(phrases(resident.language).say(key, text=told.text, words=words))]

    statement_links.tell(session, desk.sealer, row, said, desk.at)

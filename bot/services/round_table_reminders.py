"""What of round tables waits for whom: the console's first page, and alerts for answers past their day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core.moments import date_of, moment_of
from bot.core.permissions import Actor
from bot.core.round_table_rules import title_of_theme
from bot.models import Alert, Matter, Municipality, Referral, RoundTable
from bot.now import jst
from bot.services import alerts, matters, referrals, reports, round_tables
from bot.services.referrals import ANSWERABLE, Asked

SOON = timedelta(days=7)
OVERDUE = "referral_overdue"
UNSENT = ("draft", "returned", "refused", "cancelled")


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: what it is called, why, how it looks (a tag's words and look), and whose page it is.

    `by`: the day by which it has to be done; None: there is none. `sheet`: the meeting's paper is what is wanted.
    """

    tag: tuple[str, str]
    title: str
    why: str
    round_table_id: int | None = None
    referral_id: int | None = None
    by: date | None = None
    sheet: bool = False


def waiting(session: Session, municipality: str, actor: Actor, now: datetime) -> list[Waiting]:
    """What waits for this person: rounds at a stage that is theirs, answers to write or to publish."""
    today = jst(now).date()
    found = [one for row in _mine(session, municipality, actor, today) for one in _of_round(session, row, actor, now)]
    if actor.may("round_table.answer", municipality, today):
        for asked in referrals.listing(session, municipality, actor, now):
            one = _of_referral(session, asked, actor, now)
            if one is not None:
                found.append(one)
    return found


def remind(session: Session, now: datetime) -> None:
    """Alert the city of every answer past its day, once a day; take back the alerts of those that came."""
    today = jst(now).date()
    for municipality in session.scalars(select(Municipality.id)).all():
        late = {f"referral:{one.referral.id}": one for one in _asked(session, municipality) if _overdue(one, today)}
        stale = delete(Alert).where(Alert.municipality_id == municipality, Alert.kind == OVERDUE)
        session.execute(stale.where(Alert.subject.not_in(late)))
        known = select(Alert.subject, Alert.last_at).where(Alert.municipality_id == municipality, Alert.kind == OVERDUE)
        told = {subject: jst(last).date() for subject, last in session.execute(known)}
        for subject, one in late.items():
            if told.get(subject) != today:
                alerts.raise_alert(session, municipality, OVERDUE, _late_text(one), now, subject)


def _mine(session: Session, municipality: str, actor: Actor, today: date) -> list[RoundTable]:
    if not actor.may("round_table.write", municipality, today):
        return []
    rows = round_tables.listing(session, municipality, actor, today)
    return [row for row in rows if actor.may("round_table.write", municipality, today, (row.district_id,))]


def _of_round(session: Session, row: RoundTable, actor: Actor, now: datetime) -> list[Waiting]:
    said = _stage(session, row, actor, now)
    title = f"{round_tables.title(row)} {title_of_theme(row.theme)}"
    if said is None:
        return []
    sheet = row.state == "meeting" and now < row.meets_at
    by = jst(row.meets_at).date() if sheet else None
    return [Waiting((said[0], said[2]), title, said[1], row.id, by=by, sheet=sheet)]


def _stage(session: Session, row: RoundTable, actor: Actor, now: datetime) -> tuple[str, str, str] | None:
    """What a round waits for: the tag's words, why, the tag's look."""
    today = jst(now).date()
    chairs = actor.may("round_table.approve", row.municipality_id, today, (row.district_id,))
    said: tuple[str, str, str] | None = None
    match row.state:
        case "planned":
            told = round_tables.card_of(session, row).announcement
            if told is None or told.state in UNSENT:
                said = "直してください", "案内が送られません。内容を確かめて、出し直してください。", "warn"
        case "listening":
            said = "募集中", f"{moment_of(row.closes_at)}まで、声を集めています。", "go"
        case "meeting" if now < row.meets_at:
            said = "会議の資料", f"会議は{date_of(jst(row.meets_at).date())}です。資料を印刷できます。", "wait"
        case "meeting":
            why = "記録を確かめて、承認します。" if chairs else "記録を書いて、座長の承認を受けます。"
            said = "記録", why, "wait"
        case "referring":
            why = "振り分けを確かめて、承認します。" if chairs else "声をまとめて、回す先を決めます。"
            said = "振り分け", why, "wait"
        case "answering" | "reported":
            said = _after(session, row, today)
    return said


def _after(session: Session, row: RoundTable, today: date) -> tuple[str, str, str] | None:
    if fresh := len(reports.untold(session, row)):
        return "知らせる", f"まだ参加した人に知らせていない返事が{fresh}件あります。", "wait"
    if row.state == "answering" and all(each.answered for each in matters.of_round(session, row)):
        return "報告", "すべてに返事がそろいました。報告済みにできます。", "wait"
    if row.state == "reported" and row.follow_up_on is not None and row.follow_up_on <= today:
        return "その後", "報告から3か月です。その後どうなったかを確かめます。", "wait"
    return None


def _of_referral(session: Session, asked: Asked, actor: Actor, now: datetime) -> Waiting | None:
    title, today = asked.seen.matter.title, jst(now).date()
    pending = asked.pending
    if pending is not None and pending.state == "submitted":
        if referrals.why_not_publish(session, asked, pending, actor, now) is None:
            return Waiting(
                ("返事の承認", "wait"),
                title,
                f"{asked.referral.name}の返事です。",
                None,
                asked.referral.id,
                asked.due_on,
            )
        return None
    due = asked.due_on
    if due is None or due > today + SOON or referrals.why_not_answer(session, asked, actor, now) is not None:
        return None
    look = ("返事が遅れています", "bad") if due < today else ("返事の期限", "warn")
    return Waiting(look, title, f"{asked.referral.name} ・ {date_of(due)}まで", None, asked.referral.id, due)


def _asked(session: Session, municipality: str) -> list[Asked]:
    query = (
        select(Referral.id)
        .join(Matter, Matter.id == Referral.matter_id)
        .join(RoundTable, RoundTable.id == Matter.round_table_id)
        .where(Referral.municipality_id == municipality, RoundTable.state.in_(ANSWERABLE))
    )
    return [referrals.get(session, municipality, one) for one in session.scalars(query)]


def _overdue(asked: Asked, today: date) -> bool:
    return asked.due_on is not None and asked.due_on < today


def _late_text(asked: Asked) -> str:
    due = asked.due_on
    assert due is not None
    name = f"{round_tables.title(asked.round_table)}「{asked.seen.matter.title}」"
    return f"{name}の返事が{date_of(due)}を過ぎています(回した先: {asked.referral.name})。"[:300]

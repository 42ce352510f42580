"""What waits for the person who looks: everything in one list, the most urgent first, each with its page.

Each source asks the service that also guards the page it leads to, so that nobody is sent to a closed door.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from flask import url_for
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.core.moments import date_of, moment_of
from bot.models import Announcement, Entry, RainPlan, Slip, SlipAnswer
from bot.now import JST, jst, real_now
from bot.services import (
    alerts,
    approval,
    circular_clock,
    entry_editing,
    freshness,
    health,
    inquiry_desk,
    moderation,
    officer_cards,
    rain_plans,
    role_ends,
    round_table_reminders,
    standstill,
    unanswered,
)
from handlers.console.access import context, my_districts, now, person

# How pressing: past what was promised, to be done today, somebody waits, whenever there is time.
LATE, TODAY, WAITS, CALM = range(4)
MOST_DRAFTS: Final = 3
LATELY: Final = timedelta(days=14)
FEW: Final = 3  # issues that stand alone
SLIP_NEAR, SLIP_KEPT = timedelta(days=3), timedelta(days=14)
FAR: Final = datetime.max.replace(tzinfo=JST)
# Alerts whose matter is a thing to do for whoever holds the right: it is in the list already.
DONE_ELSEWHERE: Final = {
    "statements_wait": "statement.moderate",
    "stale": "entry.write",
    "referral_overdue": "round_table.answer",
    "inquiry_overdue": "inquiry.read",
    "circular_late": "circular.manage",
    "emergency": "announcement.approve",
}


@dataclass(frozen=True)
class Item:
    """One thing to do. `tag`: (words, look); `act`: what its button says; `by`: when it has to be done."""

    rank: int
    tag: tuple[str, str]
    title: str
    why: str
    url: str
    act: str = "開く"
    by: datetime | None = None

    @property
    def order(self) -> tuple[int, datetime]:
        """What comes first: the more pressing, of these the sooner."""
        return self.rank, self.by or FAR


def items(db: Session, municipality: str) -> list[Item]:
    """Everything that waits for this person, the most urgent first."""
    found = [one for source in SOURCES for one in source(db, municipality)]
    end = datetime.combine(jst(now()).date() + timedelta(days=1), time(0), JST)
    return sorted((_pressing(one, end) for one in found), key=lambda one: one.order)


def _pressing(one: Item, end: datetime) -> Item:
    """What is due before the day ends is for today."""
    if one.by is None or one.by >= end or one.rank <= TODAY:
        return one
    return Item(TODAY, one.tag, one.title, one.why, one.url, one.act, one.by)


def _machine(db: Session, municipality: str) -> Iterator[Item]:
    """What is wrong with the running of it: for those who mind it."""
    if not person().may("health.read", municipality):
        return
    url, tag = _url("health", municipality), ("確かめてください", "bad")
    kinds: dict[str, list[Any]] = {}
    for row in health.alerts(db, municipality):
        kinds.setdefault(row.kind, []).append(row)
    if alerts.CLOCK not in kinds and (stopped := alerts.clock_dead(db, real_now())):
        yield Item(LATE, tag, stopped, "", url, "動きを確かめる")
    for kind, rows in kinds.items():
        if kind in DONE_ELSEWHERE and person().may(DONE_ELSEWHERE[kind], municipality):
            continue
        more = f"ほかに{len(rows) - 1}件。" if len(rows) > 1 else ""
        yield Item(LATE, tag, rows[0].text, f"{more}最後は{moment_of(rows[0].last_at)}です", url, "動きを確かめる")
    if parked := len(health.parked(db, municipality)):
        title = f"止まっているメッセージが{parked}件あります"
        yield Item(LATE, tag, title, "もう一度試すか、取り下げるかを決めます", url, "動きを確かめる")


def _approvals(db: Session, municipality: str) -> Iterator[Item]:
    moment, actor = now(), person().actor
    for row in approval.told_to(db, municipality, actor, moment):
        url = _url("announcements_show", municipality, announcement_id=row.id)
        why = f"理由: {row.emergency_reason}"
        yield Item(TODAY, ("承認なしで送られました", "bad"), row.title, why, url, "内容を読む", row.approved_at)
    for plan in rain_plans.to_decide(db, municipality, actor, moment):
        late = plan.decide_at <= moment
        yield Item(
            LATE if late else WAITS,
            ("決める時刻を過ぎています", "bad") if late else ("雨の日の用意", "plain"),
            officer_cards.name_of(db, plan, moment),
            f"{moment_of(plan.decide_at)}までに決めます",
            _url("rain_plans_show", municipality, rain_plan_id=plan.id),
            "行うかどうかを決める",
            plan.decide_at,
        )
    rule = approval.rule(db, municipality)
    for one in approval.waiting_for(db, municipality, actor, moment):
        yield _approval(db, municipality, one, late=approval.waits_too_long(one, rule, moment))


def _approval(db: Session, municipality: str, one: approval.Waiting, *, late: bool) -> Item:
    by: datetime | None
    if isinstance(one, RainPlan):
        url, by = _url("rain_plans_show", municipality, rain_plan_id=one.id), one.decide_at
        why = f"{moment_of(one.decide_at)}に決めます"
    else:
        url, by = _url("announcements_approve", municipality, announcement_id=one.id), one.send_at
        why = f"{moment_of(by)}に送る予定です" if by else "承認されたら送ります"
    tag = ("地区で時間がかかっています", "bad") if late else ("承認をお願いします", "wait")
    name = officer_cards.name_of(db, one, now())
    return Item(LATE if late else WAITS, tag, name, f"{one.sender} ・ {why}", url, "読んで、承認する", by)


def _my_announcements(db: Session, municipality: str) -> Iterator[Item]:
    """What this person wrote and has to go on with."""
    if not person().may("announcement.write", municipality):
        return
    query = select(Announcement).where(
        Announcement.municipality_id == municipality,
        Announcement.author_id == person().staff.id,
        Announcement.state.in_(("returned", "draft")),
    )
    rows = db.scalars(query.order_by(Announcement.created_at.desc())).all()
    for row in (one for one in rows if one.state == "returned"):
        url = _url("announcements_edit", municipality, announcement_id=row.id)
        yield Item(WAITS, ("戻ってきました", "warn"), row.title, row.comment or "", url, "直す", row.send_at)
    for row in [one for one in rows if one.state == "draft"][:MOST_DRAFTS]:
        url = _url("announcements_show", municipality, announcement_id=row.id)
        why = f"{moment_of(row.created_at)}に書きました。確かめて、承認に出します"
        yield Item(CALM, ("書きかけ", "plain"), row.title, why, url, "続きを開く")


def _standing(db: Session, municipality: str) -> Iterator[Item]:
    """What did not go, or not to everybody, of what this person wrote or approved: with the reason."""
    me, since = person().staff.id, now() - LATELY
    query = select(Announcement).where(
        Announcement.municipality_id == municipality,
        Announcement.state.in_(("refused", "stopped")),
        or_(Announcement.author_id == me, Announcement.approver_id == me),
        Announcement.send_at >= since,
    )
    rows = db.scalars(query.order_by(Announcement.send_at.desc())).all()
    reasons = standstill.reasons(db, rows, now()) if rows else {}
    for row in rows:
        why = reasons[row.id].why if row.id in reasons else ""
        url = _url("announcements_show", municipality, announcement_id=row.id)
        yield Item(LATE, ("送れませんでした", "bad"), row.title, why, url, "わけと、直し方を見る", row.send_at)


def _rounds(db: Session, municipality: str) -> Iterator[Item]:
    for one in round_table_reminders.waiting(db, municipality, person().actor, now()):
        if one.referral_id:
            url, act = _url("referrals_show", municipality, referral_id=one.referral_id), "返事を開く"
        elif one.sheet:
            url, act = _url("round_tables_sheet", municipality, round_table_id=one.round_table_id), "資料を印刷する"
        else:
            url, act = _url("round_tables_show", municipality, round_table_id=one.round_table_id), "会議を開く"
        rank = {"bad": LATE, "go": CALM}.get(one.tag[1], WAITS)
        yield Item(rank, one.tag, one.title, one.why, url, act, _end_of(one.by))


def _circulars(db: Session, municipality: str) -> Iterator[Item]:
    """Each issue; for who looks after many districts one row for those that wait for the same."""
    alike: dict[tuple[str, str], list[circular_clock.Waiting]] = {}
    for one in circular_clock.waiting(db, municipality, person().actor, now()):
        alike.setdefault(one.tag, []).append(one)
    for tag, found in alike.items():
        rank = LATE if tag[1] == "bad" else WAITS
        if len(found) > FEW:
            title, first = f"回覧の号が{len(found)}件あります", min(found, key=lambda one: one.by)
            why = f"いちばん早いのは {moment_of(first.by)}、{first.title}です"
            yield Item(rank, tag, title, why, _url("circulars", municipality), "回覧を開く", first.by)
            continue
        for one in found:
            url = _url("circulars_show", municipality, circular_id=one.circular_id)
            yield Item(rank, tag, one.title, one.why, url, "号を開く", one.by)


def _slips(db: Session, municipality: str) -> Iterator[Item]:
    """Slips whose day for the answer is near or just past."""
    mine = [one.id for one in my_districts("slip.read")]
    if not mine:
        return
    today = person().today
    query = (
        select(Announcement, Slip, func.count(SlipAnswer.id))
        .join(Slip, Slip.announcement_id == Announcement.id)
        .outerjoin(SlipAnswer, SlipAnswer.announcement_id == Slip.announcement_id)
        .where(Slip.municipality_id == municipality, Slip.district_id.in_(mine))
        .where(Slip.reply_on.between(today - SLIP_KEPT, today + SLIP_NEAR), Announcement.frozen_at.is_not(None))
        .group_by(Announcement.id, Slip.announcement_id)
        .order_by(Slip.reply_on)
    )
    for row, slip, answers in db.execute(query):
        look = ("連絡票の返事", "warn" if slip.reply_on < today else "wait")
        why = f"返事は{date_of(slip.reply_on)}まで。いま{answers}件の確認が届いています"
        url = _url("slips_show", municipality, announcement_id=row.id)
        yield Item(CALM, look, row.title, why, url, "だれがまだかを見る", _end_of(slip.reply_on))


def _inquiries(db: Session, municipality: str) -> Iterator[Item]:
    found = inquiry_desk.waiting(db, municipality, person().actor, now(), context().settings.inquiry_promise_days)
    if not found.all:
        return
    parts = [f"新着{found.new}件"] if found.new else []
    parts += [f"約束の日を過ぎたもの{found.late}件"] if found.late else []
    tag = ("約束の日を過ぎています", "bad") if found.late else ("相談", "wait")
    title, url = f"返事を待っている相談が{found.all}件あります", _url("inquiries", municipality)
    yield Item(LATE if found.late else WAITS, tag, title, "、".join(parts), url, "相談を開く")


def _voices(db: Session, municipality: str) -> Iterator[Item]:
    found = moderation.queue(db, municipality, person().actor, now())
    if found.count and found.first is not None:
        tag = ("約束を過ぎています", "bad") if found.late else ("確認待ち", "wait")
        why = f"{moment_of(found.first)}までに確認する約束です"
        if found.late:
            why = "受付を休んでいます。確認が済むと、また受け付けます"
        title, url = f"確認を待っている声が{found.count}件あります", _url("statements", municipality)
        yield Item(LATE if found.late else WAITS, tag, title, why, url, "声を確認する", found.first)


def _knowledge(db: Session, municipality: str) -> Iterator[Item]:
    """Questions without an answer, entries to be checked or published."""
    moment, actor = now(), person().actor
    if person().may("question.read", municipality) and (
        number := unanswered.open_count(db, municipality, actor, moment)
    ):
        title, url = f"答えられなかった質問が{number}件あります", _url("questions", municipality)
        yield Item(CALM, ("質問", "wait"), title, "記事にすると、次から答えられます", url, "質問を見る")
    if not person().may("entry.write", municipality):
        return
    drafts = select(Entry.data["districts"]).where(
        Entry.municipality_id == municipality, Entry.published.is_(False), Entry.edited_at.is_not(None)
    )
    places = [keys or [] for keys in db.scalars(drafts)]
    if number := entry_editing.how_many(db, municipality, actor, "entry.publish", places, moment):
        title, url = f"まだ出していない記事が{number}件あります", _url("entries", municipality, view="draft")
        yield Item(CALM, ("記事", "wait"), title, "読んで、よければ出します", url, "記事を見る")
    places = freshness.due_districts(db, municipality, moment)
    if number := entry_editing.how_many(db, municipality, actor, "entry.write", places, moment):
        title, url = f"確かめてほしい記事が{number}件あります", _url("entries", municipality, view="due")
        why = "出典を見て、そのとおりなら「今日、確かめました」を押します"
        yield Item(CALM, ("確認の時期です", "wait"), title, why, url, "記事を確かめる")


def _roles(db: Session, municipality: str) -> Iterator[Item]:
    if not person().may("staff.manage", municipality):
        return
    if ending := role_ends.ending(db, municipality, person().today):
        title, first = f"60日のうちに終わる役割が{len(ending)}件あります", ending[0]
        why = f"いちばん近いのは {first.name}さん、あと{first.left}日です"
        yield Item(WAITS, ("引継ぎ", "wait"), title, why, _url("handover", municipality), "引継ぎを見る")


SOURCES: Final = (
    _machine, _approvals, _rounds, _circulars, _standing, _voices, _inquiries, _my_announcements, _slips, _roles,
    _knowledge,
)  # fmt: skip


def _end_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(23, 59), JST)


def _url(endpoint: str, municipality: str, **values: Any) -> str:
    return url_for(f"console.{endpoint}", municipality=municipality, **values)

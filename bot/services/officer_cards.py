"""What officers see in LINE: what waits for their yes, a rain plan's choices. Texts for staff, in Japanese.

Buttons are signed like all others, name the account they were made for and the version they showed, and end after
a day; whoever presses one is looked up anew (handlers.chat.officers).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.core import officer_rules, postback, rain_rules
from bot.core.moments import date_of, moment_of, time_of
from bot.line.render import Card, Open, Tap
from bot.models import Announcement, District, RainPlan, Staff
from bot.services import announcement_card, approval, rain_deciding, rain_plans
from bot.services.announcement_lists import district_ids
from bot.services.announcement_reach import reach_of
from bot.services.approval import Waiting
from bot.services.budget import quota, quota_for
from bot.services.context import Context

HEADING = "役員・職員の連絡"
MOST_PREVIEWED = 3  # cards; with ours, LINE's five messages are never exceeded


@dataclass(frozen=True)
class Desk:
    """Who looks, when, and what cards are made with."""

    context: Context
    municipality: str
    staff_id: int
    now: datetime

    def tap(self, label: str, action: str, **fields: str | int) -> Tap:
        """A signed button for this person; it ends after a day."""
        return self.tap_until(self.now + officer_rules.BUTTON_KEEPS, label, action, **fields)

    def tap_until(self, end: datetime, label: str, action: str, **fields: str | int) -> Tap:
        """The same with an end of its own."""
        key = next(self.context.sealer.signing_keys("postback"))
        values = {**fields, "s": self.staff_id, "x": int(end.timestamp())}
        return Tap(label, postback.encode(action, values, self.municipality, key), label)

    def page(self, path: str) -> str:
        """A page of the console."""
        return f"{self.context.settings.public_url}console/{self.municipality}/{path}"


# --- what waits for a second person -----------------------------------------------------------------


def kind_of(waiting: Waiting) -> str:
    """`a` for an announcement, `p` for a rain plan: how buttons name it."""
    return "p" if isinstance(waiting, RainPlan) else "a"


def name_of(session: Session, waiting: Waiting, now: datetime) -> str:
    """Its title."""
    if isinstance(waiting, Announcement):
        return waiting.title
    found = rain_plans.dated(session, waiting, now)
    return f"雨の日の用意: {found.occurrence.title if found else waiting.entry_key}"


def asked(session: Session, desk: Desk, waiting: Waiting) -> list[Card]:
    """The push that asks: what it is and who wrote it; the button leads to the whole of it, which costs no message."""
    author = session.get_one(Staff, waiting.author_id).name
    lines = [f"{author}さんが書きました。", _places(session, waiting)]
    if approval.escalated(session, waiting, desk.now):
        lines.append("地区で時間がかかっているため、市の担当にもお願いしています。")
    show = desk.tap("内容を見て承認する", "officer.show", k=kind_of(waiting), i=waiting.id)
    return [Card(name_of(session, waiting, desk.now), tuple(lines), "承認をお願いします", buttons=(show,))]


def to_approve(session: Session, desk: Desk, waiting: Waiting) -> list[Card]:
    """All that an approval needs: the very cards residents will get, whom it reaches, what it costs; yes or back."""
    values: dict[str, str | int] = {"k": kind_of(waiting), "i": waiting.id, "v": waiting.version}
    if isinstance(waiting, RainPlan):
        shown, lines, path = [], _plan_lines(session, waiting, desk.now), f"rain-plans/{waiting.id}"
    else:
        sent_at = waiting.send_at or desk.now
        cards = announcement_card.cards(session, desk.context.sealer, waiting, sent_at)
        shown = [replace(card, choices=()) for card in cards[:MOST_PREVIEWED]]
        lines, path = _announcement_lines(session, waiting, desk.now), f"announcements/{waiting.id}/approve"
    author = session.get_one(Staff, waiting.author_id).name
    buttons = (
        desk.tap("承認する", "officer.approve", **values),
        desk.tap("差し戻す", "officer.return", **values),
        Open("管理画面で見る", desk.page(path)),
    )
    body = (f"{author}さんが書きました。日付、時刻、場所、届く地区を確かめてください。", *lines)
    return [*shown, Card(name_of(session, waiting, desk.now), body, "このまま送ってよいですか", buttons=buttons)]


def approved(desk: Desk, row: Announcement) -> Card:
    """After the yes: when it goes out, and until then a button that stops it."""
    assert row.send_at is not None
    if row.held_until is None or row.held_until <= desk.now:
        return Card("承認しました", (f"{moment_of(row.send_at)}に送ります。",), HEADING)
    minutes = max(1, round((row.held_until - desk.now).total_seconds() / 60))
    stop = desk.tap_until(row.send_at, "取り消す", "officer.undo", i=row.id, v=row.version)
    lines = (f"{moment_of(row.send_at)}に送ります。", f"あと{minutes}分は、下のボタンで取り消せます。")
    return Card("承認しました", lines, HEADING, buttons=(stop,))


def emergency(session: Session, desk: Desk, row: Announcement) -> list[Card]:
    """Sent without a second person: told at once to everybody else who could have been asked."""
    who = session.get_one(Staff, row.emergency_by_id).name if row.emergency_by_id else ""
    lines = (f"{who}さんが、承認なしで緊急のお知らせを送りました。", f"理由: {row.emergency_reason}", row.body)
    page = Open("管理画面で見る", desk.page(f"announcements/{row.id}"))
    return [Card(row.title, lines, "緊急の配信がありました", buttons=(page,))]


def _announcement_lines(session: Session, row: Announcement, now: datetime) -> list[str]:
    reached = reach_of(session, row, district_ids(session, row), now)
    left = quota_for(session, row, now)
    minutes = approval.rule(session, row.municipality_id).hold_minutes
    when = moment_of(row.send_at) if row.send_at else f"承認の{minutes}分後" if minutes else "承認したあと、すぐ"
    rest = "" if left.remaining is None else f"(今月の残り{left.remaining:,}通)"
    return [
        f"送る時: {when}", _places(session, row), f"届く人: {reached.shown:,}人", f"使う数: {reached.shown:,}通{rest}"
    ]  # fmt: skip


def _places(session: Session, waiting: Waiting) -> str:
    ids = approval.districts_of(session, waiting)
    names = [session.get_one(District, one).name for one in ids]
    return f"届く地区: {'・'.join(names) or '市全体'}"


# --- rain plans ---------------------------------------------------------------------------------------


def plan_ask(session: Session, desk: Desk, plan: RainPlan) -> Card:
    """The choices of a plan: the first of two taps."""
    late = plan.decide_at <= desk.now
    names = {"held": "実施する", "off": "中止にする", "put_off": "順延にする"}
    buttons = tuple(
        desk.tap(names[choice], "officer.choose", p=plan.id, c=choice, v=plan.version)
        for choice in rain_deciding.choices(plan)
    )
    hour = f"決める時刻: {moment_of(plan.decide_at)}" + ("(過ぎています)" if late else "")
    title = name_of(session, plan, desk.now).removeprefix("雨の日の用意: ")
    return Card(title, (_when(session, plan, desk.now), hour), "どうするかを決めてください", buttons=buttons)


def plan_sure(session: Session, desk: Desk, plan: RainPlan, choice: str) -> Card:
    """What would be sent, to how many: the second tap sends it."""
    word = rain_rules.CHOICES[choice]
    found = rain_plans.dated(session, plan, desk.now)
    title = rain_deciding.title_of(found, choice) if found else word
    number = rain_deciding.reach(session, plan, desk.now)
    left = quota(session, plan.municipality_id, desk.now)
    lines = [rain_deciding.text_of(plan, choice)]
    if choice == "put_off" and plan.moved_to:
        lines.append(f"新しい日: {date_of(plan.moved_to)}")
    lines.append(f"届く人: {number:,}人(申し込んだ人、前の日に知らせた人、{_places(session, plan)})")
    if left.lacks(number):
        lines.append(f"今月送れる残りは{left.remaining:,}通で、足りません。市の担当に電話してください。")
    send = desk.tap(f"{word}を送る", "officer.send", p=plan.id, c=choice, v=plan.version)
    back = desk.tap("選びなおす", "officer.plan", i=plan.id)
    return Card(title, tuple(lines), "これを送ります", buttons=(send, back))


def plan_decided(desk: Desk, row: Announcement) -> Card:
    """After the second tap."""
    assert row.send_at is not None
    when = "いま、送っています。" if row.send_at <= desk.now else f"{time_of(row.send_at)}に送ります。"
    return Card(row.title, (when, "質問への答え、公開のページ、カレンダーは、もう変わりました。"), "決まりました")


def _plan_lines(session: Session, plan: RainPlan, now: datetime) -> list[str]:
    moved = f"順延({date_of(plan.moved_to)})のとき: {plan.put_off_text}" if plan.moved_to else "順延はしません。"
    people = "、".join(person.name for person in rain_plans.officers(session, plan))
    return [
        _when(session, plan, now), f"実施のとき: {plan.held_text}", f"中止のとき: {plan.off_text}", moved,
        f"決める時刻: {moment_of(plan.decide_at)}", f"決める人: {people}", _places(session, plan),
        f"届く人: {rain_deciding.reach(session, plan, now):,}人",
    ]  # fmt: skip


def _when(session: Session, plan: RainPlan, now: datetime) -> str:
    found = rain_plans.dated(session, plan, now)
    return moment_of(found.occurrence.starts_at) if found else date_of(plan.day)

"""The handover sheet (引継ぎシート) of a district: all that runs, who does what, how the successor begins.

It names rows as they stand; nothing of a resident is in it, and no password: an account is never handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.moments import date_of, moment_of
from bot.core.permissions import DISTRICT_ROLES, allowed
from bot.models import (
    Announcement,
    AnnouncementDistrict,
    AnnouncementSeries,
    District,
    Municipality,
    Poll,
    RainPlan,
    RoundTable,
    Staff,
)
from bot.now import jst
from bot.services import (
    associations,
    circular_days,
    circulars,
    holders,
    matters,
    officer_links,
    polls,
    round_tables,
    slips,
    staff,
)
from bot.services.announcement_filters import HOLDER_NAMES
from content import issue_days

SHOWN_DAYS = 4
ANNOUNCEMENT_STATES: Mapping[str, str] = {
    "scheduled": "承認ずみ。そのまま送られます",
    "sending": "送っています",
    "submitted": "承認を待っています",
    "returned": "書いた人に戻っています",
    "draft": "下書き",
}
PLAN_STATES: Mapping[str, str] = {
    "draft": "下書き", "submitted": "承認待ち", "returned": "戻っています", "approved": "決める日を待っています",
}  # fmt: skip
BEGIN = (
    "1. 自分のアカウントを、管理者に作ってもらいます。前の人のメールアドレスやパスワードは使いません。",
    "2. 職員・役員のページに入り、「はじめのページ」で待っているものを見ます。",
    "3. この紙の「予約してあるお知らせ」を読み、要らないものは取りやめます。何もしなければ、そのまま送られます。",
    "4. 自分のLINEをつなぐと、承認の依頼が届きます(なくても、ページだけで全部できます)。",
    "5. 回覧の次の締切と、返事を待っている声の期限を、カレンダーに書きます。",
)


@dataclass(frozen=True)
class Section:
    """One part of the sheet: its rows as (what, more); `empty` is said when there are none."""

    title: str
    rows: tuple[tuple[str, str], ...]
    empty: str


@dataclass(frozen=True)
class Sheet:
    """Everything, in the order in which it is read."""

    city: str
    district: str
    made_at: str
    sections: tuple[Section, ...]
    begin: tuple[str, ...]
    sample: bool


Rows = list[tuple[str, str]]


def sheet(session: Session, municipality: str, district_id: int, now: datetime) -> Sheet:
    """The sheet of one district as things stand now."""
    city, district = session.get_one(Municipality, municipality), session.get_one(District, district_id)
    parts: Sequence[tuple[str, Callable[..., Rows], str]] = (
        ("予約してあるお知らせ", _announcements, "ありません。"),
        ("くり返し送るお知らせ", _series, "ありません。"),
        ("受け付けているアンケート", _polls, "ありません。"),
        ("円卓会議", _rounds, "進んでいる会議はありません。"),
        ("返事を待っている声", _matters, "ありません。"),
        ("回覧", _circulars, "発行日を決めていません。"),
        ("部数表", _copies, "まだありません。"),
        ("連絡票と、役の登録", _slips, "ありません。"),
        ("雨のときの計画", _plans, "ありません。"),
        ("書く人・承認する人", _people, "この地区の役割を持つ人がいません。管理者に知らせてください。"),
    )
    return Sheet(
        city=str(city.facts.get("public_name") or city.name),
        district=district.name,
        made_at=moment_of(now),
        sections=tuple(
            Section(title, tuple(rows(session, municipality, district_id, now)), empty) for title, rows, empty in parts
        ),
        begin=BEGIN,
        sample=bool(city.facts.get("sample")),
    )


def _announcements(session: Session, municipality: str, district_id: int, now: datetime) -> Rows:
    """What is written or approved; what is approved is sent also when the roles behind it have ended."""
    del now
    of = AnnouncementDistrict
    query = (
        select(Announcement)
        .join(of, of.announcement_id == Announcement.id)
        .where(
            Announcement.municipality_id == municipality, of.district_id == district_id,
            Announcement.state.in_(ANNOUNCEMENT_STATES),
        )
    )  # fmt: skip
    found = []
    # What has no time yet comes last, on both databases.
    rows = sorted(session.scalars(query), key=lambda row: (row.send_at is None, row.send_at or row.created_at))
    for row in rows:
        when = moment_of(row.send_at) if row.send_at is not None else "承認されたらすぐ"
        found.append((row.title, f"{when} / {ANNOUNCEMENT_STATES[row.state]} / 差出人 {row.sender}"))
    return found


def _series(session: Session, municipality: str, district_id: int, now: datetime) -> Rows:
    del now
    of = AnnouncementDistrict
    query = (
        select(AnnouncementSeries, Announcement)
        .join(Announcement, Announcement.series_id == AnnouncementSeries.id)
        .join(of, of.announcement_id == Announcement.id)
        .where(
            AnnouncementSeries.municipality_id == municipality, of.district_id == district_id,
            AnnouncementSeries.state.in_(("draft", "running")),
        )
        .order_by(AnnouncementSeries.id, Announcement.id.desc())
    )  # fmt: skip
    found: dict[int, tuple[str, str]] = {}
    for series, newest in session.execute(query):
        ends = f"{series.ends_on.year}年{date_of(series.ends_on)}"
        state = "下書き" if series.state == "draft" else "動いています"
        found.setdefault(series.id, (newest.title, f"{series.at} / {ends}まで / {state}"))
    return list(found.values())


def _polls(session: Session, municipality: str, district_id: int, now: datetime) -> Rows:
    of = AnnouncementDistrict
    query = (
        select(Poll)
        .join(Announcement, Announcement.poll_id == Poll.id)
        .join(of, of.announcement_id == Announcement.id)
        .where(Poll.municipality_id == municipality, of.district_id == district_id, Poll.state == "open")
        .order_by(Poll.closes_at)
    )
    rows = [poll for poll in session.scalars(query) if polls.is_open(poll, now)]
    return [(row.question, f"締切 {moment_of(row.closes_at)}。締切のあと、自動で集計します") for row in rows]


def _rounds(session: Session, municipality: str, district_id: int, now: datetime) -> Rows:
    del now
    over = ("cancelled", "followed_up")
    query = select(RoundTable).where(
        RoundTable.municipality_id == municipality, RoundTable.district_id == district_id, RoundTable.state.not_in(over)
    )
    return [
        (
            f"{round_tables.title(row)} {row.theme.splitlines()[0]}",
            f"会議 {moment_of(row.meets_at)} / 答える人 {row.answerer}({date_of(row.answer_on)}までに)",
        )
        for row in session.scalars(query.order_by(RoundTable.meets_at))
    ]


def _matters(session: Session, municipality: str, district_id: int, now: datetime) -> Rows:
    del now
    mine = (RoundTable.municipality_id == municipality, RoundTable.district_id == district_id)
    ids = list(session.scalars(select(RoundTable.id).where(*mine, RoundTable.state != "cancelled")))
    waiting = [one for one in matters.of_rounds(session, municipality, ids) if one.awaited]
    return [
        (one.matter.title, "、".join(f"{each.name}({date_of(each.due_on)}まで)" for each in one.awaited))
        for one in waiting
    ]


def _circulars(session: Session, municipality: str, district_id: int, now: datetime) -> Rows:
    rule = circulars.rule_of(session, municipality, district_id)
    if rule is None:
        return []
    wanted = circular_days.issue_rule(rule)
    days = [date_of(one.day) for one in issue_days.upcoming(wanted, jst(now).date(), SHOWN_DAYS)]
    found = [
        ("発行日", issue_days.in_words(wanted)),
        ("次の発行日", "、".join(days)),
        ("締切と時刻", f"{rule.close_days}日前の午後5時が締切、{rule.send_hour}時に送ります"),
    ]
    rows = [row for row in circulars.listing(session, municipality, [district_id], 0) if row.state == "open"]
    counts = circulars.counts(session, rows)
    found += [(circulars.name(row), f"いま{counts[row.id]}件 / 締切 {moment_of(row.closes_at)}") for row in rows]
    return found


def _copies(session: Session, municipality: str, district_id: int, now: datetime) -> Rows:
    del now
    rows = associations.listing(session, municipality, district_id)
    total = [("合計", f"{sum(row.copies for row in rows)}部")] if rows else []
    return [*((row.name, f"{row.copies}部") for row in rows), *total]


def _slips(session: Session, municipality: str, district_id: int, now: datetime) -> Rows:
    counts = holders.counts(session, municipality, district_id, jst(now).date())
    found = [
        (f"{HOLDER_NAMES[post]}(LINEに登録)", f"{number}人。任期の日に、登録とお名前が消えます")
        for post, number in counts.items()
        if number
    ]
    for told, slip in slips.listing(session, municipality, [district_id]):
        if slip.reply_on >= jst(now).date() and told.frozen_at is not None:
            roll = slips.roll(session, slip, now)
            done = sum(one.at is not None for one in roll)
            found.append((told.title, f"返事 {date_of(slip.reply_on)}まで / 確認 {done} / {len(roll)}"))
    return found


def _plans(session: Session, municipality: str, district_id: int, now: datetime) -> Rows:
    query = select(RainPlan).where(
        RainPlan.municipality_id == municipality, RainPlan.state.in_(PLAN_STATES), RainPlan.day >= jst(now).date()
    )
    rows = [row for row in session.scalars(query.order_by(RainPlan.decide_at)) if district_id in row.district_ids]
    return [
        (f"{date_of(row.day)}の行事", f"{moment_of(row.decide_at)}までに決める / {PLAN_STATES[row.state]}")
        for row in rows
    ]


def _people(session: Session, municipality: str, district_id: int, now: datetime) -> Rows:
    """Who may write and approve for the district today, until when, and whether in LINE. Accounts are never shared."""
    today, phones = jst(now).date(), officer_links.phones(session, municipality)
    found: Rows = []
    for person in session.scalars(
        select(Staff).where(Staff.municipality_id == municipality, Staff.active).order_by(Staff.name)
    ):
        grants = staff.actor(session, person).grants
        mine = [one for one in grants if one.role in DISTRICT_ROLES and district_id in one.districts]
        if not mine:
            continue
        may = [
            word
            for right, word in (("announcement.write", "書く"), ("announcement.approve", "承認する"))
            if allowed(mine, right, municipality, today, (district_id,))
        ]
        over = all(one.until is not None and one.until < today for one in mine)
        nothing = "いまは何もできません" if over else "見るだけ"
        ends = "、".join(_until(one.until, today) for one in mine)
        line = "LINEで承認できる" if person.id in phones else "ページだけ"
        found.append((person.name, f"{'・'.join(may) or nothing} / {ends} / {line}"))
    return found


def _until(until: date | None, today: date) -> str:
    if until is None:
        return "期限なし"
    return f"{until.year}年{date_of(until)}まで" if until >= today else f"{until.year}年{date_of(until)}に終わりました"

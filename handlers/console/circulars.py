"""The circular: the issues of one's districts, one issue with its items in order, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.moments import date_of
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Announcement, Circular, CircularRule, Slip
from bot.services import (
    announcements,
    budget,
    circular_days,
    circular_files,
    circular_items,
    circular_reading,
    circulars,
)
from bot.services.announcement_card import particulars_of
from bot.services.announcements import Quota, Reach
from bot.services.circular_files import Files
from bot.services.circulars import Issue
from content import issue_days
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
STATES = {"open": ("集めています", "wait"), "issued": ("出しました", "good"), "skipped": ("出しませんでした", "plain")}
NEXT_DAYS = 4


@dataclass(frozen=True)
class District:
    """A district's rule in words, and its next days."""

    id: int
    name: str
    rule: CircularRule | None
    words: str
    days: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """One issue as its page shows it."""

    issue: Issue
    name: str
    place: str
    writes: bool
    manages: bool
    read: str
    reach: Reach | None
    quota: Quota | None
    files: dict[int, Files]  # by item

    @property
    def row(self) -> Circular:
        return self.issue.row

    @property
    def submitted(self) -> bool:
        told = self.issue.announcement
        return told is not None and told.state == "submitted"


@right("announcement.read")
def listing(municipality: str) -> str:
    """Every issue of one's districts; the rules in words."""
    mine = my_districts("announcement.read")
    with context().database.read() as db:
        rows = circulars.listing(db, municipality, [one.id for one in mine])
        counts = circulars.counts(db, rows)
        rules = [_district(circulars.rule_of(db, municipality, one.id), one.id, one.name) for one in mine]
    return render_template(
        "console/circulars.html", rows=rows, counts=counts, rules=rules, states=STATES, name=circulars.name, now=now(),
        manages={one.id for one in my_districts("circular.manage")},
    )  # fmt: skip


@right("announcement.read")
def show_one(municipality: str, circular_id: int) -> str:
    """The items in order; what the issue waits for; who can be asked."""
    with context().database.read() as db:
        seen = sheet(db, municipality, circular_id)
    return _page(seen, Fields.of({}))


@right("announcement.write")
def act(municipality: str, circular_id: int) -> Answer:
    """A button of the issue's page: up, down, remove, compose, take_back, put_off."""
    fields = Fields.posted()
    version, item = request.form.get("version", -1, type=int), request.form.get("item", -1, type=int)
    try:
        with context().database.write() as db:
            said = _act(db, readable(db, municipality, circular_id), fields, version, item)
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        with context().database.read() as db:
            return _page(sheet(db, municipality, circular_id), fields), error.status
    if said:
        flash(said, "good")
    return redirect(url_for("console.circulars_show", municipality=municipality, circular_id=circular_id))


def readable(db: Session, municipality: str, circular_id: int) -> Circular:
    """The issue, if it is this municipality's and this person may read it. Raises NotFoundError."""
    row = circulars.get(db, municipality, circular_id)
    if not person().may("announcement.read", municipality, (row.district_id,)):
        raise NotFoundError("その号は、担当の地区のものではありません。")
    return row


def page_of(db: Session, told: Announcement) -> str | None:
    """Where an announcement that is an issue or a slip is changed; None for any other."""
    if told.kind == "slip" and db.get(Slip, told.id) is not None:
        return url_for("console.slips_edit", municipality=told.municipality_id, announcement_id=told.id)
    row = circulars.of_announcement(db, told) if told.kind == "circular" else None
    if row is None:
        return None
    return url_for("console.circulars_show", municipality=told.municipality_id, circular_id=row.id)


def sheet(db: Session, municipality: str, circular_id: int) -> Sheet:
    """Everything the page needs of one issue. Raises NotFoundError."""
    row = readable(db, municipality, circular_id)
    issue = circulars.issue(db, row)
    coming = row.state == "open"
    reach = announcements.reach(db, municipality, "home_and_interest", (row.district_id,), now()) if coming else None
    return Sheet(
        issue=issue,
        name=circulars.name(row),
        place=place().district_name(row.district_id),
        writes=person().may("announcement.write", municipality, (row.district_id,)),
        manages=person().may("circular.manage", municipality, (row.district_id,)),
        read=circular_reading.in_words(row, issue.announcement),
        reach=reach,
        quota=budget.quota(db, municipality, now(), row.send_at, {("circular", row.id)}) if coming else None,
        files=circular_files.of_items(db, issue.items),
    )


def _act(db: Session, row: Circular, fields: Fields, version: int, item: int) -> str:
    actor, wanted = person().actor, fields.value("act")
    match wanted:
        case "up" | "down":
            circular_items.move_item(db, row, actor, item, -1 if wanted == "up" else 1, version, now())
            return ""
        case "remove":
            circular_items.remove_item(db, row, actor, item, version, now())
            return "記事を1件、はずしました。"
        case "compose":
            circulars.compose(db, row, actor, version, now())
            return "まとめて、承認に出しました。ほかの人が承認すると、発行日に送られます。"
        case "take_back":
            circulars.take_back(db, row, actor, version, now())
            return "承認の依頼を取り下げました。直したら、もう一度出してください。"
        case "put_off":
            day = fields.day("day", "新しい発行日")
            if day is None:
                raise BadInputError(fields.errors["day"])
            circulars.put_off(db, row, actor, day, version, now())
            return "発行日を変えました。締切も、同じだけ動かしました。"
    raise BadInputError("何をするかが読み取れませんでした。もう一度押してください。")


def _district(rule: CircularRule | None, district_id: int, name: str) -> District:
    if rule is None:
        return District(district_id, name, None, "", ())
    wanted = circular_days.issue_rule(rule)
    days = tuple(day_words(one) for one in issue_days.upcoming(wanted, person().today, NEXT_DAYS))
    return District(district_id, name, rule, issue_days.in_words(wanted), days)


def day_words(one: issue_days.IssueDay) -> str:
    """12月3日(木), with the day it was moved from."""
    return date_of(one.day) + (f"(もとは{date_of(one.named)})" if one.day != one.named else "")


def _page(seen: Sheet, fields: Fields) -> str:
    return render_template(
        "console/circular.html", sheet=seen, fields=fields, states=STATES, origins=circular_items.ORIGIN_NAMES,
        now=now(), most=circular_items.MOST_ITEMS, particulars=particulars_of,
    )  # fmt: skip

"""Announcements: the list, and one with everything there is to know about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session

from bot.core import poll_wording
from bot.core.poll_items import Item
from bot.core.transitions import possible
from bot.errors import BadInputError, NotFoundError
from bot.models import Announcement, Poll, Staff
from bot.services import announcement_archive, budget, health, polls, standstill
from bot.services import announcements as service
from bot.services.announcement_reach import whom_of
from bot.services.standstill import Reason
from content import plain_japanese
from content.plain_japanese import Finding
from handlers.console import announcement_budget, announcement_timing
from handlers.console import announcement_parts as parts
from handlers.console.access import context, now, person, place, right
from handlers.console.announcement_approval import Standing, standing
from handlers.console.announcement_budget import Seen
from handlers.console.announcement_parts import Extras
from handlers.console.announcement_timing import Timing

GROUPS = {
    "all": ("すべて", None),
    "mine": ("自分が書いたもの", None),
    "waiting": ("承認待ち", ("submitted",)),
    "drafts": ("下書き・差し戻し", ("draft", "returned", "refused")),
    "coming": ("これから送るもの", ("scheduled", "sending")),
    "stuck": ("送れなかったもの", None),
    "over": ("終わったもの", ("sent", "stopped", "cancelled")),
}


@dataclass(frozen=True)
class Sheet:
    """One announcement as its pages show it."""

    row: Announcement
    district_ids: tuple[int, ...]
    author: str
    submitter: str | None  # who brought it to approval, where that is another
    approver: str | None
    poll: Poll | None
    items: tuple[Item, ...]
    wording: tuple[list[str], ...]  # by item, how it could be asked better
    reach: service.Reach
    quota: service.Quota
    sends: int  # how often it goes out in its month
    messages: list[dict[str, Any]]
    problem: str | None
    acts: frozenset[str]
    hints: tuple[tuple[str, Finding], ...]  # what やさしい日本語 would say otherwise, with its words
    extras: Extras
    standing: Standing
    language: str  # of the messages shown
    budget: Seen
    timing: Timing
    why: Reason | None  # it did not go, or not to everybody

    @property
    def over(self) -> bool:
        """Whether recipients have been fixed."""
        return self.row.frozen_at is not None

    @property
    def public(self) -> bool:
        """Whether everybody may read it by now."""
        return announcement_archive.is_public(self.row)

    @property
    def more_acts(self) -> frozenset[str]:
        """What can be done beside the one thing the page asks for."""
        found = self.acts - {"submit", "approve"}
        return found - {"change"} if "submit" in self.acts else found - {"send_back"} if self.waits else found

    @property
    def waits(self) -> bool:
        """Whether it waits for a second person (who returns it from the page for approving)."""
        return self.row.state == "submitted"


@right("announcement.read")
def listing(municipality: str) -> str:
    """By state; each with its districts and time, and with why it did not go."""
    group, words = request.args.get("group", "all"), request.args.get("q", "").strip()[:100]
    group = group if group in GROUPS else "all"
    with context().database.read() as db:
        rows = service.listing(db, municipality, person().actor, person().today)
        rows = [row for row in rows if words.casefold() in f"{row.title}\n{row.body}".casefold()]
        districts = service.district_ids_of(db, [row.id for row in rows])
        why = standstill.reasons(db, rows, now())
    stuck = {number for number, reason in why.items() if reason.stuck}
    groups = {name: [row for row in rows if _in_group(row, name, stuck)] for name in GROUPS}
    return render_template(
        "console/announcements.html", rows=groups[group], districts=districts, group=group, groups=GROUPS,
        counts={name: len(found) for name, found in groups.items()}, why=why, q=words,
    )  # fmt: skip


@right("announcement.read")
def show_one(municipality: str, announcement_id: int) -> str:
    """Text, preview, reach and cost; what can be done now; after sending, the result."""
    with context().database.read() as db:
        seen = sheet(db, municipality, announcement_id)
        progress = service.progress(db, seen.row) if seen.over else None
        if progress and whom_of(db, seen.row).hidden:
            progress = progress.roughly()
        lots = health.batches_of(db, seen.row.id) if seen.over else []
    return render_template("console/announcement.html", sheet=seen, progress=progress, batches=lots, now=now())


def readable(db: Session, municipality: str, announcement_id: int) -> Announcement:
    """The announcement, if it is this municipality's and this person may read it. Raises NotFoundError."""
    row = service.get(db, municipality, announcement_id)
    if not person().may("announcement.read", municipality, service.district_ids(db, row)):
        raise NotFoundError("そのお知らせは、担当の地区のものではありません。")
    return row


def sheet(db: Session, municipality: str, announcement_id: int) -> Sheet:
    """Everything a page needs of one announcement. Raises NotFoundError."""
    row = readable(db, municipality, announcement_id)
    districts = service.district_ids(db, row)
    poll = polls.find(db, municipality, row.poll_id) if row.poll_id is not None else None
    items = polls.items_of(db, poll) if poll else ()
    language = request.args.get("lang", "ja")
    messages, problem = _preview(db, row, language)
    return Sheet(
        row=row,
        district_ids=districts,
        author=_name(db, row.author_id),
        submitter=_name(db, row.submitted_by_id) if row.submitted_by_id not in (None, row.author_id) else None,
        approver=_name(db, row.approver_id) if row.approver_id else None,
        poll=poll,
        items=items,
        wording=tuple(map(poll_wording.hints, items)),
        reach=service.reach_of(db, row, districts, now()),
        quota=budget.quota_for(db, row, now()),
        sends=budget.sends(db, row, now()),
        messages=messages,
        problem=problem,
        acts=_acts(db, row, districts),
        hints=_hints(row),
        extras=parts.extras(db, row),
        standing=standing(db, row, districts),
        language=language,
        budget=announcement_budget.seen(db, row, districts),
        timing=announcement_timing.of(db, row),
        why=standstill.reason(db, row, now()),
    )


def _hints(row: Announcement) -> tuple[tuple[str, Finding], ...]:
    """While the text can still be changed: words and sentences that are hard to read. Hints, never a hindrance."""
    if row.state not in {"draft", "returned", "submitted"}:
        return ()
    text = f"{row.title}\n{row.body}"
    return tuple((text[one.start : one.end], one) for one in plain_japanese.check(text))


def _in_group(row: Announcement, name: str, stuck: set[int]) -> bool:
    if name == "mine":
        return row.author_id == person().staff.id
    if name == "stuck":
        return row.id in stuck
    states = GROUPS[name][1]
    return states is None or row.state in states


def _preview(db: Session, row: Announcement, language: str) -> tuple[list[dict[str, Any]], str | None]:
    try:
        return service.preview(db, context().sealer, row, now(), language), None
    except BadInputError:
        return [], "文が長すぎて、LINEで送れません。本文か選択肢を短くしてください。"


def _name(db: Session, staff_id: int) -> str:
    row = db.get(Staff, staff_id)
    return row.name if row else "?"


def _acts(db: Session, row: Announcement, districts: tuple[int, ...]) -> frozenset[str]:
    """What this person can do with it now: what its state allows and their roles give."""
    someone, here, allowed = person(), place().id, possible(row.state)
    writes = someone.may("announcement.write", here, districts)
    submits = someone.may("announcement.submit", here, districts)
    found: set[str] = {act for act in ("change", "delete") if act in allowed and writes}
    if "submit" in allowed and submits:
        found.add("submit")
    if row.state == "submitted" and not submits:
        found.discard("change")
    if "approve" in allowed and service.may_approve(db, row, someone.actor, now()):
        found.add("approve")
    others = row.author_id != someone.staff.id  # who wrote it takes it back: nobody sends it back to themselves
    if "send_back" in allowed and others and someone.may("announcement.approve", here, districts):
        found.add("send_back")
    if "cancel" in allowed and someone.may("announcement.cancel", here, districts):
        found.add("cancel")
    return frozenset(found)

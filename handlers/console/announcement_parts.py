"""What the announcement's form holds beside the text: kind, particulars, buttons; examples and last year's wording."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Final

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from bot.core import announcement_rules
from bot.core.announcement_copy import without_dates
from bot.core.moments import date_of
from bot.models import Announcement, AnnouncementFile, AnnouncementText, District, Poll
from bot.models.announcement import KINDS, URGENCIES
from bot.services import activities, announcement_card, announcement_checks, poll_doors, polls
from bot.services.announcement_draft import MAX_PARTICULAR, Draft, Particulars
from content.announcement_examples import examples
from handlers.console.access import context, now, person, place
from handlers.console.forms import Fields

PARTICULARS: Final = tuple(field.name for field in fields(Particulars))
URGENCY_NAMES: Final = {
    "normal": ("ふつう", "夜9時から朝7時のあいだは送りません"),
    "cancellation": ("中止・順延", "きょうの行事の中止など。朝5時30分から送れます"),
    "emergency": ("緊急", "命にかかわること。何時でも、すぐに全員へ送ります"),
}
# What the form offers; a circular, a slip and a report are made on pages of their own and keep their kind.
CHOSEN: Final = ("activity", "recruit", "cleaning", "disaster", "called_off", "request", "other")
LINKS: Final = {
    "map": ("地図を見る", "「場所」に書いたところの地図を開きます"),
    "share": ("家族・友だちに送る", "LINEの友だちを選んで、見出しとページを送れます"),
    "page": ("全文・印刷のページ", "だれでも読めるページ。ほかの言葉と、印刷もあります"),
}
SOON: Final = timedelta(days=62)


@dataclass(frozen=True)
class Extras:
    """What stands beside an announcement's text."""

    picture: AnnouncementFile | None
    paper: AnnouncementFile | None
    texts: tuple[AnnouncementText, ...]
    stale: frozenset[str]
    particulars: tuple[tuple[str, str], ...]
    held: str | None  # words for which the city has to approve


@dataclass(frozen=True)
class Offers:
    """What a button can lead to: open polls and coming dates of one's districts."""

    polls: tuple[Poll, ...]
    dates: tuple[tuple[str, str], ...]  # value, label


def extras(db: Session, row: Announcement) -> Extras:
    """Everything beside the text, for the pages of one announcement."""
    texts = tuple(announcement_card.texts(db, row))
    return Extras(
        picture=announcement_card.file(db, row, "picture"),
        paper=announcement_card.file(db, row, "paper"),
        texts=texts,
        stale=frozenset(text.language for text in texts if announcement_checks.is_stale(row, text)),
        particulars=tuple(announcement_card.particulars_of(row)),
        held=announcement_rules.held_for_city(row.title, row.body, *(row.particulars or {}).values()),
    )


def offers(db: Session, districts: tuple[District, ...]) -> Offers:
    """Open polls and coming dates for the buttons."""
    here, moment = place().id, now()
    rows = db.scalars(
        select(Poll)
        .where(Poll.municipality_id == here, Poll.state == "open", Poll.closes_at > moment)
        .order_by(Poll.closes_at)
        .limit(20)
    )
    mine = {district.key for district in districts}
    dates = [
        (f"{one.entry.id}|{one.occurrence.day}", f"{date_of(one.occurrence.day)} {one.occurrence.title}")
        for one in sorted(
            activities.next_dates(db, here, moment, 3, SOON), key=lambda one: (one.occurrence.starts_at, one.entry.id)
        )
        if not one.entry.districts or mine.intersection(one.entry.districts)
    ]
    readable = (poll for poll in rows if person().may("poll.read", here, tuple(poll_doors.districts_of(db, poll))))
    return Offers(tuple(readable), tuple(dates[:60]))


def read(fields_: Fields, row: Announcement | None) -> dict[str, Any]:
    """Kind, urgency, particulars and buttons of the posted form, as the draft takes them."""
    kept = row.kind if row is not None else "other"
    kind = fields_.value("about") or kept
    urgency = fields_.value("urgency") or "normal"
    if kind not in {*CHOSEN, kept} or kind not in KINDS:
        fields_.errors["about"] = "お知らせの種類を選んでください。"
    if urgency not in URGENCIES:
        fields_.errors["urgency"] = "急ぎかどうかを選んでください。"
    names = announcement_checks.PARTICULAR_NAMES
    given = {
        name: fields_.text(f"part_{name}", names[name], most=MAX_PARTICULAR, required=False) for name in PARTICULARS
    }
    if "map" in fields_.form.getlist("links") and not given["place"]:
        fields_.errors["part_place"] = "地図のボタンを付けるときは、場所を書いてください。"
    return {
        "kind": kind,
        "urgency": urgency,
        "particulars": Particulars(**given),
        "buttons": tuple(_buttons(fields_)),
    }


def refuse(fields_: Fields, draft: Draft) -> None:
    """Say at the field what may not go to a district, and what can be done instead."""
    facts = [getattr(draft.particulars, name) for name in PARTICULARS]
    if found := announcement_rules.refusals(draft.title, draft.body, *facts):
        fields_.errors.setdefault("body", "".join(map(str, found)))


def stored(row: Announcement) -> dict[str, str | list[str]]:
    """The fields of what is stored."""
    values: dict[str, str | list[str]] = {"about": row.kind, "urgency": row.urgency}
    values |= {f"part_{name}": str((row.particulars or {}).get(name, "")) for name in PARTICULARS}
    values["links"] = [one["kind"] for one in row.buttons or () if one["kind"] in LINKS]
    for one in row.buttons or ():
        if one["kind"] == "poll":
            values["button_poll"] = str(one["poll"])
        if one["kind"] == "activity":
            values["button_activity"] = f"{one['key']}|{one['day']}"
    return values


def filled(fields_: Fields) -> Fields:
    """The form with the example of its kind in every field that is still empty."""
    form = MultiDict(fields_.form.items(multi=True))
    example = examples().get(form.get("about", ""))
    if example is None:
        return Fields(form, {"about": "文例のある種類(行事からお願いまで)を選んでください。"})
    words = {"title": example.title, "body": example.body}
    words |= {f"part_{name}": getattr(example, name) for name in PARTICULARS}
    for name, text in words.items():
        if not form.get(name, "").strip():
            form[name] = text
    if form.get("about") == "called_off" and form.get("urgency", "normal") == "normal":
        form["urgency"] = "cancellation"
    return Fields(form)


def copied(values: dict[str, str | list[str]]) -> tuple[dict[str, str | list[str]], tuple[str, ...]]:
    """Last year's fields without its dates and what hung on them; and the dates that were taken out."""
    gone: list[str] = []
    for name in ("title", "body", "part_date", "part_place", "part_audience", "part_contact"):
        text, dates = without_dates(str(values.get(name, "")))
        values[name] = text
        gone += dates
    for name in [one for one in values if one.startswith(("send_", "button_")) or one == "with_poll"]:
        del values[name]
    return values | {"when": "now", "urgency": "normal"}, tuple(dict.fromkeys(gone))


def _buttons(fields_: Fields) -> list[dict[str, Any]]:
    """The buttons as they are stored; what a poll's or an activity's leads to has to be there for this person."""
    found: list[dict[str, Any]] = []
    with context().database.read() as db:
        if poll := fields_.value("button_poll"):
            found += [{"kind": "poll", "poll": one} for one in _poll(db, poll)]
            if not found:
                fields_.errors["button_poll"] = "そのアンケートは選べません。もう一度選んでください。"
        key, _, day = fields_.value("button_activity").partition("|")
        if key and _is_day(day) and activities.on(db, place().id, key, date.fromisoformat(day), now()) is not None:
            found.append({"kind": "activity", "key": key, "day": day})
        elif key:
            fields_.errors["button_activity"] = "その行事は選べません。もう一度選んでください。"
    home = context().settings.public_url
    chosen = fields_.form.getlist("links")
    return found + [{"kind": name, "base": home} for name in LINKS if name in chosen]


def _poll(db: Session, typed: str) -> list[int]:
    """The number of a poll that this person may read here; [] for any other."""
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 12 else 0
    poll = polls.find(db, place().id, number)
    if poll is None or not person().may("poll.read", place().id, tuple(poll_doors.districts_of(db, poll))):
        return []
    return [number]


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def wants_example() -> bool:
    """Whether the form was posted to have an example put into it."""
    return "fill" in request.form

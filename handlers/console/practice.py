"""Practice (練習): switched on and off, entered by everybody, and its telephones with what can be pressed on them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core import practice as rules
from bot.errors import BadInputError, NotFoundError
from bot.models import PracticeMessage, Resident
from bot.services import practice as service
from bot.services import practice_phones as phones
from bot.services.context import Context
from handlers.console.access import context, my_districts, now, person, place, right

SENDS: Final = 3  # the newest sends on the screen
WAIT_SECONDS: Final = 4.0  # for the bot's answer, so that the page that follows shows it
LOOK_SECONDS: Final = 0.1
MOST_TYPED: Final = 200


@right("practice.use")
def show(municipality: str) -> str | Response:
    """What practice is, and the way in; in the room itself: its telephones."""
    if rules.is_room(municipality):
        return redirect(url_for("console.practice_phones", municipality=municipality))
    with context().database.read() as db:
        standing = service.standing(db, municipality)
    return render_template("console/practice.html", standing=standing, neighbours=service.NEIGHBOURS)


@right("practice.manage")
def start(municipality: str) -> Response:
    """Switch it on."""
    with context().database.write(durable=True) as db:
        service.start(db, context().sealer, municipality, person().actor, now())
    flash("練習を始めました。「練習に入る」を押すと、だれでも試せます。", "good")
    return _outside(municipality)


@right("practice.manage")
def end(municipality: str) -> Response:
    """Switch it off: everything made in practice is deleted."""
    with context().database.write(durable=True) as db:
        service.end(db, municipality, person().actor, now())
    service.forget_keys(context().keystore, municipality)
    flash("練習を終えました。練習で作ったものは、すべて消えました。", "good")
    return _outside(municipality)


@right("practice.use")
def enter(municipality: str) -> Response:
    """Into the room, with today's roles."""
    real = rules.real_of(municipality)
    with context().database.write() as db:
        if not service.standing(db, real).on:
            flash("練習は、まだ始まっていません。市の担当か管理者が始めます。", "warn")
            return _outside(real)
        service.match_people(db, real)
    return redirect(url_for("console.home", municipality=rules.room_of(real)), 303)


@right("practice.use")
def telephones(municipality: str) -> str | Response:
    """One telephone of a district: what arrived, and what can be pressed."""
    if not rules.is_room(municipality):
        return _outside(municipality)
    district = request.args.get("district", type=int) or _first_district()
    with context().database.read() as db:
        rows = service.neighbours(db, municipality, district)
        phone = next((row for row in rows if row.id == request.args.get("phone", type=int)), rows[0] if rows else None)
        sends = phones.shown(db, municipality, phone.id)[-SENDS:] if phone else []
        counts = _counts(db, municipality)
    messages = [message for send in sends for message in send.messages]
    return render_template(
        "console/practice_phones.html", rows=rows, phone=phone, district=district, messages=messages, counts=counts,
        buttons=phones.buttons(messages), words=phones.words(messages), at=sends[-1].at if sends else None,
        partner=service.PARTNER, most=MOST_TYPED,
    )  # fmt: skip


@right("practice.use")
def press(municipality: str) -> Response:
    """A button, or a text, on one telephone; waits a moment for the bot's answer."""
    if not rules.is_room(municipality):
        return _outside(municipality)
    typed = request.form.get("text", "").strip()[:MOST_TYPED]
    with context().database.read() as db:
        phone = _phone(db, municipality, request.form.get("phone", type=int))
        before = _newest(db, phone)
    if not (request.form.get("data") or typed):
        flash("送る言葉を入れてください。", "bad")
        return _back(phone)
    event = phones.pressed(
        phones.user_of(context().sealer, phone), now(), data=request.form.get("data", ""), text=typed
    )
    phones.store(context().database, context().sealer, municipality, [event], now())
    if not _answered(phone, before):
        flash("電話で押しました。返事がまだのときは、「新しくする」を押してください。", "good")
    return _back(phone)


@right("practice.use")
def others(municipality: str) -> Response:
    """The other telephones of the district answer the question on their screens, each in its turn another choice."""
    if not rules.is_room(municipality):
        return _outside(municipality)
    with context().database.read() as db:
        phone = _phone(db, municipality, request.form.get("phone", type=int))
        rows = [row for row in service.neighbours(db, municipality, phone.home_district_id) if row.id != phone.id]
        events = _answers(context(), db, municipality, rows)
    if not events:
        flash("ほかの電話に、答えるものがありません。アンケートを送ってから押してください。", "warn")
        return _back(phone)
    phones.store(context().database, context().sealer, municipality, events, now())
    count = len({event.source for event in events})
    flash(f"ほかの{count}台の電話が答えています。設問が続くときは、もう一度押してください。", "good")
    return _back(phone)


@right("practice.use")
def close(municipality: str) -> Response:
    """What takes answers ends now instead of on its day."""
    if not rules.is_room(municipality):
        return _outside(municipality)
    with context().database.write() as db:
        count = service.close_now(db, municipality, now())
    flash(f"{count}件を締め切りました。数秒で結果が出ます。" if count else "受付中のものは、ありません。", "good")
    return redirect(url_for("console.practice_phones", municipality=municipality), 303)


@right("practice.use")
def approve(municipality: str) -> Response:
    """The sample second person says yes to what waits."""
    if not rules.is_room(municipality):
        return _outside(municipality)
    with context().database.write() as db:
        count, why = service.approve_all(db, context().sealer, municipality, now())
    if why:
        flash(f"承認できないものがありました。{why}", "bad")
    if count:
        flash(f"{service.PARTNER}が{count}件を承認しました。数秒で電話に届きます(書いた時刻になったら)。", "good")
    elif not why:
        flash("承認を待っているものは、ありません。お知らせを書いて「承認に出す」を押してください。", "warn")
    return redirect(url_for("console.practice_phones", municipality=municipality), 303)


def _answers(parts: Context, db: Session, room: str, rows: Sequence[Resident]) -> list[phones.Pressed]:
    """An answer of each telephone whose newest send asks something: the choices are taken in turn."""
    events: list[phones.Pressed] = []
    for number, row in enumerate(rows):
        sends = phones.shown(db, room, row.id)
        found = phones.answers(phones.buttons(sends[-1].messages)) if sends else []
        user = phones.user_of(parts.sealer, row)
        for at, data in enumerate(found[number % len(found)] if found else ()):
            events.append(phones.pressed(user, now() + timedelta(milliseconds=at), data=data))
    return events


def _answered(phone: Resident, before: int) -> bool:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
        with context().database.read() as db:
            if _newest(db, phone) > before:
                return True
    return False


def _newest(db: Session, phone: Resident) -> int:
    mine = PracticeMessage.municipality_id == phone.municipality_id, PracticeMessage.resident_id == phone.id
    return db.scalar(select(func.max(PracticeMessage.id)).where(*mine)) or 0


def _counts(db: Session, room: str) -> dict[int, int]:
    """How many sends each telephone got."""
    query = select(PracticeMessage.resident_id, func.count()).where(PracticeMessage.municipality_id == room)
    return {number: count for number, count in db.execute(query.group_by(PracticeMessage.resident_id))}  # noqa: C416


def _phone(db: Session, room: str, resident_id: int | None) -> Resident:
    row = db.get(Resident, resident_id) if resident_id else None
    if row is None or row.municipality_id != room:
        raise NotFoundError("その電話は、もうありません。練習がやり直されたのかもしれません。")
    return row


def _first_district() -> int:
    mine = my_districts("announcement.write") or place().districts
    if not mine:
        raise BadInputError("地区がありません。")
    return mine[0].id


def _back(phone: Resident) -> Response:
    values: dict[str, Any] = {"district": phone.home_district_id, "phone": phone.id}
    return redirect(url_for("console.practice_phones", municipality=phone.municipality_id, **values), 303)


def _outside(municipality: str) -> Response:
    return redirect(url_for("console.practice", municipality=rules.real_of(municipality)), 303)

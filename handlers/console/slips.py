"""Liaison slips: the list, one with who confirmed and who has not, writing one, a confirmation entered by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Announcement, NeighbourhoodAssociation
from bot.models import Slip as SlipRow
from bot.now import jst
from bot.services import announcements, associations, circulars, holders, slips
from bot.services.announcement_filters import HOLDER_NAMES
from bot.services.slips import ByHand, NewSlip, Row
from handlers.console import forms
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
LIMITS = {"title": announcements.MAX_TITLE, "sender": announcements.MAX_SENDER, "body": slips.MAX_BODY,
          "forward": slips.MAX_FORWARD}  # fmt: skip
DAYS_TO_REPLY = 10


@dataclass(frozen=True)
class Sheet:
    """One slip as its page shows it."""

    row: Announcement
    slip: SlipRow
    roll: tuple[Row, ...]
    associations: tuple[NeighbourhoodAssociation, ...]

    @property
    def confirmed(self) -> int:
        return sum(one.at is not None for one in self.roll)

    @property
    def sent(self) -> bool:
        return self.row.frozen_at is not None


@right("slip.read")
def listing(municipality: str) -> str:
    """The slips of one's districts, with how many confirmed."""
    mine = my_districts("slip.read")
    with context().database.read() as db:
        rows = slips.listing(db, municipality, [one.id for one in mine])
        seen = [(told, slip, slips.roll(db, slip, now())) for told, slip in rows[:30]]
        counts = {one.id: holders.counts(db, municipality, one.id, person().today) for one in mine}
    return render_template(
        "console/slips.html", rows=seen, districts=mine, counts=counts, posts=HOLDER_NAMES,
        writes=bool(my_districts("slip.write")),
    )  # fmt: skip


@right("slip.read")
def show_one(municipality: str, announcement_id: int) -> str:
    """The text, who confirmed and who has not, and the form for paper and telephone."""
    with context().database.read() as db:
        seen = _sheet(db, municipality, announcement_id)
    return _page(seen, Fields.of({}))


@right("slip.write", keeps=True)
def new(municipality: str) -> Answer:
    """Write a slip."""
    if request.method == "GET":
        return _form(_blank(), None)
    fields = Fields.posted()
    wanted = None if forms.restoring() else _read(fields)
    if wanted is None:
        return _form(fields, None), 200 if forms.restoring() else 400
    try:
        with context().database.write() as db:
            told = slips.write(db, municipality, person().actor, wanted, now())
    except BadInputError as error:
        fields.errors["form"] = error.message
        return _form(fields, None), 400
    flash("下書きを保存しました。届く人と文を確かめて、承認に出してください。", "good")
    return redirect(url_for("console.announcements_show", municipality=municipality, announcement_id=told.id))


@right("slip.write", keeps=True)
def edit(municipality: str, announcement_id: int) -> Answer:
    """Change one that is not approved."""
    with context().database.read() as db:
        seen = _sheet(db, municipality, announcement_id)
    if request.method == "GET":
        return _form(_stored(seen), seen)
    fields = Fields.posted()
    wanted = None if forms.restoring() else _read(fields)
    if wanted is None:
        return _form(fields, seen), 200 if forms.restoring() else 400
    try:
        with context().database.write() as db:
            slip = slips.get(db, municipality, announcement_id)
            version = request.form.get("version", -1, type=int)
            slips.change(db, slip, person().actor, wanted, version, now())
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _form(fields, seen), error.status
    flash("直したものを保存しました。", "good")
    return redirect(url_for("console.announcements_show", municipality=municipality, announcement_id=announcement_id))


@right("slip.write")
def enter(municipality: str, announcement_id: int) -> Answer:
    """A confirmation that came by paper, telephone or at the desk."""
    fields = Fields.posted()
    chosen = (fields.numbers("association") or (0,))[0]
    given = ByHand(chosen, fields.value("post"), fields.value("door"), fields.value("unit"), fields.value("name"))
    with context().database.read() as db:
        seen = _sheet(db, municipality, announcement_id)
    try:
        with context().database.write() as db:
            slips.enter(db, slips.get(db, municipality, announcement_id), person().actor, given, now())
    except (BadInputError, NotFoundError) as error:
        fields.errors["form"] = error.message if chosen else "町内会・区を選んでください。"
        return _page(seen, fields), 400
    flash("確認を書きました。", "good")
    return redirect(url_for("console.slips_show", municipality=municipality, announcement_id=announcement_id))


def _sheet(db: Session, municipality: str, announcement_id: int) -> Sheet:
    """The slip, if it is this municipality's and this person may read it. Raises NotFoundError."""
    slip = slips.get(db, municipality, announcement_id)
    if not person().may("slip.read", municipality, (slip.district_id,)):
        raise NotFoundError("その連絡票は、担当の地区のものではありません。")
    told = announcements.get(db, municipality, announcement_id)
    roll, places = slips.roll(db, slip, now()), associations.listing(db, municipality, slip.district_id)
    return Sheet(told, slip, tuple(roll), tuple(places))


def _page(seen: Sheet, fields: Fields) -> str:
    return render_template(
        "console/slip.html", sheet=seen, fields=fields, posts=HOLDER_NAMES, doors=slips.DOOR_WORDS, now=now(),
        remind_at=slips.remind_at(seen.slip), writes=person().may("slip.write", place().id, (seen.slip.district_id,)),
    )  # fmt: skip


def _read(fields: Fields) -> NewSlip | None:
    mine = {one.id for one in my_districts("slip.write")}
    district = next((number for number in fields.numbers("district") if number in mine), None)
    if district is None:
        fields.errors["district"] = "地区を選んでください。"
    posts = tuple(one for one in fields.form.getlist("post") if one in HOLDER_NAMES)
    if not posts:
        fields.errors["post"] = "どの役の人に送るかを、1つ以上選んでください。"
    sender = fields.text("sender", "差出人", most=LIMITS["sender"])
    title = fields.text("title", "見出し", most=LIMITS["title"])
    body = fields.text("body", "本文", most=LIMITS["body"])
    forward = fields.text("forward", "組へ回す文", most=LIMITS["forward"], required=False)
    reply_on = fields.day("reply_on", "返事の期限")
    if fields.errors or district is None or reply_on is None:
        return None
    return NewSlip(title, body, sender, district, posts, reply_on, forward)


def _blank() -> Fields:
    mine = my_districts("slip.write")
    first = mine[0].id if len(mine) == 1 else None
    with context().database.read() as db:
        sender = circulars.sender_of(db, mine[0].id) if mine else ""
    reply = (jst(now()) + timedelta(days=DAYS_TO_REPLY)).date()
    return Fields.of(
        {"district": str(first or ""), "sender": sender, "post": ["group_head"], "reply_on": reply.isoformat()}
    )


def _stored(seen: Sheet) -> Fields:
    row, slip = seen.row, seen.slip
    return Fields.of(
        {
            "district": str(slip.district_id), "sender": row.sender, "title": row.title, "body": row.body,
            "post": list(slip.posts), "reply_on": slip.reply_on.isoformat(), "forward": slip.forward,
        }
    )  # fmt: skip


def _form(fields: Fields, seen: Sheet | None) -> str:
    return render_template(
        "console/slip_form.html", fields=fields, sheet=seen, districts=my_districts("slip.write"), posts=HOLDER_NAMES,
        limits=LIMITS,
    )  # fmt: skip

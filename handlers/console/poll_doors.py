"""Answers by other doors: slips typed in one after another; the printed ballot, the poster and the tickets."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from urllib.parse import urlencode

from flask import flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core import poll_items
from bot.core.age_bands import BANDS
from bot.core.poll_items import Given, Item
from bot.core.round_table_rules import OTHER_DOORS
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Poll
from bot.services import poll_doors, poll_print, poll_tickets, polls, printing
from bot.services.ballots import BallotBox
from bot.services.poll_doors import Slip
from bot.services.poll_print import Paper
from handlers.console import forms
from handlers.console.access import context, now, person, right
from handlers.console.forms import Fields
from handlers.console.polls import readable

Answer = str | tuple[str, int] | Response


@right("poll.enter", keeps=True)
def slips(municipality: str, poll_id: int) -> Answer:
    """One slip after another: numbers, Enter, the next. The last one can be taken back."""
    with context().database.read() as db:
        poll = mine(db, municipality, poll_id)
        items = polls.items_of(db, poll)
    if request.method == "GET":
        return _page(poll, items, _next_slip())
    fields = Fields.posted()
    if forms.restoring():
        return _page(poll, items, fields)
    if fields.value("act") == "undo":
        return _undo(poll)
    number = fields.value("number").strip() or fields.value("slip")
    slip = Slip(fields.value("door"), number, _read(items, fields), _read_age(fields))
    if fields.errors:
        return _page(poll, items, fields), 400
    try:
        box = _box(poll)
        with context().database.write(durable=True) as db:
            poll_doors.enter(db, poll, person().actor, box, slip, now())
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _page(poll, items, fields), error.status
    last = {"last": slip.serial, "number": _after(fields.value("number"))}
    return _back(poll, door=slip.door, **last)


@right("poll.enter")
def doors(municipality: str, poll_id: int) -> str:
    """What can be done for those who do not use LINE: paper, poster, letters, slips."""
    with context().database.read() as db:
        poll = mine(db, municipality, poll_id)
        paper, why_not = poll_print.paper(db, poll), poll_doors.why_not(db, poll)
        entered, tickets = poll_doors.entered(db, poll), poll_tickets.made_of(db, poll)
    return render_template(
        "console/poll_doors.html", poll=poll, paper=paper, why_not=why_not, entered=entered, doors=OTHER_DOORS,
        most=poll_print.MAX_PLACE, tickets=tickets, at_once=poll_tickets.AT_ONCE, open=polls.is_open(poll, now()),
    )  # fmt: skip


@right("poll.read")
def ballot(municipality: str, poll_id: int) -> str:
    """The ballot as a page to print: works without fonts, PDF and scripts."""
    paper = _paper(municipality, poll_id)
    return render_template("console/poll_ballot.html", paper=paper, poll_id=poll_id, poster=False)


@right("poll.read")
def ballot_pdf(municipality: str, poll_id: int) -> Response:
    """The same as PDF."""
    answer = make_response(printing.pdf("poll_ballot.typ", asdict(_paper(municipality, poll_id))))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="poll-{poll_id}.pdf"'
    return answer


@right("poll.read")
def poster(municipality: str, poll_id: int) -> str:
    """A page for the wall: the question, until when, and the QR code, large."""
    paper = _paper(municipality, poll_id)
    return render_template("console/poll_ballot.html", paper=paper, poll_id=poll_id, poster=True)


def _paper(municipality: str, poll_id: int) -> Paper:
    with context().database.read() as db:
        poll, _ = readable(db, municipality, poll_id)
        return poll_print.paper(db, poll, request.args.get("place", ""))


def _undo(poll: Poll) -> Response:
    slip = Slip(request.form.get("door", ""), request.form.get("last", ""), {})
    box = _box(poll)
    try:
        with context().database.write(durable=True) as db:
            poll_doors.undo(db, poll, person().actor, box, slip, now())
        flash("いま入れた用紙を取り消しました。", "good")
    except NotFoundError as error:
        flash(error.message, "bad")
    return _back(poll, door=slip.door)


def _box(poll: Poll) -> BallotBox:
    """Its ballot box, asked for before a transaction. Raises ConflictError when it takes nothing now."""
    box = polls.box_of(context().keystore, poll) if polls.is_open(poll, now()) else None
    if box is None:
        raise ConflictError("受付中のアンケートではないため、回答を入れられません。")
    return box


def _read(items: tuple[Item, ...], fields: Fields) -> Mapping[int, Given]:
    """Fields `item_0` ...; what is to be mended stands in `fields.errors`."""
    found: dict[int, Given] = {}
    for at, item in enumerate(items):
        try:
            given = poll_doors.read(item, fields.value(f"item_{at}"))
        except BadInputError as error:
            fields.errors[f"item_{at}"] = f"問{at + 1}: {error.message}"
            continue
        if given is not None:
            found[at] = given
    return found


def _read_age(fields: Fields) -> int | None:
    try:
        return poll_doors.read_age(fields.value("age"))
    except BadInputError as error:
        fields.errors["age"] = error.message
        return None


def _next_slip() -> Fields:
    """An empty slip of the same door, with the next number where numbers are used."""
    door = request.args.get("door", "paper")
    return Fields.of({"door": door if door in OTHER_DOORS else "paper", "number": request.args.get("number", "")})


def _after(number: str) -> str:
    """The number of the slip that follows; "" where none is given."""
    number = number.strip()
    return str(int(number) + 1).zfill(len(number)) if number.isascii() and number.isdigit() else ""


def _page(poll: Poll, items: tuple[Item, ...], fields: Fields) -> str:
    with context().database.read() as db:
        entered, why_not = poll_doors.entered(db, poll), poll_doors.why_not(db, poll)
    return render_template(
        "console/poll_slips.html",
        poll=poll,
        items=items,
        fields=fields,
        doors=OTHER_DOORS,
        entered=entered,
        open=polls.is_open(poll, now()) and not why_not,
        why_not=why_not,
        slip=fields.value("slip") or secrets.token_hex(12),
        last=request.args.get("last", "") if request.method == "GET" else "",
        most=poll_items.MAX_TEXT,
        ages=BANDS if poll.asks_age else (),
    )


def mine(db: Session, municipality: str, poll_id: int) -> Poll:
    """The poll, if this person may enter answers for its districts. Raises NotFoundError."""
    poll, _ = readable(db, municipality, poll_id)
    if not person().may("poll.enter", municipality, tuple(poll_doors.districts_of(db, poll))):
        raise NotFoundError("そのアンケートは、担当の地区のものではありません。")
    return poll


def _back(poll: Poll, **values: str) -> Response:
    address = url_for("console.polls_slips", municipality=poll.municipality_id, poll_id=poll.id)
    return redirect(f"{address}?{urlencode(values)}", 303)

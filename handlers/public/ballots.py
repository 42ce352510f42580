"""A poll answered with a ticket from a letter: write, check, send, once. Works without JavaScript.

Nothing of the ticket goes along with the answers, and nothing of the answers is kept beside the ticket.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.core import age_bands, poll_items
from bot.core.poll_items import DECLINED, UNKNOWN, Given, Item
from bot.models import Poll
from bot.now import real_now
from bot.services import poll_doors, poll_tickets, polls
from bot.services.ballots import Sheet
from bot.services.context import Context
from bot.services.poll_tickets import Found
from content import personal
from handlers.console.throttle import Throttle
from handlers.public.inquiry_page import Page, open_page

PASSES = (UNKNOWN, DECLINED)


@dataclass
class Typed:
    """The form as it was typed: fields by name, answers that fit, what has to be mended by item."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[int, Given] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    age: int | None = None  # a band of bot.core.age_bands

    def has(self, name: str, value: object) -> bool:
        return (name, str(value)) in self.fields

    def value(self, name: str) -> str:
        return next((value for key, value in self.fields if key == name), "")


def add_all(pages: Blueprint, context: Context) -> None:
    """Put the pages of tickets under /m/<municipality>/poll/."""
    wrong = Throttle(broker=context.broker, name="ballots")
    place = "/m/<municipality>/poll/"
    pages.add_url_rule(place, "ballot_enter", partial(_enter, context))
    pages.add_url_rule(f"{place}<code>", "ballot", partial(_ballot, context, wrong), methods=["GET", "POST"])


def _enter(context: Context, municipality: str) -> Response:
    """Where a code is typed that could not be read by a telephone."""
    page = open_page(context, municipality)
    code = poll_tickets.plain(request.args.get("code", ""))
    if code:
        return redirect(_address(page, code), 303)
    return _show(page, "enter")


def _ballot(context: Context, wrong: Throttle, municipality: str, code: str) -> Response:
    page, address = open_page(context, municipality), request.remote_addr or ""
    if wrong.blocked(address, real_now()):
        return _show(page, "too_many", 429)
    with context.database.read() as session:
        found = poll_tickets.find(session, municipality, code)
        items = polls.items_of(session, found.poll) if found else ()
    if found is None:
        wrong.failed(address, real_now())
        return _show(page, "bad", 404)
    if not polls.is_open(found.poll, context.clock()):
        early = found.poll.state == "draft"
        return _show(page, "early" if early else "closed", 200 if early else 410, poll=found.poll)
    if found.used:
        return _show(page, "done" if request.args.get("done") else "used", poll=found.poll)
    if request.method == "GET":
        return _form(page, found.poll, items, Typed(), code)
    return _step(page, found, items, code)


def _step(page: Page, found: Found, items: tuple[Item, ...], code: str) -> Response:
    """What the pressed button asks for; whatever has to be mended comes first."""
    typed, step = _read(page, items), request.form.get("step", "check")
    if step == "edit":
        return _form(page, found.poll, items, Typed(typed.fields), code)
    if typed.errors:
        return _form(page, found.poll, items, typed, code, page.words.say("ballot_form.mend_title"))
    if not typed.answers:
        return _form(page, found.poll, items, typed, code, page.words.say("ballot_form.mend_empty"))
    if step != "send":
        return _check(page, found.poll, items, typed, code)
    return _send(page, found, typed, code)


def _send(page: Page, found: Found, typed: Typed, code: str) -> Response:
    """Into the box, once however often it is sent."""
    context, poll = page.context, found.poll
    box = polls.box_of(context.keystore, poll)
    if box is None:
        return _show(page, "closed", 410, poll=poll)
    with context.database.write(durable=True) as session:
        district = poll_doors.only_district(session, poll)
        age = typed.age if poll.asks_age else None
        sheet = Sheet(typed.answers, district, page.language, poll_tickets.DOOR, age)
        done = poll_tickets.use(session, found, code, box, sheet, context.clock())
    return redirect(_address(page, code, done="1" if done else None), 303)


def _read(page: Page, items: tuple[Item, ...]) -> Typed:
    """Fields `q0`, `q0_pass`, `q1_1` ...: the answers that count, and what has to be mended."""
    typed = Typed([(name, value) for name, value in request.form.items(multi=True) if name.startswith("q")])
    for at, item in enumerate(items):
        given = _given(at, item)
        if given is None:
            continue
        if poll_items.fits(item, given):
            typed.answers[at] = given
        else:
            typed.errors[at] = page.words.say("ballot_form.mend_item", at=at + 1)
    typed.answers = poll_items.counted(items, typed.answers)
    band = _whole(request.form.get("q_age", ""))
    typed.age = band if age_bands.fits(band) else None
    return typed


def _given(at: int, item: Item) -> Given | None:
    """What the form says on an item, whether it fits or not; None: nothing."""
    name = f"q{at}"
    passed = request.form.get(name if item.kind in ("single", "scale") else f"{name}_pass", "")
    if passed in PASSES:
        return passed
    match item.kind:
        case "number":
            number = request.form.get(name, "").strip()
            return None if not number else _whole(number)
        case "text":
            said = personal.sendable(request.form.get(name, "").strip(), poll_items.MAX_TEXT + 1)
            return {"text": said} if said else None
        case "ranking":
            values = [request.form.get(f"{name}_{place}", "") for place in range(1, poll_items.MAX_RANKED + 1)]
        case "multiple":
            values = request.form.getlist(name)
        case _:
            values = [request.form.get(name, "")]
    return tuple(_whole(value) for value in values if value) or None


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1


def _form(
    page: Page, poll: Poll, items: tuple[Item, ...], typed: Typed, code: str, problem: str = ""
) -> Response:  # fmt: skip
    return _show(
        page, "form", 400 if problem else 200, poll=poll, items=items, typed=typed, problem_text=problem,
        address=_address(page, code), most=poll_items.MAX_TEXT, ranks=poll_items.MAX_RANKED, passes=PASSES,
        ages=_ages(page) if poll.asks_age else (),
    )  # fmt: skip


def _check(page: Page, poll: Poll, items: tuple[Item, ...], typed: Typed, code: str) -> Response:
    """What will be sent, once more."""
    rows = [
        (item.words(page.language).question, _words(page, item, typed.answers[at]) if at in typed.answers else None)
        for at, item in enumerate(items)
        if at in poll_items.asked(items, typed.answers)
    ]
    if poll.asks_age and typed.age is not None:
        rows.append((page.words.say("poll_age.question"), _ages(page)[typed.age]))
    return _show(page, "check", poll=poll, rows=rows, typed=typed, address=_address(page, code))


def _ages(page: Page) -> list[str]:
    """The bands in the page's language, 答えない last."""
    bands = [page.words.say(f"poll_age.band_{at}") for at in range(len(age_bands.BANDS))]
    return [*bands, page.words.say("poll_age.declined")]


def _words(page: Page, item: Item, given: Given) -> str:
    match given:
        case str():
            return page.words.say(f"poll_item.{given}")
        case int():
            return f"{given}{item.unit}"
        case dict():
            return given["text"]
        case _:
            labels = item.words(page.language).choices
            return "、".join(labels[at] for at in given)


def _show(page: Page, name: str, status: int = 200, poll: Poll | None = None, **values: object) -> Response:
    return page.show(
        "ballot.html", status, view=name, ask=partial(_say, page), poll=poll,
        enter=url_for("public.ballot_enter", municipality=page.city.id), **values,
    )  # fmt: skip


def _say(page: Page, key: str, **values: object) -> str:
    return page.words.say(f"ballot_form.{key}", **values)


def _address(page: Page, code: str, done: str | None = None) -> str:
    return url_for("public.ballot", municipality=page.city.id, code=code, lang=page.language, done=done)

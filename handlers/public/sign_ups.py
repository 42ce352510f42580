"""Signing up for an activity without LINE: how many, checked, sent once; a number that opens it and takes it back.

Without JavaScript, cookies and names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.core import sign_up_rules
from bot.errors import BadInputError
from bot.now import jst, real_now
from bot.services import sign_ups, web_sign_ups
from bot.services.activities import Dated
from bot.services.context import Context
from bot.services.sign_ups import Key
from content import calendar_text
from content.recurrence import Occurrence
from handlers.console.throttle import Throttle
from handlers.public.inquiry_page import Page, open_page

PER_ADDRESS: Final = 20  # in an hour; an office or a library shares one address
STATES: Final = {
    "中止": "answer.activity.called_off", "順延": "answer.activity.postponed", "変更": "answer.activity.changed",
    "実施": "answer.activity.held", "小雨決行": "answer.activity.light_rain",
}  # fmt: skip
WRONG: Final = 10  # numbers in a quarter of an hour


@dataclass(frozen=True)
class _Doors:
    """What is counted by address."""

    sent: Throttle
    wrong: Throttle


def add(pages: Blueprint, context: Context) -> None:
    """Put the form beside its activity, and what a number opens under /m/<municipality>/sign-up/."""
    doors = _Doors(
        Throttle(PER_ADDRESS, timedelta(hours=1), context.broker, "sign-ups"),
        Throttle(WRONG, timedelta(minutes=15), context.broker, "sign-up-numbers"),
    )
    form, mine, both = partial(_form, context, doors), partial(_mine, context, doors), ["GET", "POST"]
    pages.add_url_rule("/m/<municipality>/activities/<key>/sign-up", "sign_up", form, methods=both)
    pages.add_url_rule("/m/<municipality>/sign-up/", "sign_up_enter", partial(_enter, context))
    pages.add_url_rule("/m/<municipality>/sign-up/<number>", "sign_up_mine", mine, methods=both)


def _form(context: Context, doors: _Doors, municipality: str, key: str) -> Response:
    """How many people; then the same once more; then sent."""
    page, now = open_page(context, municipality), context.clock()
    wanted = Key(municipality, key, _day(request.values.get("day", "")))
    with context.database.read() as session:
        dated = sign_ups.find(session, wanted, now)
        if dated is None or not sign_ups.offers(dated):
            abort(404)
        left = sign_ups.free(session, wanted, dated)
    refused = sign_up_rules.refusal(dated.occurrence, now)
    shown = partial(_show, page, dated, left=left, day=wanted.day)
    if request.method == "GET":
        if refused:
            return shown("refused", 409, why=page.words.say(f"sign_up.{refused}"))
        return shown("form", token=web_sign_ups.new_form(context.sealer, wanted, now), people="")
    return _step(page, doors, wanted, shown)


def _step(page: Page, doors: _Doors, wanted: Key, shown: Callable[..., Response]) -> Response:
    """What the pressed button asks for; what has to be mended comes first, and nothing typed is lost."""
    typed, token, step = (request.form.get(name, "") for name in ("people", "token", "step"))
    again, address = partial(shown, "form", people=typed), request.remote_addr or ""
    if not _is_ours(page, wanted, token):
        fresh = web_sign_ups.new_form(page.context.sealer, wanted, page.context.clock())
        return again(410, token=fresh, problem=_say(page, "stale"))
    people = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0
    if not 1 <= people <= sign_up_rules.MOST:
        return again(400, token=token, problem=_say(page, "mend", most=sign_up_rules.MOST))
    if step != "send":
        return again(token=token) if step == "edit" else shown("check", token=token, people=people)
    if doors.sent.blocked(address, real_now()):
        return again(429, token=token, problem=_say(page, "too_many"))
    doors.sent.failed(address, real_now())
    return _send(page, wanted, token, people, shown)


def _is_ours(page: Page, wanted: Key, token: str) -> bool:
    """Whether this form was made here for this date, and not filled in by a machine, which fills every field."""
    try:
        known = web_sign_ups.read_form(page.context.sealer, token, page.context.clock())
    except BadInputError:
        return False
    return known == wanted and _from_here() and not request.form.get("website")


def _send(page: Page, wanted: Key, token: str, people: int, shown: Callable[..., Response]) -> Response:
    """Stored once however often it is sent."""
    with page.context.database.write(durable=True) as session:
        result = web_sign_ups.join(session, token, wanted, people, page.context.clock())
    if result.kind not in ("joined", "waiting"):
        return shown("refused", 409, why=page.words.say(f"sign_up.{result.kind}"))
    return redirect(_address(page, web_sign_ups.number_of(token)), 303)


def _enter(context: Context, municipality: str) -> Response:
    """Where a number is typed."""
    page = open_page(context, municipality)
    typed = request.args.get("number", "")
    number = web_sign_ups.typed(typed)
    if number:
        return redirect(_address(page, number), 303)
    return _show(page, None, "enter", 400 if typed else 200, typed=typed, problem=_say(page, "wrong") if typed else "")


def _mine(context: Context, doors: _Doors, municipality: str, number: str) -> Response:
    """What a number stands for, to print; taking it back, asked once more."""
    page, address, now = open_page(context, municipality), request.remote_addr or "", context.clock()
    if doors.wrong.blocked(address, real_now()):
        return _show(page, None, "enter", 429, typed="", problem=_say(page, "too_many"))
    plain = web_sign_ups.typed(number)
    with context.database.read() as session:
        found = web_sign_ups.held(session, municipality, plain, now) if plain else None
    if found is None:
        if request.args.get("gone"):
            return _show(page, None, "gone")
        doors.wrong.failed(address, real_now())
        return _show(page, None, "enter", 404, typed=number[:20], problem=_say(page, "wrong"))
    if request.method == "POST" and _from_here():
        if request.form.get("act") == "leave":
            with context.database.write(durable=True) as session:
                web_sign_ups.leave(session, municipality, plain)
            return redirect(_address(page, plain, gone="1"), 303)
        return _show(page, found.dated, "leave", held=found, number=plain, day=found.row.day)
    return _show(
        page, found.dated, "mine", held=found, number=plain, written=web_sign_ups.written(plain), day=found.row.day
    )  # fmt: skip


def _show(page: Page, dated: Dated | None, view: str, status: int = 200, **values: Any) -> Response:
    when = title = ""
    if dated is not None:
        one, today = dated.occurrence, jst(page.context.clock()).date()
        when = calendar_text.moment(one.starts_at, one.ends_at, page.language, all_day=one.all_day, today=today)
        title = one.title
    return page.show(
        "sign_up.html", status, view=view, ask=partial(_say, page), dated=dated, when=when, name=title,
        most=sign_up_rules.MOST, enter=url_for("public.sign_up_enter", municipality=page.city.id),
        stands=partial(_stands, page), **values,
    )  # fmt: skip


def _stands(page: Page, one: Occurrence) -> dict[str, str]:
    """The word for what has become of a date ("" when all is as planned), and the day it was to be before."""
    word = page.words.say(STATES[one.state]).strip("【】[] ") if one.state in STATES else ""
    today = jst(page.context.clock()).date()
    moved = jst(one.starts_at).date() != one.day
    was = page.words.say("sign_up.was", when=calendar_text.day(one.day, page.language, today)) if moved else ""
    return {"word": word, "was": was}


def _say(page: Page, key: str, **values: object) -> str:
    return page.words.say(f"web_sign_up.{key}", **values)


def _address(page: Page, number: str, gone: str | None = None) -> str:
    return url_for("public.sign_up_mine", municipality=page.city.id, number=number, lang=page.language, gone=gone)


def _from_here() -> bool:
    """A form of another site is not taken: every browser of the last years says where a form comes from."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)

"""Our own form for inquiries: start (without LINE), write, check, send, receipt.

The same form serves both doors: a link from the chat knows its resident, one that was begun here does not. It works
without JavaScript; what was typed is carried from page to page and is stored only when it is sent, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from bot.core.inquiry_rules import CATEGORIES
from bot.errors import BadInputError, ConflictError
from bot.models import District, InquiryLink
from bot.now import real_now
from bot.services import inquiries, inquiry_links
from bot.services.context import Context
from handlers.console import forms
from handlers.console.throttle import Throttle
from handlers.public import inquiry_answers
from handlers.public.inquiry_page import Page, open_page, urgent

FORMS_PER_ADDRESS: Final = 20  # an office or a library shares one address
FIELDS: Final = ("category", "district", "text", "contact")


@dataclass
class Typed:
    """The form as it was typed, and what has to be mended, by field."""

    values: dict[str, str]
    errors: dict[str, str]
    written: inquiries.Written | None = None


def add_all(pages: Blueprint, context: Context) -> None:
    """Put the pages of inquiries under /m/<municipality>/inquiry."""
    place = "/m/<municipality>/inquiry"
    starts = Throttle(FORMS_PER_ADDRESS, timedelta(hours=1), context.broker, "inquiries")
    begin = partial(_begin, context, starts)
    pages.add_url_rule(f"{place}/", "inquiry_start", begin, methods=["GET", "POST"])
    pages.add_url_rule(f"{place}/<token>", "inquiry_form", partial(_form, context), methods=["GET", "POST"])
    inquiry_answers.add_all(pages, context, place)


def _begin(context: Context, starts: Throttle, municipality: str) -> Response:
    """Without LINE: a button that makes a link of one's own; what an expired form held goes along."""
    page = open_page(context, municipality)
    if request.method == "GET":
        return page.show("inquiry_start.html")
    if request.form.get("website"):  # only a machine finds this field
        return page.show("inquiry_start.html", 400, problem_text=page.say("stale"))
    try:
        forms.check_token()
    except BadInputError:
        return page.show("inquiry_start.html", 400, problem_text=page.say("stale"), kept=_typed())
    address = request.remote_addr or ""
    if starts.blocked(address, real_now()):
        return page.show("inquiry_start.html", 429, problem_text=page.say("too_many"), kept=_typed())
    starts.failed(address, real_now())
    token, hours = inquiry_links.new_token(), context.settings.inquiry_link_hours
    with context.database.write() as session:
        link = inquiry_links.add_form(session, municipality, token, None, page.language, context.clock(), hours)
    if request.form.get("text"):
        return _show_form(page, link, token, Typed(_typed(), {}))
    return redirect(_address(page, token), 303)


def _form(context: Context, municipality: str, token: str) -> Response:
    """Write, check, send; afterwards the receipt."""
    with context.database.read() as session:
        link = inquiry_links.find(session, municipality, "form", token)
    page = open_page(context, municipality, link.language if link else "ja")
    if link is None:
        return page.show("inquiry_bad.html", 404)
    if link.inquiry_id is not None:
        return _receipt(page, link) if request.method == "GET" else redirect(_address(page, token), 303)
    if context.clock() > link.expires_at:
        return page.show("inquiry_expired.html", 410, kept=_typed())
    if request.method == "GET":
        return _show_form(page, link, token, Typed(inquiry_links.draft_of(context.sealer, link, context.clock()), {}))
    return _step(page, link, token, request.form.get("step", "confirm"))


def _step(page: Page, link: InquiryLink, token: str, step: str) -> Response:
    """What the pressed button asks for; whatever has to be mended comes first."""
    if step == "save":
        return _save(page, token)
    typed = _read(page)
    if step == "edit":
        return _show_form(page, link, token, Typed(typed.values, {}))
    if typed.written is None:
        return _show_form(page, link, token, typed)
    return _send(page, token, typed) if step == "send" else _check(page, link, token, typed)


def _save(page: Page, token: str) -> Response:
    """Keep what is written so far, to go on later at the same address; said with until when."""
    context, typed = page.context, _typed()
    for name, most in (("text", inquiries.TEXT_CHARS), ("contact", inquiries.CONTACT_CHARS)):
        typed[name] = typed[name][: most * 2]
    with context.database.write(durable=True) as session:
        link = inquiry_links.find(session, page.city.id, "form", token, lock=True)
        open_ = link is not None and link.inquiry_id is None and context.clock() <= link.expires_at
        if link is not None and open_:
            inquiry_links.keep_draft(context.sealer, link, typed)
    if link is None or not open_:
        return page.show("inquiry_expired.html", 410, kept=typed)
    return page.show(
        "inquiry_saved.html", address=_address(page, token), until=link.expires_at, in_line=link.resident_id is not None
    )  # fmt: skip


def _send(page: Page, token: str, typed: Typed) -> Response:
    """Stored once however often it is sent; receipt and message to the phone in the same transaction."""
    context, now = page.context, page.context.clock()
    assert typed.written is not None
    try:
        with context.database.write(durable=True) as session:
            link = inquiry_links.find(session, page.city.id, "form", token, lock=True)
            if link is None:  # its resident was erased meanwhile
                return page.show("inquiry_expired.html", 410, kept=typed.values)
            inquiries.send(context, session, link, typed.written, now)
    except ConflictError:
        return page.show("inquiry_expired.html", 410, kept=typed.values)
    return redirect(_address(page, token), 303)


def _receipt(page: Page, link: InquiryLink) -> Response:
    """The number, and for who has no LINE the secret word; later only that it was sent."""
    context, now = page.context, page.context.clock()
    with context.database.read() as session:
        row = inquiries.get(session, page.city.id, link.inquiry_id or 0)
        number = inquiries.number(session, row)
        word = inquiries.secret_word(context, link, row, now)
    fresh = link.used_at is not None and now - link.used_at <= inquiries.SECRET_FOR
    template = "inquiry_done.html" if fresh else "inquiry_used.html"
    days = context.settings.inquiry_promise_days
    return page.show(template, number=number, word=word, days=days, in_line=row.door == "line")


def _show_form(page: Page, link: InquiryLink, token: str, typed: Typed) -> Response:
    with page.context.database.read() as session:
        districts = session.scalars(
            select(District).where(District.municipality_id == page.city.id).order_by(District.position)
        ).all()
    return _going_back(link, page.show(
        "inquiry_form.html", 400 if typed.errors else 200, typed=typed, districts=districts, categories=CATEGORIES,
        address=_address(page, token), until=link.expires_at, most=inquiries.TEXT_CHARS,
        days=page.context.settings.inquiry_cut_days,
    ))  # fmt: skip


def _going_back(link: InquiryLink, response: Response) -> Response:
    """On the phone that LINE is on, the way back shows what was typed; a computer that is shared keeps nothing."""
    if link.resident_id is not None:
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def _check(page: Page, link: InquiryLink, token: str, typed: Typed) -> Response:
    """What will be sent, once more; danger now comes before everything else."""
    with page.context.database.read() as session:
        chosen = typed.written.district_id if typed.written else None
        district = session.get(District, chosen) if chosen else None
    warning = urgent(page, typed.values["text"])
    shown = page.show(
        "inquiry_confirm.html", typed=typed, district=district, urgent=warning, address=_address(page, token)
    )
    return _going_back(link, shown)


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in FIELDS}


def _read(page: Page) -> Typed:
    """The posted form: errors in the page's language, or what can be sent."""
    values = _typed()
    values["text"], values["contact"] = inquiries.plain(values["text"]), inquiries.plain(values["contact"])
    errors: dict[str, str] = {}
    if values["category"] not in CATEGORIES:
        errors["category"] = page.say("mend_category")
    if not values["text"]:
        errors["text"] = page.say("mend_empty")
    for name, most in (("text", inquiries.TEXT_CHARS), ("contact", inquiries.CONTACT_CHARS)):
        if (length := len(values[name])) > most:
            errors[name] = page.say("mend_long", most=most, length=length, over=length - most)
    if errors:
        return Typed(values, errors)
    district = _district(page, values["district"])
    written = inquiries.Written(values["text"], values["category"], district, values["contact"], page.language)
    return Typed(values, {}, written)


def _district(page: Page, typed: str) -> int | None:
    """A district of this city; anything else counts as none."""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        return None
    with page.context.database.read() as session:
        row = session.get(District, int(typed))
    return row.id if row is not None and row.municipality_id == page.city.id else None


def _address(page: Page, token: str) -> str:
    return url_for("public.inquiry_form", municipality=page.city.id, token=token, lang=page.language)

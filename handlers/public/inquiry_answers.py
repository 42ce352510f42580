"""Reading an answer: by the link that was pushed, or by receipt number and secret word; writing once more; 解決した."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import InquiryLink
from bot.now import real_now
from bot.services import inquiries, inquiry_links
from bot.services.context import Context
from handlers.console import forms
from handlers.console.throttle import Throttle
from handlers.public.inquiry_page import Page, open_page, urgent

WRONG_PER_ADDRESS: Final = 10  # a secret word has 40 bits: ten tries in a quarter of an hour find none


def add_all(pages: Blueprint, context: Context, place: str) -> None:
    """Put them below the form's pages."""
    wrong = Throttle(WRONG_PER_ADDRESS, timedelta(minutes=15), context.broker, "inquiry-answers")
    look = partial(_look_up, context, wrong)
    pages.add_url_rule(f"{place}/answer", "inquiry_lookup", look, methods=["GET", "POST"])
    pages.add_url_rule(f"{place}/answer/<token>", "inquiry_answer", partial(_answer, context), methods=["GET", "POST"])


def _look_up(context: Context, wrong: Throttle, municipality: str) -> Response:
    """Receipt number and secret word give a link that works for an hour; which of them is wrong is not said."""
    page = open_page(context, municipality)
    if request.method == "GET":
        return page.show("inquiry_lookup.html", number="")
    number, address = request.form.get("number", "")[:40], request.remote_addr or ""
    try:
        forms.check_token()
    except BadInputError:
        return page.show("inquiry_lookup.html", 400, problem_text=page.say("stale"), number=number)
    if wrong.blocked(address, real_now()):
        return page.show("inquiry_lookup.html", 429, problem_text=page.say("too_many"), number=number)
    token, now = inquiry_links.new_token(), context.clock()
    with context.database.write() as session:
        row = inquiries.by_secret(context, session, municipality, number, request.form.get("secret", "")[:40])
        if row is not None:
            keeps = inquiry_links.LOOKED_UP_FOR
            inquiry_links.add_answer(session, municipality, token, row.id, page.language, now, keeps)
    if row is None:
        wrong.failed(address, real_now())
        return page.show("inquiry_lookup.html", 400, problem_text=page.say("lookup_wrong"), number=number)
    return redirect(_address(page, token), 303)


def _answer(context: Context, municipality: str, token: str) -> Response:
    """The answers so far; asks for nothing."""
    with context.database.read() as session:
        link = inquiry_links.find(session, municipality, "answer", token)
    page = open_page(context, municipality, link.language if link else "ja")
    if link is None or link.inquiry_id is None or context.clock() > link.expires_at:
        return page.show("inquiry_bad.html", 404 if link is None else 410)
    if request.method == "GET":
        return _show(page, link, token)
    if request.form.get("act") == "resolved":
        return _resolve(page, link, token)
    return _write_again(page, link, token)


def _resolve(page: Page, link: InquiryLink, token: str) -> Response:
    context = page.context
    try:
        with context.database.write(durable=True) as session:
            row = inquiries.get(session, page.city.id, link.inquiry_id or 0, lock=True)
            inquiries.resolve(row, context.clock())
    except ConflictError:  # written once more in another window: it is open again
        return _show(page, link, token, status=409)
    return redirect(_address(page, token), 303)


def _write_again(page: Page, link: InquiryLink, token: str) -> Response:
    """Once for each answer; the same text sent twice counts once."""
    context, text = page.context, inquiries.plain(request.form.get("text", ""))
    most = inquiries.TEXT_CHARS
    if not text:
        return _show(page, link, token, status=400, problem_text=page.say("mend_empty"))
    if len(text) > most:
        problem = page.say("mend_long", most=most, length=len(text), over=len(text) - most)
        return _show(page, link, token, status=400, problem_text=problem, text=text)
    if request.form.get("step") != "anyway" and urgent(page, text):
        return _show(page, link, token, text=text, urgent=urgent(page, text))
    try:
        with context.database.write(durable=True) as session:
            row = inquiries.get(session, page.city.id, link.inquiry_id or 0, lock=True)
            last = inquiries.letters(context, session, row)[-1]
            if (last.writer, last.text) != ("resident", text):
                inquiries.write_again(context, session, row, text, context.clock())
    except ConflictError:
        return _show(page, link, token, status=409, text=text)
    return redirect(_address(page, token), 303)


def _show(page: Page, link: InquiryLink, token: str, *, status: int = 200, **values: object) -> Response:
    with page.context.database.read() as session:
        try:
            row = inquiries.get(session, page.city.id, link.inquiry_id or 0)
        except NotFoundError:
            return page.show("inquiry_bad.html", 404)
        number = inquiries.number(session, row)
        letters = inquiries.letters(page.context, session, row)
    again = row.state != "answered" and letters[-1].writer == "resident" and len(letters) > 1
    return page.show(
        "inquiry_answer.html", status, row=row, number=number, letters=letters, until=link.expires_at, again=again,
        address=_address(page, token), most=inquiries.TEXT_CHARS, **values,
    )  # fmt: skip


def _address(page: Page, token: str) -> str:
    return url_for("public.inquiry_answer", municipality=page.city.id, token=token, lang=page.language)

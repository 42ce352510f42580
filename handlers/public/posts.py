"""The form on which the holder of a post (組長・班長・区長) gives the name for confirmations. Works without JavaScript.

Its address is a one-time secret that the chat gave; the code it was made for is used up when the form is sent.
"""

from __future__ import annotations

from functools import partial

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.models import HolderCode, Resident
from bot.now import real_now
from bot.services import circular_cards, holders
from bot.services.context import Context
from handlers.console.throttle import Throttle
from handlers.public.inquiry_page import Page, open_page


def add_all(pages: Blueprint, context: Context) -> None:
    """Put the form under /m/<municipality>/post/."""
    wrong = Throttle()
    view = partial(_form, context, wrong)
    pages.add_url_rule("/m/<municipality>/post/<token>", "post_form", view, methods=["GET", "POST"])


def _form(context: Context, wrong: Throttle, municipality: str, token: str) -> Response:
    address = request.remote_addr or ""
    with context.database.read() as session:
        found = holders.link_of(session, municipality, token)
        resident = session.get(Resident, found[0].resident_id) if found is not None else None
        post = holders.post_of(session, found[1]) if found is not None else None
    page = open_page(context, municipality, resident.language if resident is not None else "ja")
    if wrong.blocked(address, real_now()):
        return _show(page, "expired", 429)
    if found is None or post is None:
        wrong.failed(address, real_now())
        return _show(page, "expired", 404)
    link, code = found
    if not holders.usable(code, context.clock()) or context.clock() > link.expires_at:
        return _show(page, "expired", 410)
    if request.method == "GET":
        return _page(page, token, post, code)
    name, errors = request.form.get("name", "").strip(), {}
    if not 1 <= len(" ".join(name.split())) <= holders.MAX_NAME:
        errors["name"] = page.words.say("post_form.mend_name")
    if not request.form.get("agree"):
        errors["agree"] = page.words.say("post_form.mend_agree")
    if errors:
        return _page(page, token, post, code, name, errors)
    return _take(page, municipality, token, name)


def _take(page: Page, municipality: str, token: str, name: str) -> Response:
    """Held once, however often it is sent."""
    context = page.context
    try:
        with context.database.write(durable=True) as session:
            found = holders.link_of(session, municipality, token)
            if found is None:  # sent twice: the first one was taken
                return _show(page, "done")
            holders.take(session, found[0], name, context.clock())
    except (BadInputError, ConflictError):
        return _show(page, "expired", 410)
    return _show(page, "done")


def _page(
    page: Page, token: str, post: holders.Post, code: HolderCode, name: str = "", errors: dict[str, str] | None = None
) -> Response:
    words = page.words
    title = " ".join(part for part in (post.association.name, post.unit, words.say(f"post.{post.post}")) if part)
    return _show(
        page, "form", 400 if errors else 200, post=title, until=circular_cards.on_day(code.until, page.language),
        name=name, errors=errors or {}, address=url_for("public.post_form", municipality=page.city.id, token=token),
    )  # fmt: skip


def _show(page: Page, view: str, status: int = 200, **values: object) -> Response:
    return page.show("post.html", status, view=view, ask=partial(_say, page), **values)


def _say(page: Page, key: str, **values: object) -> str:
    return page.words.say(f"post_form.{key}", **values)

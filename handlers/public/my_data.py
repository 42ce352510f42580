"""わたしのデータ: all that is held of the resident who got the link in LINE; as files; erased with one confirmation.

Works without JavaScript. Nobody but the holder of the link comes here: staff can make none.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, request, url_for

from bot.errors import BadInputError
from bot.models import Resident
from bot.now import jst, real_now
from bot.services import data_links, my_record
from bot.services.context import Context
from content.formats import tables
from handlers.chat import my_data
from handlers.chat.turn import Event, Turn
from handlers.console import forms
from handlers.console.throttle import Throttle
from handlers.public.inquiry_page import Page, open_page

HEADER: Final = ("何の記録", "番目", "項目", "値")


def add_all(pages: Blueprint, context: Context) -> None:
    """Put the page under /m/<municipality>/my-data/."""
    view = partial(_view, context, Throttle(broker=context.broker, name="my-data"))
    pages.add_url_rule("/m/<municipality>/my-data/<token>", "my_data", view, methods=["GET", "POST"])


def _view(context: Context, wrong: Throttle, municipality: str, token: str) -> Response:
    address, now = request.remote_addr or "", context.clock()
    with context.database.read() as session:
        found = data_links.find(session, municipality, token, now)
    page = open_page(context, municipality, found[1].language if found else "ja")
    if found is None or wrong.blocked(address, real_now()):
        wrong.failed(address, real_now())
        return page.show("my_data_gone.html", 410)
    return _show(page, token, kept=False) if request.method == "GET" else _step(page, token)


def _step(page: Page, token: str) -> Response:
    """What the pressed button asks for."""
    try:
        forms.check_token()
    except BadInputError:
        return _show(page, token, kept=True, status=400)
    match request.form.get("step"):
        case "csv" | "json" as form:
            return _file(page, token, form)
        case "erase":
            return page.show("my_data_sure.html", address=_address(page, token))
        case "erase_now":
            return _erase(page, token)
    return _show(page, token, kept=True)


def _show(page: Page, token: str, *, kept: bool, status: int = 200) -> Response:
    """Everything in plain words, in the page's language."""
    context, now = page.context, page.context.clock()
    with context.database.read() as session:
        found = data_links.find(session, page.city.id, token, now)
        if found is None:
            return page.show("my_data_gone.html", 410)
        link, resident = found
        turn = Turn(context, session, page.city.id, now, Event("postback"), resident, {}, page.language)
        said = my_data.lines(turn, resident)
    return page.show(
        "my_data.html", status, said=said[1:], heading=said[0], address=_address(page, token), kept=kept,
        until=link.expires_at,
    )  # fmt: skip


def _file(page: Page, token: str, form: str) -> Response:
    """The whole record as a file; that one was taken is counted."""
    context, now = page.context, page.context.clock()
    with context.database.write() as session:
        found = data_links.find(session, page.city.id, token, now)
        if found is None:
            return page.show("my_data_gone.html", 410)
        collected = my_record.collect(context, session, found[1], now)
        my_record.note_export(session, page.city.id, now)
    name = f"my-data-{page.city.id}-{jst(now):%Y%m%d}.{form}"
    if form == "csv":
        made, mime = tables.to_csv(HEADER, my_record.as_table(collected)), "text/csv; charset=utf-8"
    else:
        made, mime = _json(collected), "application/json; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(made, content_type=mime, headers=headers | {"X-Content-Type-Options": "nosniff"})


def _erase(page: Page, token: str) -> Response:
    context, now = page.context, page.context.clock()
    with context.database.write(durable=True) as session:
        found = data_links.find(session, page.city.id, token, now, lock=True)
        if found is None:
            return page.show("my_data_gone.html", 410)
        resident: Resident = found[1]
        my_record.erase(context, session, resident, now)
    return page.show("my_data_erased.html")


def _json(collected: dict[str, Any]) -> bytes:
    return json.dumps(collected, ensure_ascii=False, indent=2).encode()


def _address(page: Page, token: str) -> str:
    return url_for("public.my_data", municipality=page.city.id, token=token, lang=page.language)

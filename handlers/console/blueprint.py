"""The blueprint: the guard before every request, headers after it, friendly pages for what goes wrong."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from flask import Blueprint, Flask, current_app, g, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from bot.city_sign_in import Provider
from bot.core import practice
from bot.errors import EntakuError
from bot.services.context import Context
from handlers import heads, look, numbers, turns, wrong_methods
from handlers.console import access, forms, headers, help_pages, session, show, show_entries
from handlers.console.throttle import Throttle

FOLDER = Path(__file__).parent
_log = structlog.get_logger(__name__)

HEADINGS = {
    400: "受け取れませんでした",
    403: "開けないページです",
    404: "見つかりません",
    405: "開けないページです",
    409: "先に変わっていました",
    413: "大きすぎます",
    429: "少しお待ちください",
    503: "いま保存できません",
}
HTTP_WORDS = {
    404: "住所(URL)が変わったか、消えたページです。",
    405: "このページは、この開き方では使えません。はじめのページから、もう一度開いてください。",
    413: "送られたファイルが大きすぎます。写真もPDFも10MBまでです。前のページに戻り、小さくしたものを選んでください。"
    "保存してある文は、そのまま残っています。",
}


def register(app: Flask, context: Context) -> None:
    """Put the console at /console of this app."""
    from handlers.console import views

    app.extensions["entaku.console"] = context
    app.extensions["entaku.console.throttle"] = Throttle(broker=context.broker)
    app.extensions["entaku.console.kept"] = Throttle(20, broker=context.broker, name="kept")
    app.extensions["entaku.console.city"] = Provider.of(context.settings)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # a form is good as long as its session
    numbers.install(app)
    session.configure(app, context.settings, context.sealer)
    show.install(app, context.clock)
    console = Blueprint("console", __name__, url_prefix="/console", template_folder="templates", static_folder="static")
    views.add_all(console)
    heads.install(console)
    turns.install(console, app)
    console.before_request(access.guard)
    console.after_request(headers.harden)
    console.context_processor(_page_context)
    console.context_processor(help_pages.page_context)
    console.register_error_handler(EntakuError, _explain)
    console.register_error_handler(HTTPException, _explain_http)
    console.register_error_handler(Exception, _explain_fault)
    wrong_methods.explain(app, ("/console",), _explain_method)
    look.register(app)
    app.register_blueprint(console)


def _page_context() -> dict[str, Any]:
    person = g.get("person")
    place = g.get("place")
    return {
        "person": person,
        "place": place,
        "demo": access.context().settings.demo,
        "token": forms.token,
        "asset": _asset,
        "home_address": lambda: access.context().settings.public_url,
        "show": show,
        "entry_words": show_entries,
        "practising": practice.real_of(place.id) if place and practice.is_room(place.id) else "",
        "city_sign_in": lambda: current_app.extensions["entaku.console.city"] is not None,
        "may": lambda right: bool(person and place and person.may(right, place.id)),
        "active": lambda *names: (request.endpoint or "").removeprefix("console.").split("_")[0] in names,
    }


def _asset(name: str) -> str:
    return url_for("console.static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((FOLDER / "static" / name).read_bytes()).hexdigest()[:10]


def _explain(error: EntakuError) -> tuple[str, int]:
    return _page(error.status, error.message)


def _explain_http(error: HTTPException) -> tuple[str, int] | Response | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    return _page(code, HTTP_WORDS.get(code, "このページは、この開き方では使えません。"))


def _explain_method(_error: MethodNotAllowed) -> Response:
    """Before any view is chosen: the guard has read nobody, and what each page is given is given here."""
    given = _page_context() | help_pages.page_context()
    page = render_template(
        "console/error.html", heading=HEADINGS[405], message=HTTP_WORDS[405], status=405, request_id=None, **given
    )
    return headers.harden(make_response(page, 405))


def _explain_fault(error: Exception) -> tuple[str, int]:
    if numbers.beyond(error):
        return _page(400, numbers.BEYOND)
    _log.exception("console.fault", kind=type(error).__name__)
    return _page(500, "うまくいきませんでした。書いたものが残っているか確かめてから、もう一度お試しください。")


def _page(status: int, message: str) -> tuple[str, int]:
    heading = HEADINGS.get(status, "うまくいきませんでした")
    page = render_template(
        "console/error.html", heading=heading, message=message, status=status, request_id=g.get("request_id")
    )
    return page, status

"""The JSON API for everybody: /api/v1/<municipality>/activities, facilities, shelters, population, announcements.

Described by /api/v1/openapi.json (handlers.public.api_description); nothing is written, no key is needed. Every answer
is JSON, also one that refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from bot.errors import BadInputError, EntakuError, NotFoundError
from bot.now import jst
from bot.services import open_data_out as out
from bot.services.context import Context
from bot.services.open_data_out import Place, Wanted
from handlers.public import api_description
from handlers.public.open_data import answer

MOST: Final = 500
USUAL: Final = 100
FARTHEST: Final = 100_000
EARLIEST, LATEST = date(1970, 1, 1), date(2200, 12, 31)
_BY_DAY: Final = frozenset({"from", "to"})


def register(app: Flask, context: Context) -> None:
    """Put the API at /api/v1 of this app."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")
    api.add_url_rule("/openapi.json", "description", partial(_description, context))
    for kind in out.KINDS:
        view: Callable[..., Response] = partial(_entries, context, kind)
        api.add_url_rule(f"/<municipality>/{kind}", kind, view)
    api.add_url_rule("/<municipality>/announcements", "announcements", partial(_announcements, context))
    api.register_error_handler(EntakuError, lambda error: _refuse(error.status, error.message))
    app.register_blueprint(api)
    app.register_error_handler(HTTPException, outside)


def outside(error: HTTPException) -> Any:
    """An address or a method that is not there: JSON under /api, else as ever."""
    if not request.path.startswith("/api/"):
        return error
    return _refuse(error.code or 500, "そのアドレスか方法は、使えません。/api/v1/openapi.json を見てください。")


def _refuse(status: int, message: str) -> Response:
    return Response(
        json.dumps({"error": message}, ensure_ascii=False), status, content_type="application/json; charset=utf-8",
        headers={"Access-Control-Allow-Origin": "*"},
    )  # fmt: skip


def _description(context: Context) -> Response:
    with context.database.read() as session:
        cities = out.municipalities(session)
    described = api_description.description(context.settings.public_url, cities)
    return _json(context, described)


def _entries(context: Context, kind: str, municipality: str) -> Response:
    """One kind of entries, a page of them."""
    by_day = _BY_DAY if kind == "activities" else frozenset()
    asked = _asked({"limit", "offset", "district", *by_day})
    limit, offset, now = (
        _number(asked, "limit", USUAL, 1, MOST),
        _number(asked, "offset", 0, 0, FARTHEST),
        context.clock(),
    )
    with context.database.read() as session:
        here = out.place(session, municipality, context.settings.public_url)
        wanted = _wanted(asked, here)
        found = out.narrowed(out.rows(session, municipality, kind, jst(now).date()), wanted, now)
    items = [out.as_values(here, row, entry, dates) for row, entry, dates in found[offset : offset + limit]]
    return _page(context, here, items, len(found), limit, offset)


def _announcements(context: Context, municipality: str) -> Response:
    """What was sent, the newest first."""
    asked = _asked({"limit", "offset"})
    limit, offset = _number(asked, "limit", USUAL, 1, MOST), _number(asked, "offset", 0, 0, FARTHEST)
    with context.database.read() as session:
        here = out.place(session, municipality, context.settings.public_url)
        rows = out.announcements(session, municipality, limit, offset)
        names = out.names(session, municipality, [row.id for row in rows])
    items = [out.announcement_values(here, row, names.get(row.id, [])) for row in rows]
    return _page(context, here, items, None, limit, offset)


def _page(
    context: Context, here: Place, items: list[dict[str, Any]], total: int | None, limit: int, offset: int
) -> Response:
    head = {
        "municipality": {"id": here.row.id, "name": here.row.name, "code": here.row.code},
        "licence": out.LICENCE, "as_of": jst(context.clock()).date().isoformat(), "limit": limit, "offset": offset,
        "total": total, "items": items,
    }  # fmt: skip
    return _json(context, head)


def _json(context: Context, value: object) -> Response:
    return answer(context, json.dumps(value, ensure_ascii=False).encode(), "application/json; charset=utf-8")


def _asked(known: set[str]) -> Mapping[str, str]:
    """The parameters. Raises BadInputError for one that is unknown or stands twice."""
    for name in request.args:
        if name not in known:
            raise BadInputError(f"{name[:40]} は知らない項目です。使えるのは {', '.join(sorted(known))} です。")
        if len(request.args.getlist(name)) > 1:
            raise BadInputError(f"{name} は1つだけ書いてください。")
    return request.args.to_dict()


def _number(asked: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    text = asked.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most):
        raise BadInputError(f"{name} は{least}から{most}までの整数です。")
    return int(text)


def _wanted(asked: Mapping[str, str], here: Place) -> Wanted:
    district = asked.get("district")
    if district is not None and district not in here.districts:
        raise NotFoundError("その地区は、この市町村にはありません。")
    return Wanted(district or "", _day(asked, "from"), _day(asked, "to"))


def _day(asked: Mapping[str, str], name: str) -> date | None:
    text = asked.get(name)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or len(text) != 10:
        raise BadInputError(f"{name} は 2026-12-06 のように書いてください。")
    return min(max(found, EARLIEST), LATEST)  # nothing takes place beyond them

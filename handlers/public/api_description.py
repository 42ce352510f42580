"""The OpenAPI 3 description of the JSON API: what each answer holds, and why one may be refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

TEXT: Final = {"type": "string"}
WORDS: Final = {"type": ["string", "null"]}
NUMBER: Final = {"type": ["number", "null"]}
COUNT: Final = {"type": ["integer", "null"]}
DAY: Final = {"type": ["string", "null"], "format": "date"}
MOMENT: Final = {"type": "string", "format": "date-time"}
YES_NO: Final = {"type": "boolean"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """All of these, and nothing else."""
    needed = {"required": sorted(properties), "additionalProperties": False}
    return {"type": "object", "properties": properties, **needed}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


NAMED: Final = _object({"id": TEXT, "name": TEXT})
ENTRY: Final = {
    "id": TEXT,
    "title": TEXT,
    "text": TEXT,
    "sample": {**YES_NO, "description": "True: 見本(実在しません)"},
    "districts": {**_list(NAMED), "description": "空なら市全体"},
    "source": _object({"title": TEXT, "url": WORDS, "date": DAY}),
    "checked_on": DAY,
    "updated_at": MOMENT,
}
PLACED: Final = {"address": WORDS, "latitude": NUMBER, "longitude": NUMBER}
OCCURRENCE: Final = _object(
    {"starts_at": MOMENT, "ends_at": MOMENT, "all_day": YES_NO, "state": TEXT, "note": WORDS, "place": WORDS}
)
SCHEMAS: Final = {
    "activities": _object(
        ENTRY
        | PLACED
        | {
            "rule": {**WORDS, "description": "くり返し(RFC 5545のRRULEの一部)"},
            "starts_on": DAY, "ends_on": DAY, "state": TEXT, "place": WORDS, "organiser": WORDS, "for_whom": WORDS,
            "fee": WORDS, "capacity": COUNT, "apply_by": DAY, "how_to_apply": WORDS,
            "dates": {**_list(OCCURRENCE), "description": "これからの日(30まで)"},
        }
    ),
    "facilities": _object(ENTRY | PLACED | {"kana": WORDS, "phone": WORDS}),
    "shelters": _object(
        ENTRY
        | PLACED
        | {
            "type": {"type": "string", "enum": ["emergency", "evacuation"]}, "type_name": TEXT, "capacity": COUNT,
            "hazards": _list(NAMED), "hazards_with_condition": _list(NAMED), "is_other_type_too": YES_NO,
            "associations": _list(TEXT),
        }
    ),
    "population": _object(ENTRY),
    "announcements": _object(
        {
            "id": {"type": "integer"}, "title": TEXT, "text": TEXT, "sender": TEXT, "districts": _list(TEXT),
            "sent_at": MOMENT, "url": TEXT,
        }
    ),
}  # fmt: skip
_TITLES: Final = {
    "activities": "行事・イベント", "facilities": "公共施設", "shelters": "避難場所・避難所", "population": "人口",
    "announcements": "お知らせ(新しい順)",
}  # fmt: skip
_REFUSED: Final = {
    400: "項目の書き方がちがう",
    404: "その市町村か地区がない",
}


def description(home: str, cities: Sequence[str]) -> dict[str, Any]:
    """The whole description. `home` is the installation's address, `cities` the municipalities' ids."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "円卓 オープンデータ API", "version": "1",
            "description": "住民に公開している記事を、だれでも読めます。書きこみはできません。",
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/deed.ja"},
        },
        "servers": [{"url": home.rstrip("/")}],
        "paths": {f"/api/v1/{{municipality}}/{kind}": {"get": _get(kind, cities)} for kind in SCHEMAS},
        "components": {"schemas": {"Error": _object({"error": TEXT}), **{name: SCHEMAS[name] for name in SCHEMAS}}},
    }  # fmt: skip


def _get(kind: str, cities: Sequence[str]) -> dict[str, Any]:
    refused = {
        str(status): {"description": why, "content": {"application/json": {"schema": _to("Error")}}}
        for status, why in _REFUSED.items()
    }
    page = _object(
        {
            "municipality": _object({"id": TEXT, "name": TEXT, "code": TEXT}), "licence": TEXT,
            "as_of": {"type": "string", "format": "date"}, "limit": {"type": "integer"}, "offset": {"type": "integer"},
            "total": {**COUNT, "description": "全部の件数(お知らせではnull)"}, "items": _list(_to(kind)),
        }
    )  # fmt: skip
    return {
        "operationId": kind,
        "summary": _TITLES[kind],
        "parameters": _parameters(kind, cities),
        "responses": {"200": {"description": "一覧", "content": {"application/json": {"schema": page}}}, **refused},
    }


def _parameters(kind: str, cities: Sequence[str]) -> list[dict[str, Any]]:
    found = [
        {
            "name": "municipality", "in": "path", "required": True, "description": "市町村",
            "schema": {"type": "string", "enum": list(cities)},
        },
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}, "1回に受け取る数"),
        _query("offset", {"type": "integer", "minimum": 0, "maximum": 100000, "default": 0}, "はじめの何件を飛ばすか"),
    ]  # fmt: skip
    if kind != "announcements":
        found.append(_query("district", {"type": "string", "minLength": 1}, "地区のid(市全体のものも入ります)"))
    if kind == "activities":
        found += [
            _query("from", {"type": "string", "format": "date"}, "この日から行われるもの"),
            _query("to", {"type": "string", "format": "date"}, "この日まで"),
        ]
    return found


def _query(name: str, schema: dict[str, Any], why: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": why, "schema": schema}


def _to(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}

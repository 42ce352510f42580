"""Organisations (団体) of a district: what kind they are, how they are reached, and what of that is for everybody.

An organisation is an entry of its kind; what it has besides text stands in its `extra`, under the columns of a pack's
organisations.csv, so that a pack gives everything back. A column of CONTACT is for residents only when SHOWN names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

KIND: Final = "種類"
KINDS: Final = (
    "町内会・区",
    "まちづくり協議会",
    "部会",
    "学校・PTA",
    "警察・交番",
    "消防",
    "社会福祉協議会・福祉",
    "防災・防犯・交通",
    "子ども・子育て",
    "サークル・スポーツ",
    "そのほか",
)
PHONE, MAIL, ADDRESS, URL = "電話番号", "メールアドレス", "住所", "URL"
CONTACT: Final = (PHONE, MAIL, ADDRESS, URL)
NOTE: Final = "職員と役員のメモ"  # never for residents
SHOWN: Final = "公開する項目"  # which columns of CONTACT residents see, joined by ";"
COLUMNS: Final = (KIND, *CONTACT, NOTE, SHOWN)


def shown(extra: Mapping[str, str]) -> tuple[str, ...]:
    """The columns of CONTACT that are for everybody; none unless it was said."""
    named = {name.strip() for name in extra.get(SHOWN, "").split(";")}
    return tuple(name for name in CONTACT if name in named and extra.get(name))


def public(extra: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(column, value) of what everybody may know of how to reach an organisation."""
    return tuple((name, extra[name]) for name in shown(extra))


def without_contact(data: Mapping[str, Any]) -> dict[str, Any]:
    """An organisation's stored data without what is for staff and officers only."""
    extra: Mapping[str, str] = data.get("extra") or {}
    hidden = {*CONTACT, NOTE} - set(shown(extra))
    return {**data, "extra": {name: value for name, value in extra.items() if name not in hidden}}

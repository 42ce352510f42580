"""A pack's values as plain JSON objects and back: the form in which a database keeps them.

`entry_from(entry_json(entry)) == entry` for every entry, and the same for desks, districts and municipalities.
Dates are YYYY-MM-DD, times HH:MM; what is empty is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, time
from typing import Any

from content.packs_model import Activity, Change, Desk, District, Entry, Municipality, Shelter, Source, Translation

_DAYS = {"valid_from", "valid_to", "checked_on", "starts_on", "ends_on", "apply_by", "date", "day", "moved_to"}
_TIMES = {"start", "end"}
_LISTS = {"questions", "districts", "keywords", "aliases", "schools", "look_alikes", "topics", "languages"}
_LISTS |= {"hazards", "partly", "associations"}


def _json(value: object) -> dict[str, Any]:
    """The fields of one of our dataclasses; nested ones too, empty ones left out."""
    found: dict[str, Any] = {}
    for item in fields(value):  # type: ignore[arg-type]
        part = getattr(value, item.name)
        if part not in (None, "", (), {}, False):
            found[item.name] = _plain(part)
    return found


def _plain(part: Any) -> Any:
    if isinstance(part, time):
        return f"{part:%H:%M}"
    if isinstance(part, date):
        return part.isoformat()
    if isinstance(part, tuple):
        return [_plain(one) for one in part]
    if isinstance(part, Mapping):
        return {key: _plain(one) for key, one in part.items()}
    if isinstance(part, Source | Translation | Activity | Change | Shelter):
        return _json(part)
    return part


def _values(data: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """The arguments of a dataclass out of its JSON form; names it does not know are left out."""
    found: dict[str, Any] = {}
    for item in fields(kind):
        if item.name in data:
            value = data[item.name]
            if item.name in _DAYS and value is not None:
                value = date.fromisoformat(value)
            elif item.name in _TIMES and value is not None:
                value = time.fromisoformat(value)
            elif item.name == "dates":
                value = tuple(date.fromisoformat(one) for one in value)
            elif item.name in _LISTS:
                value = tuple(value)
            found[item.name] = value
    return found


def _source(data: Mapping[str, Any]) -> Source:
    return Source(**_values({"title": "", **data}, Source))


def _translations(data: Mapping[str, Any]) -> dict[str, Translation]:
    blank = {"title": "", "body": ""}
    return {language: Translation(**_values(blank | one, Translation)) for language, one in data.items()}


def entry_json(entry: Entry) -> dict[str, Any]:
    return _json(entry)


def entry_from(data: Mapping[str, Any]) -> Entry:
    values = _values({"title": "", "body": "", **data}, Entry)
    values["source"] = _source(data.get("source", {}))
    values["translations"] = _translations(data.get("translations", {}))
    if values.get("activity"):
        activity = _values(values["activity"], Activity)
        activity["changes"] = tuple(Change(**_values(one, Change)) for one in activity.get("changes", ()))
        values["activity"] = Activity(**activity)
    if values.get("shelter"):
        values["shelter"] = Shelter(**_values(values["shelter"], Shelter))
    return Entry(**values)


def desk_json(desk: Desk) -> dict[str, Any]:
    return _json(desk)


def desk_from(data: Mapping[str, Any]) -> Desk:
    values = _values(data, Desk)
    values["source"] = _source(data.get("source", {}))
    values["translations"] = _translations(data.get("translations", {}))
    return Desk(**values)


def district_json(district: District) -> dict[str, Any]:
    return _json(district)


def district_from(data: Mapping[str, Any]) -> District:
    return District(**_values({"council": "", "centre": "", **data}, District))


def municipality_json(municipality: Municipality) -> dict[str, Any]:
    return _json(municipality)


def municipality_from(data: Mapping[str, Any]) -> Municipality:
    return Municipality(**_values({"prefecture": "", "public_name": data.get("name", ""), **data}, Municipality))

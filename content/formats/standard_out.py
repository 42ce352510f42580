"""Entries -> the municipal standard open-data columns (B), ours after them, so that reading them back loses nothing.

The order of the 39 columns of 指定緊急避難場所 is the standard's (つくば市's converter and 熊本市 agree). That of
events and facilities follows the same pattern; readers go by names. What it has no column for keeps its own name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from content import packs_tables
from content.formats import open_bodies, population_in, shelters_in
from content.formats.column_words import AGES, HAZARDS, POPULATION, TABLES, Column
from content.formats.ours_in import NONE
from content.formats.rows_in import PREFECTURE, PUBLISHER, PUBLISHER_CODE
from content.packs_model import Entry, Municipality

KINDS: Final = {
    "activities": "activity", "facilities": "facility", "shelters": "shelter", "population": "population",
}  # fmt: skip
_ADDRESS: Final = (
    "area_code", "town_id", "address", "address_prefecture", "address_city", "address_town", "address_rest", "building",
)  # fmt: skip
_REACHED: Final = ("phone", "phone_inner", "mail", "form", "contact_note", "post_code")
_END: Final = ("url", "picture", "picture_licence", "remarks")
_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "activities": (
        "code", "id", "city", "title", "kana", "english", "nickname", "category", "pattern", "starts_on", "ends_on",
        "start", "end", "when_note", "body", "fee_basic", "fee", "contact", *_REACHED, "organiser", "place", *_ADDRESS,
        "lat", "lon", "access", "parking", "capacity", "audience_words", "apply_from", "apply_by", "apply_time",
        "how_to_apply", "status", *_END,
    ),
    "facilities": (
        "code", "id", "city", "title", "kana", "english", "nickname", "poi", "category", *_ADDRESS, "lat", "lon",
        *_REACHED, "corporate", "owner", "days", "start", "end", "hours_note", "body", "access_free", *_END,
    ),
    "shelters": (
        "code", "id", "title", "kana", "english", *_ADDRESS, "lat", "lon", "height", *_REACHED, "code2", "city",
        *(field for field, _ in HAZARDS), "also_evacuation", "capacity", "associations", *_END,
    ),
    "population": (
        "code", "region_code", "prefecture", "city", "survey_date", "region", "total", "male", "female",
        *(f"{sex}{at}" for at in range(1, len(AGES) + 1) for sex in "mf"), "households", "remarks",
    ),
}  # fmt: skip
_TITLES: Final = {"activities": "イベント名", "facilities": "名称", "shelters": "名称", "population": "entaku_title"}
_OURS: Final = packs_tables.OURS
_LEFT_OUT: Final = frozenset({f"{_OURS}id", f"{_OURS}imported", f"{_OURS}draft", f"{_OURS}title", f"{_OURS}body"})
Row = dict[str, str]


def header(kind: str) -> tuple[str, ...]:
    """The standard's columns of a kind."""
    return tuple(_columns(kind).values())


def table(kind: str, entries: Iterable[Entry], municipality: Municipality) -> tuple[Sequence[str], list[Sequence[str]]]:
    """(header, rows): the standard's columns, then what else these entries say."""
    rows = [row_of(kind, entry, municipality) for entry in entries]
    standard = header(kind)
    more = {name for row in rows for name, text in row.items() if text} - set(standard)
    named = [*standard, *sorted(more, key=lambda name: (name.startswith(_OURS), name))]
    return named, [[row.get(name, "") for name in named] for row in rows]


def row_of(kind: str, entry: Entry, municipality: Municipality) -> Row:
    """One entry's cells by column."""
    cells = {
        name: packs_tables.cell(value) for name, value in packs_tables.cells_of(entry, entry.kind, municipality).items()
    }
    renamed = _renamed(kind)
    row = {renamed.get(name, name): text for name, text in cells.items() if name not in _LEFT_OUT and text}
    code = entry.extra.get(PUBLISHER_CODE, municipality.code)
    columns = _columns(kind)
    row |= {
        columns["code"]: code,
        columns.get("code2", columns["code"]): code,
        columns["city"]: entry.extra.get(PUBLISHER, "" if PUBLISHER_CODE in entry.extra else municipality.name),
    }
    if kind != "population":
        row.pop("NO", None)
        row["ID"] = entry.extra.get("NO", entry.id)
        row.pop("都道府県名", None)
    else:
        row["都道府県名"] = entry.extra.get(PREFECTURE, municipality.prefecture)
    for name in (PUBLISHER_CODE, PUBLISHER):
        row.pop(name, None)
    if kind == "activities":
        _activity(row, entry)
    if kind == "shelters":
        _shelter(row, entry)
    _body(row, kind, entry)
    _days(row, entry)
    return {name: text for name, text in row.items() if text}


def _activity(row: Row, entry: Entry) -> None:
    activity = entry.activity
    assert activity is not None
    row["状態"] = "" if activity.state == "予定" else activity.state
    row[f"{_OURS}state"] = activity.state
    row[f"{_OURS}state_note"] = activity.state_note or NONE
    row["対象者"] = activity.audience_words
    row.pop(f"{_OURS}audience_words", None)
    if activity.capacity is None and entry.extra.get("定員"):
        row["定員"] = entry.extra["定員"]
    row["所在地_連結表記"] = activity.address


def _shelter(row: Row, entry: Entry) -> None:
    shelter = entry.shelter
    assert shelter is not None
    for field, name in HAZARDS:
        if field in shelter.partly:
            row[f"災害種別_{name}"] = entry.extra.get(f"災害種別_{name}", "△")
    if shelter.type == "evacuation":
        row["指定避難所との重複"] = ""
        row["指定緊急避難場所との重複"] = "1" if shelter.other_too else ""
    if shelter.capacity is None and entry.extra.get("想定収容人数"):
        row["想定収容人数"] = entry.extra["想定収容人数"]
    row[f"{_OURS}partly"] = ""


def _body(row: Row, kind: str, entry: Entry) -> None:
    """The publisher's own description; the whole text only where it cannot be put together again."""
    extra = {name: text for name, text in entry.extra.items() if name != "説明"}
    own = entry.extra.get("説明")
    for said in (own,) if own is not None else ("", entry.body):
        if _put_together(kind, said, extra, entry) == entry.body:
            row["説明"] = said
            return
    row["説明"] = own if own is not None else entry.body
    row[f"{_OURS}body"] = entry.body


def _put_together(kind: str, said: str, extra: dict[str, str], entry: Entry) -> str:
    if kind == "activities":
        return open_bodies.activity(said, extra, entry.title)
    if kind == "facilities":
        return open_bodies.facility(said, extra, entry.title)
    if kind == "shelters" and entry.shelter and not said:
        return shelters_in.text(entry.title, entry.shelter, extra)
    if kind == "population" and not said:
        counts = {
            column.field: int(extra[column.name])
            for column in POPULATION
            if column.field not in {"region_code", "lat", "lon"} and extra.get(column.name, "").isdigit()
        }
        day = extra.get("調査年月日", "")
        return population_in.said_of(extra.get("地域名", ""), day, counts) if day and "total" in counts else ""
    return ""


def _days(row: Row, entry: Entry) -> None:
    """Days that an entry does not have, where reading would give it some."""
    row[f"{_OURS}checked_on"] = str(entry.checked_on or NONE)
    if entry.activity is not None:
        row[f"{_OURS}valid_to"] = str(entry.valid_to or NONE)


def _columns(kind: str) -> dict[str, str]:
    """Field -> the standard's column."""
    known: dict[str, Column] = {column.field: column for column in TABLES[kind]}
    named = {field: known[field].standard or known[field].name for field in _ORDER[kind] if field != "code2"}
    ordered = {}
    for field in _ORDER[kind]:
        ordered[field] = "市区町村コード" if field == "code2" else named[field]
    return ordered


def _renamed(kind: str) -> dict[str, str]:
    """An entry's name of a column -> the standard's."""
    names = {column.name: column.standard for column in TABLES[kind] if column.standard}
    return names | {"地域コード": "地域コード"}

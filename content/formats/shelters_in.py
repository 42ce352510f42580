"""A row of a list of shelters (指定緊急避難場所, 指定避難所), or a feature of 国土地理院's GeoJSON -> a shelter."""

from __future__ import annotations

import re
from typing import Final

from content.formats import open_bodies
from content.formats.clocks_in import NOTHING, plain
from content.formats.column_words import HAZARDS
from content.formats.open_columns import fold
from content.formats.ours_in import Ours
from content.formats.rows_in import MAX_EXTRA, OWN_KEY, City, Ident, Row, clipped, flag, hashed, head_count
from content.packs_model import SAMPLE_MARK, SHELTER_TYPES, Entry, Shelter

TYPE_NAMES: Final = {"emergency": "指定緊急避難場所", "evacuation": "指定避難所"}
HAZARD_NAMES: Final = dict(HAZARDS)
_TEXTS: Final = (
    "kana", "english", "building", "area_code", "town_id", "address_prefecture", "address_city", "address_town",
    "address_rest", "phone", "phone_inner", "mail", "form", "contact_note", "post_code", "url", "picture",
    "picture_licence", "remarks", "other",
)  # fmt: skip


def read(row: Row, city: City) -> tuple[Entry, Ident] | None:
    """The shelter of a row; None after noting why it is refused."""
    title = row.title()
    lat, lon = row.point()
    if row.refused:
        return None
    shelter = _shelter(row, lat, lon)
    extra = row.keep(*_TEXTS) | row.others() | row.publisher(city)
    for field, name in HAZARDS:
        if field in shelter.partly:
            extra[f"災害種別_{name}"] = row.text(field)
    if row.value("capacity") and shelter.capacity is None:
        extra["想定収容人数"] = row.text("capacity")[:MAX_EXTRA]
    outside = row.outside_id()
    if outside and not OWN_KEY.fullmatch(outside):
        extra["NO"] = outside
    body = text(title, shelter, extra)
    entry = Entry(
        id="", imported=True, kind="shelter", title=title, body=body, source=city.source, districts=row.district(city),
        checked_on=city.today, sample=SAMPLE_MARK in title, extra=dict(sorted(extra.items())), shelter=shelter,
    )  # fmt: skip
    where = f"{shelter.type}|{shelter.address or f'{lat},{lon}'}"
    return Ours.of(row).entry(entry), Ident(_typed(outside, shelter), hashed(title), hashed(where))


def _typed(outside: str | None, shelter: Shelter) -> str | None:
    """The same number may stand in both lists of a city, which are numbered apart."""
    return f"{outside}@{shelter.type}" if outside and outside.isdigit() else outside


def text(title: str, shelter: Shelter, extra: dict[str, str]) -> str:
    """What the shelter is and for which dangers; where it is; whom to ask."""
    kind = TYPE_NAMES[shelter.type]
    lines = [f"{title}は、{kind}です。"]
    if shelter.hazards:
        lines.append(f"使える災害: {'、'.join(HAZARD_NAMES[name] for name in shelter.hazards)}")
    if shelter.partly:
        lines.append(f"条件つきで使える災害: {'、'.join(HAZARD_NAMES[name] for name in shelter.partly)}")
    if shelter.other_too:
        lines.append(f"{TYPE_NAMES['evacuation' if shelter.type == 'emergency' else 'emergency']}にもなっています。")
    if shelter.address:
        lines.append(f"住所: {shelter.address}")
    if shelter.capacity:
        lines.append(f"入れる人数のめやす: {shelter.capacity:,}人")
    if shelter.associations:
        lines.append(f"対象の町会・自治会: {'、'.join(shelter.associations)}")
    lines += [f"備考: {extra['備考']}"] if extra.get("備考", "") not in NOTHING else []
    return clipped("\n".join([*lines, *open_bodies.contact("", extra.get("電話番号", ""), extra)]))


def _shelter(row: Row, lat: float | None, lon: float | None) -> Shelter:
    hazards, partly = [], []
    for field, name in HAZARDS:
        said = row.text(field)
        yes = flag(said)
        if yes:
            hazards.append(field)
        elif yes is None:
            partly.append(field)
            row.warn(field, f"「{said[:20]}」は○でも×でもないので、{name}は「条件つき」としました。元の印も残しました")
    kind = _type(row, hazards, partly)
    if kind == "emergency" and not hazards and not partly:
        row.warn("title", "使える災害の印が1つもないので、災害で聞かれても答えません。印を確かめてください")
    also = flag(row.text("also_evacuation" if kind == "emergency" else "also_emergency"))
    return Shelter(
        type=kind, hazards=tuple(hazards), partly=tuple(partly), other_too=bool(also), address=_address(row),
        lat=lat, lon=lon, height=_height(row), capacity=_capacity(row), associations=_associations(row),
        for_whom=(row.value("for_whom") or row.value("entaku_for_whom"))[:200],
    )  # fmt: skip


def _type(row: Row, hazards: list[str], partly: list[str]) -> str:
    """By our own column, by a column that says so, by the columns there are; else by the hazards."""
    ours = row.text("entaku_type")
    if ours in SHELTER_TYPES:
        return ours
    said = fold(row.text("type"))
    if "緊急" in said or "避難場所" in said:
        return "emergency"
    if "避難所" in said:
        return "evacuation"
    fields = row.header.fields
    if "also_emergency" in fields and "also_evacuation" not in fields:
        return "evacuation"
    if "also_evacuation" in fields or hazards or partly or any(name in fields for name, _ in HAZARDS):
        return "emergency"
    row.warn("title", "災害の種類の列がないので、指定避難所として取り込みました")
    return "evacuation"


def _address(row: Row) -> str:
    if said := row.value("address"):
        return said[:300]
    parts = (row.value(name) for name in ("address_prefecture", "address_city", "address_town", "address_rest"))
    return "".join(parts)[:300]


def _height(row: Row) -> float | None:
    words = plain(row.value("height")).rstrip("mM")
    if not words:
        return None
    try:
        return float(words)
    except ValueError:
        row.warn("height", f"標高「{words[:20]}」は数として読めないので、なしで取り込みました")
        return None


def _capacity(row: Row) -> int | None:
    said = row.value("capacity")
    found = head_count(said) if said else None
    if said and found is None and not re.fullmatch(r"0+", said):
        row.warn("capacity", f"「{said[:30]}」は人数として読めないので、文のまま残しました")
    return found


def _associations(row: Row) -> tuple[str, ...]:
    said = row.value("associations")
    return tuple(dict.fromkeys(part.strip() for part in re.split(r"[;；\n、,]", said) if part.strip()))

"""By what an entry that no list has had yet (a pack's, or one that staff wrote) would be known in a list."""

from __future__ import annotations

from content.formats.rows_in import Ident, hashed
from content.packs_model import Entry


def of(entry: Entry) -> Ident:
    """The same as the readers give for a row that says the same."""
    outside = entry.extra.get("NO") or entry.id
    if entry.shelter is not None:
        one = entry.shelter
        if outside.isdigit():
            outside = f"{outside}@{one.type}"
        return Ident(outside, hashed(entry.title), hashed(f"{one.type}|{one.address or f'{one.lat},{one.lon}'}"))
    if entry.activity is not None:
        return Ident(outside, hashed(entry.title), hashed(str(entry.activity.starts_on or entry.activity.rule or "")))
    if entry.kind == "population":
        region, day = entry.extra.get("地域名", ""), entry.extra.get("調査年月日", "")
        return Ident(None, hashed(region), hashed(day))
    where = entry.extra.get("住所", "") or f"{entry.extra.get('緯度')},{entry.extra.get('経度')}"
    return Ident(outside, hashed(entry.title), hashed(where))

"""A row of a list of public facilities -> a facility."""

from __future__ import annotations

from typing import Final

from content.formats import open_bodies
from content.formats.ours_in import Ours
from content.formats.rows_in import OWN_KEY, City, Ident, Row, hashed
from content.packs_model import SAMPLE_MARK, Entry

_TEXTS: Final = (
    "kana", "english", "nickname", "poi", "category", "address", "area_code", "town_id", "address_prefecture",
    "address_city", "address_town", "address_rest", "building", "height", "phone", "phone_inner", "mail", "form",
    "contact_note", "post_code", "corporate", "owner", "days", "start", "end", "hours_note", "access_free",
    "reference", "url", "picture", "picture_licence", "remarks",
)  # fmt: skip


def read(row: Row, city: City) -> tuple[Entry, Ident] | None:
    """The facility of a row; None after noting why it is refused."""
    title = row.title()
    lat, lon = row.point()
    if row.refused:
        return None
    extra = row.keep(*_TEXTS) | row.others() | row.publisher(city)
    parts = [row.value(name) for name in ("address_prefecture", "address_city", "address_town", "address_rest")]
    if "住所" not in extra and any(parts):
        extra["住所"] = "".join(parts)
    if lat is not None and lon is not None:
        extra |= {"緯度": str(lat), "経度": str(lon)}
    outside = row.outside_id()
    if outside and not OWN_KEY.fullmatch(outside):
        extra["NO"] = outside
    said = row.text("body")
    body = open_bodies.facility(said, extra, title)
    if said and body != said:
        extra["説明"] = said[:2000]
    aliases = tuple(part for part in (row.value("nickname"),) if part and part != title)
    ours = Ours.of(row)
    entry = Entry(
        id="", imported=True, kind="facility", title=title, body=body, source=city.source, districts=row.district(city),
        aliases=aliases, owner=row.value("owner")[:100], checked_on=city.today, sample=SAMPLE_MARK in title,
        extra=dict(sorted(extra.items())),
    )  # fmt: skip
    return ours.entry(entry), Ident(outside, hashed(title), hashed(extra.get("住所", "") or f"{lat},{lon}"))

"""The population tables of a municipality as its pages compare with them: by district, of the whole city, by age."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import age_bands, profiles
from bot.core.profiles import Profile
from bot.models import District, Entry, Municipality
from content.packs_model import District as Area
from content.packs_model import Entry as Table
from content.packs_model import Source


@dataclass(frozen=True)
class Population:
    """Profiles by district's id, and the city's; what the tables do not say is not there."""

    districts: Mapping[int, Profile]
    city: Profile | None

    def people(self, wanted: Collection[int]) -> dict[str, int]:
        """Inhabitants by district's id as text; {} unless every one of the wanted districts is known."""
        if not wanted or any(one not in self.districts for one in wanted):
            return {}
        return {str(one): self.districts[one].now.total for one in wanted}

    def ages(self, wanted: Collection[int]) -> dict[str, int]:
        """People by age band (bot.core.age_bands) of these districts together, of the city without any; {}: unknown."""
        if not wanted:
            return age_bands.population(self.city.now) if self.city else {}
        parts = [age_bands.population(self.districts[one].now) if one in self.districts else {} for one in wanted]
        return {band: sum(part[band] for part in parts) for band in parts[0]} if all(parts) else {}

    def source(self, wanted: Collection[int]) -> str:
        """Where the numbers come from and of which day, for the foot of a chart; "" without any."""
        found = [self.districts[one] for one in wanted if one in self.districts] or ([self.city] if self.city else [])
        if not found:
            return ""
        day = min(one.now.day for one in found)
        return f"{found[0].source}({day.year}年{day.month}月{day.day}日)"


def of(session: Session, municipality: str) -> Population:
    """What the published tables say, the newest survey of each place (bot.core.profiles)."""
    query = select(Entry).where(
        Entry.municipality_id == municipality, Entry.kind == "population", Entry.published.is_(True)
    )
    tables = [_table(row) for row in session.scalars(query)]
    rows = session.scalars(select(District).where(District.municipality_id == municipality)).all()
    found = {
        row.id: profile
        for row in rows
        if (profile := profiles.of_district(Area(row.key, row.name, row.kana, "", ""), tables)) is not None
    }
    city = session.get(Municipality, municipality)
    names = (city.name, str(city.facts.get("public_name") or city.name)) if city else ()
    return Population(found, profiles.of_city(names, tables, {row.key for row in rows}))


def _table(row: Entry) -> Table:
    source = row.data.get("source") or {}
    title = str(source.get("title", "")) if isinstance(source, dict) else ""
    return Table(
        row.key, "population", row.title, "", Source(title), districts=tuple(row.data.get("districts") or ()),
        extra=row.data.get("extra") or {},
    )  # fmt: skip

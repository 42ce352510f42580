"""Where to flee to: the shelters of a hazard that are nearest to a district or to a place. Pure.

A 指定緊急避難場所 (`emergency`) saves lives and is fixed by hazard; in a 指定避難所 (`evacuation`) one
stays afterwards (災害対策基本法 49条の4, 49条の7). The two are never mixed in one list.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from content.packs_model import District, Entry
from content.search import tokens

Point = tuple[float, float]  # latitude, longitude in degrees

MOST: Final = 3
AROUND_KM: Final = 4.0  # of a district's centre: further away it is another district's
AWAY_KM: Final = 20.0  # of where somebody is: further away they are not in this city
_KM_PER_DEGREE: Final = 111.32  # of latitude, near enough at these distances
# What people name, and the columns of the standard that serve it.
_SERVED_BY: Final = {"flood": ("flood", "inland_flood"), "surge": ("storm_surge",)}


@dataclass(frozen=True)
class Refuge:
    """A shelter and how far it is as the crow flies."""

    entry: Entry
    km: float


def shelters(entries: Iterable[Entry], kind: str = "emergency") -> list[Entry]:
    """The shelters of one type that have a place on the map."""
    return [
        entry
        for entry in entries
        if entry.shelter is not None and entry.shelter.type == kind and point_of(entry) is not None
    ]


def point_of(entry: Entry) -> Point | None:
    """Where a shelter is; None where its list does not say."""
    place = entry.shelter
    return None if place is None or place.lat is None or place.lon is None else (place.lat, place.lon)


def centre_of(district: District | None) -> Point | None:
    """Where a district's centre (まちづくりセンター) is."""
    return None if district is None or district.lat is None or district.lon is None else (district.lat, district.lon)


def serves(entry: Entry, hazards: Collection[str]) -> bool:
    """Whether a shelter is meant for every one of these hazards; one with a condition (△) is not offered."""
    there = entry.shelter.hazards if entry.shelter else ()
    return all(any(one in there for one in _SERVED_BY.get(hazard, (hazard,))) for hazard in hazards)


def nearest(
    entries: Iterable[Entry], hazards: Collection[str], origin: Point, within_km: float, most: int = MOST
) -> tuple[Refuge, ...]:
    """The nearest shelters for these hazards, nearest first; a place that is listed twice counts once."""
    found = sorted(
        (
            Refuge(entry, km(origin, place))
            for entry in entries
            if serves(entry, hazards) and (place := point_of(entry))
        ),
        key=lambda one: (one.km, one.entry.id),
    )
    by_name = {one.entry.title: one for one in reversed(found) if one.km <= within_km}
    return tuple(sorted(by_name.values(), key=lambda one: (one.km, one.entry.id))[:most])


def called(entries: Iterable[Entry], text: str) -> Entry | None:
    """The shelter whose name stands in a text, the longest one."""
    folded = tokens.fold(text)
    named = [
        entry for entry in entries if entry.shelter and len(entry.title) > 2 and tokens.fold(entry.title) in folded
    ]
    return max(named, key=lambda entry: len(entry.title), default=None)


def km(here: Point, there: Point) -> float:
    """The distance in kilometres, on a flat map: right to 1 % within a city."""
    across = (there[1] - here[1]) * math.cos(math.radians((here[0] + there[0]) / 2))
    return math.hypot(there[0] - here[0], across) * _KM_PER_DEGREE


def first_of_each(entries: Sequence[Entry], hazards: Sequence[str], origin: Point) -> tuple[tuple[str, Refuge], ...]:
    """For each hazard the nearest shelter, where there is one."""
    found = ((hazard, nearest(entries, (hazard,), origin, AWAY_KM, 1)) for hazard in hazards)
    return tuple((hazard, near[0]) for hazard, near in found if near)

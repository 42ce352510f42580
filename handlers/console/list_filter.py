"""Finding one in a list: by state, year, district and words. Shared by polls and round tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import request

from bot.now import jst
from handlers.console.access import place


@dataclass(frozen=True)
class Filter:
    """What the address asks for; what stands there wrongly is left out. `year` 0 and `district` None: any."""

    group: str
    year: int
    district: int | None
    words: str

    @classmethod
    def asked(cls, groups: Collection[str], default: str = "all") -> Filter:
        """The filter of this request."""
        group, known = request.args.get("group", default), {one.id for one in place().districts}
        district = request.args.get("district", type=int)
        return cls(
            group if group in groups else default,
            request.args.get("year", 0, type=int),
            district if district in known else None,
            request.args.get("q", "").strip()[:100],
        )

    def holds(self, text: str, moment: datetime, districts: Collection[int]) -> bool:
        """Whether one with this text, at this time and for these districts (none: the whole city) is asked for."""
        if self.year and jst(moment).year != self.year:
            return False
        if self.district is not None and districts and self.district not in districts:
            return False
        return all(word in text.casefold() for word in self.words.casefold().split())

    @property
    def narrows(self) -> bool:
        """Whether something is left out on purpose."""
        return bool(self.year or self.district or self.words or self.group != "all")

    def address(self, **changes: str) -> Mapping[str, str]:
        """The filter as values of an address, the empty ones left out."""
        values = {"group": self.group, "year": str(self.year or ""), "district": str(self.district or "")}
        values |= {"q": self.words, **changes}
        return {name: value for name, value in values.items() if value}


def years(moments: Collection[datetime]) -> list[int]:
    """The years in which something is, the newest first."""
    return sorted({jst(moment).year for moment in moments}, reverse=True)

"""Choosing among activities and refuges: what comes next, what a range holds, which hazards a refuge serves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from bot.core import intent
from bot.now import JST
from content.dates import Said
from content.packs_model import Entry
from content.recurrence import Occurrence, next_occurrence, occurrences

HAZARD_ORDER = ("earthquake", "tsunami", "flood", "landslide", "surge", "volcano", "fire")
SOON = timedelta(days=31)  # how far "events" looks when no time was said
_AHEAD = timedelta(days=400)
_SHOWN = 3
_EXCEPT = re.compile(r"(?:(?:津波|高潮)[・、や]?)+のほか")  # 津波・高潮のほかの災害のとき


def coming(entry: Entry, now: datetime, said: Said | None) -> list[Occurrence]:
    """The dates to show: those in the range that was said (none = nothing then), else the next ones."""
    if said:
        begin, end = _moments(said, now)
        return occurrences(entry, begin, end)[: _SHOWN + 2] if end >= now else []
    soon = occurrences(entry, now, now + _AHEAD)[:_SHOWN]
    if soon:
        return soon
    later = next_occurrence(entry, now)
    return [later] if later else []


def listing(entries: Iterable[Entry], text: str, now: datetime, said: Said | None) -> list[tuple[Entry, Occurrence]]:
    """Each activity with its first date in the range (or soon): those made for whom the text names, then by time.

    A kind of place that the text names (公園, まちセン) narrows the list, unless nothing is left then.
    """
    begin, end = _moments(said, now) if said else (now, now + SOON)
    if end < now:
        return []
    found = []
    known = list(entries)
    there = [entry for entry in known if intent.fits_place(text, entry)]
    for entry in there or known:
        fits = intent.fits_audience(text, entry)
        first = next(iter(occurrences(entry, begin, end)), None) if fits else None
        if first:
            found.append((-fits, first.starts_at, entry.id, entry, first))
    return [(entry, first) for *_, entry, first in sorted(found, key=lambda one: one[:3])]


def hazards_served(entry: Entry) -> frozenset[str]:
    """The hazards an entry about refuges is for: those its title names, else those its body names."""
    return intent.hazards(entry.title) or intent.hazards(_EXCEPT.sub("", entry.body))


def serves(entry: Entry, named: frozenset[str]) -> bool:
    """Whether an entry may answer where to go in these hazards: other entries always, refuges only if theirs."""
    if entry.kind != "facility":
        return True
    served = hazards_served(entry)
    return not served or bool(served & named)


def name(entry: Entry, language: str, places: Iterable[str]) -> str:
    """What an entry is about, without its districts and mark: 今泉地区 防災訓練（見本） -> 防災訓練."""
    translated = entry.translations.get(language)
    title = translated.title if translated else entry.title
    title = title.replace("（見本）", "").replace("(見本)", "").strip()
    if not entry.family:
        return title
    for place in places:
        title = re.sub(rf"(?:\s(?:de|do|da|em|en|sa|ng|of|in))?\s*{re.escape(place)}(?:地区|ちく)?\s*:?\s*", " ", title)
    title = re.sub(r"\((?:旧|もと)[^)]*\)", "", title).strip()
    return title[:1].upper() + title[1:]


def _moments(said: Said, now: datetime) -> tuple[datetime, datetime]:
    begin = datetime.combine(said.first, time.min, JST)
    end = datetime.combine(said.last, time.max, JST)
    return max(begin, now), end

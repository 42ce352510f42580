"""A weather warning as residents read it: a fixed template in every served language, nothing else. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.moments import moment_of
from bot.core.weather_rules import News, State, advice, hazard_of
from content.formats.jma import WeatherWarning
from content.phrases import phrases

MAX_TITLE: Final = 60
# The agency's words for hazards, and the key of each in the catalogues; one without a key keeps its Japanese name.
_HAZARDS: Final = {
    "大雨": "rain",
    "洪水": "flood",
    "暴風": "storm",
    "暴風雪": "blizzard",
    "大雪": "snow",
    "波浪": "waves",
    "高潮": "surge",
    "土砂災害": "landslide",
    "雷": "thunder",
    "濃霧": "fog",
    "乾燥": "dry",
    "なだれ": "avalanche",
    "低温": "cold",
    "霜": "frost",
    "着氷": "icing",
    "着雪": "wet_snow",
    "融雪": "melting",
    "強風": "wind",
    "風雪": "snow_wind",
    "氾濫": "overflow",
}
_MARKS: Final = {"ja": "・", "zh-Hans": "、"}


@dataclass(frozen=True)
class Told:
    """The text in one language: a title of at most 60 characters, and paragraphs."""

    title: str
    body: tuple[str, ...]
    shelter: str  # a button's label
    shelter_say: str  # what it asks the bot


def text(language: str, city: str, told: Sequence[News], state: State, reported_at: datetime) -> Told:
    """What changed, what is in force now, what to do, and who says so. `told` must not be empty."""
    say = phrases(language).say
    held = sorted(state.values(), key=lambda one: -one.level)
    standing = say("weather.still", list=_list(language, held)) if held else say("weather.none")
    level = advice(state)
    wind_and_snow = not level and any(one.level >= 3 for one in held)
    do = say(f"weather.do_{level}") if level else say("weather.do_0") if wind_and_snow else ""
    changes = "\n".join(_change(language, one) for one in told) if len(told) > 1 or told[0].change == "raised" else ""
    body = (changes, standing, do, say("weather.source", when=moment_of(reported_at, language)))
    return Told(
        _title(language, city, told),
        tuple(part for part in body if part),
        say("weather.shelter"),
        say("weather.shelter_say"),
    )


def name(language: str, warning: WeatherWarning) -> str:
    """A warning's name: the agency's own in Japanese, its hazard and strength in other languages."""
    if language == "ja":
        return warning.name
    say, hazard = phrases(language).say, hazard_of(warning.name)
    known = _HAZARDS.get(hazard)
    return say(f"weather.level_{warning.level}", hazard=say(f"weather.hazard_{known}") if known else hazard)


def _title(language: str, city: str, told: Sequence[News]) -> str:
    """The strongest change; as many names as fit, else only that something changed."""
    say, first = phrases(language).say, told[0]
    same = [one for one in told if one.change == first.change]
    for count in (3, 2, 1):
        named = _list(language, [_of(one) for one in same[:count]])
        now = name(language, first.after) if first.after else ""
        if first.change == "lowered" and count > 1:
            continue
        found = say(f"weather.{first.change}", city=city, what=named, now=now)
        if len(found) <= MAX_TITLE:
            return found
    return say("weather.changed", city=city)[:MAX_TITLE]


def _change(language: str, one: News) -> str:
    now = name(language, one.after) if one.after else ""
    return phrases(language).say(f"weather.was_{one.change}", what=name(language, _of(one)), now=now)


def _of(one: News) -> WeatherWarning:
    """The warning a change is about: the new one when it was raised, else the one that was in force."""
    warning = one.after if one.change == "raised" else one.before
    assert warning is not None
    return warning


def _list(language: str, warnings: Sequence[WeatherWarning]) -> str:
    return _MARKS.get(language, ", ").join(name(language, one) for one in warnings)

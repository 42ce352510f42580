"""What a telegram changes for one municipality, and what of it is told. Pure.

A state says for each hazard (大雨, 洪水, 土砂災害 ...) the warning in force, with its level: 5 特別警報, 4 危険警報 and
土砂災害警戒情報, 3 警報, 2 注意報 (警戒レベル相当: 内閣府・気象庁). A telegram replaces the state of its own family.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from content.formats.jma import Area, WeatherWarning

State = Mapping[str, WeatherWarning]
Change = Literal["raised", "lowered", "withdrawn"]

FRESH: Final = timedelta(hours=3)  # what is older may have changed long ago: it is not told as new
AHEAD: Final = timedelta(minutes=10)  # clocks differ
TELL_FROM: Final = 3  # 警報 and above, unless a city says otherwise
# What a warning's name is without its strength: 大雨特別警報 and 大雨注意報 are both about 大雨.
_STRENGTHS: Final = ("特別警報", "危険警報", "警戒情報", "警報", "注意報")
# Hazards whose level says what to do (避難の目安); wind, waves, snow and the rest say only to stay safe.
FLEEING: Final = frozenset({"大雨", "洪水", "氾濫", "土砂災害", "高潮"})


@dataclass(frozen=True, slots=True)
class News:
    """One hazard whose level changed: the warning before and after it, None where nothing is in force."""

    hazard: str
    before: WeatherWarning | None
    after: WeatherWarning | None

    @property
    def levels(self) -> tuple[int, int]:
        """The level before and after; 0 = nothing in force."""
        return (self.before.level if self.before else 0, self.after.level if self.after else 0)

    @property
    def change(self) -> Change:
        """What happened to it."""
        before, after = self.levels
        if after > before:
            return "raised"
        return "lowered" if after else "withdrawn"


def state_of(areas: Iterable[Area]) -> dict[str, WeatherWarning]:
    """What is in force in a municipality; of its parts the highest level counts."""
    state: dict[str, WeatherWarning] = {}
    for area in areas:
        for one in area.warnings:
            hazard = hazard_of(one.name)
            if hazard not in state or state[hazard].level < one.level:
                state[hazard] = one
    return state


def hazard_of(name: str) -> str:
    """大雨特別警報 -> 大雨, 大雨警報(土砂災害) too; a name without a strength stays as it is."""
    name = name.partition("(")[0]
    return next((name.removesuffix(word) for word in _STRENGTHS if name.endswith(word) and name != word), name)


def news(before: State, after: State, tell_from: int = TELL_FROM) -> tuple[News, ...]:
    """What is worth telling, the strongest first: what reached `tell_from`, and what comes down from there."""
    changed = (News(hazard, before.get(hazard), after.get(hazard)) for hazard in sorted({*before, *after}))
    told = (one for one in changed if one.levels[0] != one.levels[1] and max(one.levels) >= tell_from)
    return tuple(sorted(told, key=lambda one: (-one.levels[1], -one.levels[0], one.hazard)))


def why_not_told(
    status: str, reported_at: datetime, last: datetime | None, now: datetime, *, mends: bool = False
) -> str | None:
    """Why a telegram is not told at all (a key of the console's words); None: it may be.

    `mends`: it puts another right or takes it back (訂正, 取消), and may bear that one's own time.
    """
    if status != "通常":
        return "exercise"
    if last is not None and (reported_at < last if mends else reported_at <= last):
        return "old"
    if reported_at < now - FRESH:
        return "late"
    return "ahead" if reported_at > now + AHEAD else None


def advice(state: State) -> int:
    """The level that says what to do now: the highest among the hazards that one flees from; 0 for none."""
    return max((one.level for hazard, one in state.items() if hazard in FLEEING), default=0)

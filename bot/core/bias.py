"""How those who answered differ from the population: shares side by side, a sentence for each clear difference. Pure.

A difference is told only where chance does not explain it (Wilson, 95 %). Counts come merged already
(bot.core.small_numbers.merge): nothing here can bring a small one back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.core.opinion_statistics import wilson
from bot.core.small_numbers import REST

NOT_A_SHARE: Final = "世論の割合ではありません。"
NO_TABLE: Final = "人口の表がないので、人口とは比べられません。"


@dataclass(frozen=True)
class Share:
    """One row: people who answered, their share, and the same row's share of the population (0 to 1, None: unknown)."""

    name: str
    people: int
    share: float
    of_population: float | None
    low: float
    high: float

    @property
    def apart(self) -> str:
        """`多め`, `少なめ`, or "" where chance explains the difference or nothing is known."""
        if self.of_population is None or self.low <= self.of_population <= self.high:
            return ""
        return "多め" if self.of_population < self.low else "少なめ"


@dataclass(frozen=True)
class Bias:
    """The rows of one attribute (`地区`, `年代`), the largest first or in their own order."""

    attribute: str
    shares: tuple[Share, ...]

    @property
    def people(self) -> int:
        """n, of what is shown."""
        return sum(one.people for one in self.shares)

    @property
    def compared(self) -> bool:
        """Whether there is a population to compare with."""
        return any(one.of_population is not None for one in self.shares)

    @property
    def words(self) -> tuple[str, ...]:
        """One plain sentence for each clear difference."""
        return tuple(
            f"{one.name}の人が{one.apart}です: 参加した人の{one.share:.0%}、人口では{one.of_population:.0%}。"
            for one in self.shares
            if one.apart
        )

    @property
    def finding(self) -> str:
        """What the chart says, in one or two sentences."""
        if not self.compared:
            return NO_TABLE
        return "".join(self.words) or f"{self.attribute}では、人口と比べて、はっきりしたかたよりはありません。"


def weigh(
    attribute: str, people: Mapping[str, int], names: Mapping[str, str], population: Mapping[str, int]
) -> Bias | None:
    """Compare {key: people} with {key: inhabitants}; None without people.

    `names` says what a key is called, and, where its keys are all of `population`'s, in which order the rows stand.
    The population counts only when it knows every key that it could be asked for: a part is no whole.
    """
    total, everybody = sum(people.values()), sum(population.values())
    if not total:
        return None
    shares = []
    for key, count in people.items():
        known = population[key] / everybody if everybody and key in population else None
        low, high = wilson(count, total)
        shares.append(Share(names.get(key, "前の地区"), count, count / total, known, low, high))
    return Bias(attribute, tuple(shares))


def largest_first(people: Mapping[str, int]) -> dict[str, int]:
    """Rows as a table of places has them: the largest first, the rest last."""
    return dict(sorted(people.items(), key=lambda one: (one[0] == REST, -one[1], one[0])))

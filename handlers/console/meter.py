"""The bias meter as charts and as rows of a file."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import charts
from bot.core.bias import Bias
from bot.core.charts import Bar
from bot.services.bias_meter import Meter
from content.formats.tables import Cell

HEADER = ("分け方", "行", "人数", "割合(%)", "人口の割合(%)")


def drawn(meter: Meter) -> dict[str, str]:
    """A chart for each part, by its attribute."""
    return {one.attribute: chart(one) for one in meter.parts}


def chart(bias: Bias) -> str:
    """Shares with their intervals, and the population's as a line across each bar."""
    rows = [
        Bar(one.name, one.share, one.low, one.high, f"{one.people}人 {one.share:.0%}", one.of_population)
        for one in bias.shares
    ]
    said = "、".join(f"{one.name} {one.people}人{_beside(one.of_population)}" for one in bias.shares)
    return charts.bars(f"答えた人の{bias.attribute}", f"{bias.finding}{said}。", rows)


def _beside(share: float | None) -> str:
    return "" if share is None else f"(人口では{share:.0%})"


def rows(meter: Meter) -> Sequence[tuple[Cell, ...]]:
    """All parts in one table."""
    return [
        (one.attribute, row.name, row.people, _percent(row.share), _percent(row.of_population))
        for one in meter.parts
        for row in one.shares
    ]


def _percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)

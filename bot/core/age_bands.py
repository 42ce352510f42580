"""The five coarse age bands (年代) that a poll may ask for, and the same bands of the population. Pure.

A ballot holds a band's number, or DECLINED for 答えない. The population's youngest band begins at 15: small children
answer no polls, and would make everybody of that band look as if they had stayed away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.core.profiles import Count
from content.formats.column_words import AGES

BANDS: Final = ("29歳まで", "30歳から49歳", "50歳から64歳", "65歳から74歳", "75歳から")
DECLINED: Final = len(BANDS)  # 答えない: asked, and not asked again
YOUNGEST: Final = 15
_STARTS: Final = tuple(AGES.index(one) for one in ("15-19歳", "30-34歳", "50-54歳", "65-69歳", "75-79歳"))


def fits(band: int) -> bool:
    """Whether this can be an answer to the question."""
    return 0 <= band <= DECLINED


def population(count: Count) -> dict[str, int]:
    """People by the number of their band, of 15 years and more; {} where the table has no ages."""
    ends = (*_STARTS[1:], None)
    found = {
        str(at): people
        for at, (start, end) in enumerate(zip(_STARTS, ends, strict=True))
        if (people := count.aged(start, end)) is not None
    }
    return found if len(found) == len(BANDS) else {}


def name(key: str, others: Mapping[str, str]) -> str:
    """A band's number as a row is called; what is none is looked up among `others`."""
    return BANDS[int(key)] if key.isdigit() and int(key) < len(BANDS) else others.get(key, "")

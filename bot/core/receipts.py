"""Receipt numbers that can be said on the telephone: 富-1234-5. Pure.

The last digit is a check digit (Damm, 2004: finds every single wrong digit and every swap of neighbours), so that
a slip of the tongue never opens somebody else's matter.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

FIRST: Final = 1000  # four digits from the first inquiry on
# Damm's quasigroup of order 10 (https://en.wikipedia.org/wiki/Damm_algorithm).
_TABLE: Final = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_WRITTEN: Final = re.compile(r"(?:([一-鿿])[\s-]*)?(\d{4,9})[\s-]*(\d)")
_HYPHENS: Final = re.compile(r"[‐‑‒–—―−ーｰ－]")


def number(city: str, row: int) -> str:
    """The receipt number of an inquiry's row id; `city` is the municipality's name, whose first letter leads."""
    digits = str(FIRST + row)
    return f"{city[0]}-{digits}-{_check(digits)}"


def read(text: str, city: str) -> int | None:
    """The row id of a receipt number as people write it: full width, without hyphens, without the letter.

    None when it is none, when the check digit is wrong, or when it begins with another city's letter.
    """
    plain = _HYPHENS.sub("-", unicodedata.normalize("NFKC", text)).strip()
    found = _WRITTEN.fullmatch(plain)
    if found is None or found[1] not in (None, city[0]) or _check(found[2]) != int(found[3]):
        return None
    row = int(found[2]) - FIRST
    return row if row > 0 else None


def _check(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _TABLE[interim][int(digit)]
    return interim

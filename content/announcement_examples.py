"""Example wording for the usual kinds of announcements (行事, 募集, 清掃, 防災, 中止・順延, お願い).

What has to be filled in is marked with 〇; bot.core.announcement_rules.gap finds what was left.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Example:
    """One kind's wording in Japanese and やさしい日本語; `date` to `contact` are its particulars."""

    name: str
    hint: str
    title: str
    body: str
    date: str
    place: str
    audience: str
    contact: str
    easy_title: str
    easy_body: str


@lru_cache(maxsize=1)
def examples() -> dict[str, Example]:
    """By kind, in the order in which they are offered."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {kind: Example(**{name: text.strip() for name, text in table.items()}) for kind, table in tables.items()}

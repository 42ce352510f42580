"""The fixed phrases, one catalogue (TOML) a language, sections per area.

    phrases("en").say("answer.desk", desk="...")

A catalogue's `[meta]` table says who wrote it: `by` is "human" or "machine", `machine` lists the keys that
a machine wrote in a catalogue of people's. Keys and placeholders are the same in every catalogue (a test holds it).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from content.language import of_catalogue

FOLDER = Path(__file__).parent
SERVED: Final = {
    "ja": "日本語",
    "easy-ja": "やさしい日本語",
    "en": "English",
    "pt": "Português",
    "vi": "Tiếng Việt",
    "zh-Hans": "中文",
    "tl": "Filipino",
    "es": "Español",
}
"""The languages a resident can choose, each by its own name; each has a catalogue."""


@dataclass(frozen=True)
class Phrases:
    """One language's phrases, under dotted keys."""

    language: str
    texts: Mapping[str, str]
    machine: frozenset[str]

    def say(self, key: str, /, **values: object) -> str:
        """The phrase with its {placeholders} filled in; KeyError for an unknown key or a missing value."""
        return self.texts[key].format_map(values).strip("\n")

    def has(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self.texts


def phrases(language: str) -> Phrases:
    """The catalogue of a language, or the nearest one there is (English for languages without)."""
    return _load(of_catalogue(language, languages()))


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@lru_cache(maxsize=32)
def _load(language: str) -> Phrases:
    tables = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    meta = tables.pop("meta")
    texts = dict(_flat("", tables))
    machine = texts.keys() if meta["by"] == "machine" else meta.get("machine", ())
    return Phrases(language, texts, frozenset(machine))


def _flat(prefix: str, table: Mapping[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _flat(f"{prefix}{key}.", value)
        else:
            found.append((prefix + key, str(value)))
    return found

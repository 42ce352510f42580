"""What residents are told before anything of theirs is kept, by version: one file for each kind and version.

A file is never changed once people have seen it. A new wording is a new file with the next number, its day and what
changed; the newest must be what the catalogues say (a test holds it), so that no text changes unnoticed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
# kind -> the phrases that are shown, in their order.
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "register": ("chat.kept_title", "chat.kept_here", "chat.kept_line", "chat.kept_never", "chat.kept_agree"),
    "statement": ("statement.names", "statement.kept", "statement.kept_link"),
    "inquiry": ("inquiry.start_body", "inquiry_form.intro", "inquiry_form.contact_hint"),
}


@dataclass(frozen=True)
class Version:
    """One version: its day, what changed (Japanese), the text in each language, {placeholders} as they stand."""

    kind: str
    version: int
    day: date
    changed: str
    texts: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def versions() -> tuple[Version, ...]:
    """All of them, by kind in the order of KEYS, the newest first."""
    found = [_read(path) for path in FOLDER.glob("*.toml")]
    return tuple(sorted(found, key=lambda one: (list(KEYS).index(one.kind), -one.version)))


def current(kind: str) -> int:
    """The number of the newest version."""
    return max(one.version for one in versions() if one.kind == kind)


def _read(path: Path) -> Version:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    texts = {language: tuple(lines) for language, lines in data["texts"].items()}
    return Version(path.stem.rpartition("-")[0], data["version"], data["day"], data["changed"], texts)

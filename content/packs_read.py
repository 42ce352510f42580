"""Reading cells and keys: text to values, each failure noted with its file, line and mend."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from content.packs_model import Problem

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SPLIT = re.compile(r"(?<!\\);")


@dataclass(slots=True)
class Notes:
    """The problems found so far while a pack is read."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, file: str, line: int, why: str) -> None:
        self.errors.append(Problem(file, line, why))

    def warn(self, file: str, line: int, why: str) -> None:
        self.warnings.append(Problem(file, line, why))


def read_text(path: Path, name: str, notes: Notes) -> str | None:
    """The text of a UTF-8 file (with or without BOM), line ends made LF; None after noting why not."""
    try:
        raw = path.read_bytes()
    except OSError as problem:
        notes.error(name, 0, f"cannot be read ({problem.strerror or type(problem).__name__})")
        return None
    if b"\0" in raw:
        notes.error(name, 0, "is a binary file; put a UTF-8 text file here or remove it")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        notes.error(name, line, "is not UTF-8 (a file saved by Excel as cp932?); save it as CSV UTF-8")
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split(cell: str) -> tuple[str, ...]:
    """The values of a cell; `;` separates them (GIF 441), one after a backslash is text."""
    parts = (part.replace("\\;", ";").strip() for part in _SPLIT.split(cell))
    return tuple(part for part in parts if part)


def join(values: tuple[str, ...]) -> str:
    return ";".join(value.replace(";", "\\;") for value in values)


@dataclass(slots=True)
class Fields:
    """One row or one front matter: values by name, each error noted under its own line."""

    file: str
    values: dict[str, Any]
    notes: Notes
    line_of: Callable[[str], int]

    def error(self, key: str, why: str) -> None:
        self.notes.error(self.file, self.line_of(key), why)

    def warn(self, key: str, why: str) -> None:
        self.notes.warn(self.file, self.line_of(key), why)

    def text(self, key: str, *, needed: bool = False) -> str:
        value = self.values.get(key)
        if value is None:
            value = ""
        if isinstance(value, bool) or not isinstance(value, str | int | float | date):
            self.error(key, f"{key} must be text; put it in quotes")
            return ""
        word = str(value).replace("\r\n", "\n").strip()
        if needed and not word:
            self.error(key, f"{key} is missing; write it")
        return word

    def maybe(self, key: str) -> str | None:
        return self.text(key) or None

    def words(self, key: str) -> tuple[str, ...]:
        """A list in YAML or TOML, a `;` list in a cell."""
        value = self.values.get(key)
        if isinstance(value, str):
            return split(value)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str | int | date) for one in value):
            self.error(key, f"{key} must be a list of texts (each on its own line after '- ')")
            return ()
        return tuple(word for one in value if (word := str(one).strip()))

    def day(self, key: str) -> date | None:
        value = self.values.get(key)
        if isinstance(value, datetime):
            value = str(value)
        if isinstance(value, date):
            return value
        word = self.text(key)
        if not word:
            return None
        found = None
        if _DAY.fullmatch(word):
            with suppress(ValueError):
                found = date(*map(int, word.split("-")))
        if found is None:
            self.error(key, f"{key} {word[:40]!r} is not a date; write YYYY-MM-DD, for example 2026-11-22")
        return found

    def clock(self, key: str) -> time | None:
        word = self.text(key)
        if not word:
            return None
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", word, re.ASCII):
            self.error(key, f"{key} {word[:40]!r} is not a time; write HH:MM, for example 09:30")
            return None
        return time.fromisoformat(word)

    def count(self, key: str) -> int | None:
        word = self.text(key)
        if not word:
            return None
        if not re.fullmatch(r"\d{1,9}", word, re.ASCII):
            self.error(key, f"{key} {word[:40]!r} is not a whole number; write digits only")
            return None
        return int(word)

    def degrees(self, key: str, limit: float) -> float | None:
        word = self.text(key)
        if not word:
            return None
        if not re.fullmatch(r"-?\d{1,3}(\.\d{1,15})?", word, re.ASCII) or abs(float(word)) > limit:
            self.error(key, f"{key} {word[:40]!r} is not in degrees; write for example 35.158285")
            return None
        return float(word)

    def flag(self, key: str) -> bool:
        value = self.values.get(key)
        if isinstance(value, bool):
            return value
        word = self.text(key).lower()
        if word in {"", "0", "false"}:
            return False
        if word in {"1", "true"}:
            return True
        self.error(key, f"{key} {word[:40]!r} is neither 1 nor empty")
        return False

    def one_of(self, key: str, choices: tuple[str, ...], default: str) -> str:
        word = self.text(key) or default
        if word not in choices:
            self.error(key, f"{key} {word[:40]!r} is unknown; write one of {', '.join(choices)}")
            return default
        return word

    def identifier(self, key: str) -> str:
        word = self.text(key, needed=True)
        if word and not ID.fullmatch(word):
            self.error(key, f"{key} {word[:80]!r} must be of a-z, 0-9, '-', '_' and '.'")
            return ""
        return word

"""A pack: one municipality's knowledge as files. Load, check and write such a directory.

    municipality.toml   names, words, languages, thresholds
    districts.csv       one row a district
    desks.csv           whom to ask
    entries/**/*.md     faq, guide, case: one entry a file
    activities.csv facilities.csv organisations.csv grants.csv plans.csv population.csv volunteers.csv

Only the path given is read; nothing is kept between calls.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from bot.errors import BadInputError
from content import packs_check, packs_entries, packs_tables
from content.packs_model import (
    MARKDOWN_KINDS,
    TABLE_KINDS,
    Activity,
    Desk,
    District,
    Entry,
    Municipality,
    Pack,
    Problem,
    Report,
    Source,
    Translation,
    desk_entry,
    order,
)
from content.packs_read import Fields, Notes, read_text
from content.recurrence import Occurrence, next_occurrence, occurrences

__all__ = [
    "SHIPPED",
    "Activity",
    "Desk",
    "District",
    "Entry",
    "Municipality",
    "Occurrence",
    "Pack",
    "Problem",
    "Report",
    "Source",
    "Translation",
    "check",
    "dump",
    "load",
    "next_occurrence",
    "occurrences",
]

SHIPPED = Path(__file__).with_name("packs")
"""The folder of the two packs that come with the product: `SHIPPED / "fuji"`, `SHIPPED / "tomioka"`."""

_TOML = "municipality.toml"
_TOP = ("id", "name", "code", "prefecture", "public_name", "languages")
_TABLES = ("contacts", "words", "response_words", "thresholds")
_SHOWN = 40


@dataclass(slots=True)
class _Read:
    """What a directory gave, with the places the values came from."""

    notes: Notes
    municipality: Municipality | None
    districts: list[tuple[str, int, District]]
    desks: list[tuple[str, int, Desk]]
    entries: list[packs_check.Placed]

    def pack(self) -> Pack | None:
        if self.municipality is None or self.notes.errors:
            return None
        return Pack(
            self.municipality,
            tuple(district for _, _, district in self.districts),
            tuple(sorted((desk for _, _, desk in self.desks), key=lambda desk: desk.id)),
            tuple(sorted(self.all_entries(), key=order)),
        )

    def all_entries(self) -> list[Entry]:
        return [entry for _, _, entry in self.entries] + [desk_entry(desk) for _, _, desk in self.desks]


def load(path: Path) -> Pack:
    """The pack in a directory. BadInputError lists every error as file:line: why, one a line."""
    read = _read(path)
    pack = read.pack()
    if pack is None:
        problems = packs_check.report([], [], read.notes).errors
        lines = [str(problem) for problem in problems[:_SHOWN]]
        if len(problems) > _SHOWN:
            lines.append(f"and {len(problems) - _SHOWN} more")
        raise BadInputError(f"{path} is not a pack we can load:\n" + "\n".join(lines))
    return pack


def check(path: Path) -> Report:
    """The same without raising: counts, errors and warnings, whatever the directory holds."""
    read = _read(path)
    return packs_check.report([one for _, _, one in read.districts], read.all_entries(), read.notes)


def _read(path: Path) -> _Read:
    notes = Notes()
    read = _Read(notes, None, [], [], [])
    if not path.is_dir():
        notes.error(path.name or str(path), 0, "is not a directory; give the pack's directory")
        return read
    read.municipality = _municipality(path, notes)
    read.districts = _districts(path, notes)
    read.desks = _desks(path, notes)
    read.entries = [*_markdown(path, notes), *_tables(path, read.municipality, notes)]
    known = frozenset(district.id for _, _, district in read.districts)
    packs_check.check_ids([(file, line, one.id) for file, line, one in read.districts], notes)
    named = [(file, line, desk.id) for file, line, desk in read.desks]
    named += [(file, line, entry.id) for file, line, entry in read.entries]
    packs_check.check_ids(named, notes)
    packs_check.check_lengths(_lengths(read), notes)
    packs_check.check_districts(read.districts, notes)
    packs_check.check_desks(read.desks, known, notes)
    packs_check.check_entries(read.entries, known, frozenset(desk.id for _, _, desk in read.desks), notes)
    if read.municipality:
        packs_check.check_municipality(read.municipality, [desk for _, _, desk in read.desks], _TOML, notes)
    return read


def _lengths(read: _Read) -> list[tuple[str, int, str, int]]:
    found = [(file, line, one.title, 200) for file, line, one in read.entries]
    found += [(file, line, one.name, 120) for file, line, one in read.desks]
    for file, line, district in read.districts:
        found += [(file, line, district.id, 40), (file, line, district.name, 40), (file, line, district.kana, 60)]
    if read.municipality:
        found += [(_TOML, 0, read.municipality.id, 32), (_TOML, 0, read.municipality.name, 60)]
    return found


def _municipality(path: Path, notes: Notes) -> Municipality | None:
    if not (path / _TOML).is_file():
        notes.error(_TOML, 0, "is missing; a pack needs it (names, code, words, languages)")
        return None
    text = read_text(path / _TOML, _TOML, notes)
    if text is None:
        return None
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        at = re.search(r"at line (\d+)", str(problem))
        notes.error(_TOML, int(at[1]) if at else 0, f"is not TOML ({str(problem)[:80]}); correct that line")
        return None
    lines = text.split("\n")

    def line_of(key: str) -> int:
        starts = [at for at, line in enumerate(lines, 1) if re.match(rf"\[?{re.escape(key)}\b", line)]
        return starts[0] if starts else 0

    fields = Fields(_TOML, values, notes, line_of)
    before = len(notes.errors)
    for key in values:
        if key not in {*_TOP, *_TABLES}:
            fields.error(key, f"{key[:40]} is unknown; the keys are {', '.join((*_TOP, *_TABLES))}")
    code = fields.text("code", needed=True)
    if code and not re.fullmatch(r"\d{6}", code, re.ASCII):
        fields.error("code", "code must be the six digits of the municipality's code, in quotes")
    found = Municipality(
        id=fields.identifier("id"),
        name=fields.text("name", needed=True),
        code=code,
        prefecture=fields.text("prefecture", needed=True),
        public_name=fields.text("public_name", needed=True),
        contacts=_texts(fields, "contacts"),
        words=_texts(fields, "words"),
        languages=fields.words("languages") or ("ja",),
        response_words=_texts(fields, "response_words"),
        thresholds=_numbers(fields, "thresholds"),
    )
    return found if len(notes.errors) == before else None


def _texts(fields: Fields, key: str) -> dict[str, str]:
    value = fields.values.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        fields.error(key, f'[{key}] must hold lines of name = "text"')
        return {}
    return dict(value)


def _numbers(fields: Fields, key: str) -> dict[str, float]:
    value = fields.values.get(key, {})
    if not isinstance(value, dict) or not all(type(one) in {int, float} for one in value.values()):
        fields.error(key, f"[{key}] must hold lines of name = number")
        return {}
    return {name: float(one) for name, one in value.items()}


def _districts(path: Path, notes: Notes) -> list[tuple[str, int, District]]:
    file = "districts.csv"
    if not (path / file).is_file():
        notes.error(file, 0, "is missing; a pack needs one row for each district")
        return []
    text = read_text(path / file, file, notes)
    found = packs_tables.districts(text, file, notes) if text is not None else []
    if text is not None and not found:
        notes.error(file, 1, "has no district; write one row for each")
    return [(file, line, district) for line, district in found]


def _desks(path: Path, notes: Notes) -> list[tuple[str, int, Desk]]:
    file = "desks.csv"
    if not (path / file).is_file():
        notes.error(file, 0, "is missing; a pack needs at least one desk to send people to")
        return []
    text = read_text(path / file, file, notes)
    found = packs_tables.desks(text, file, notes) if text is not None else []
    return [(file, at, desk) for at, desk in found]


def _tables(path: Path, municipality: Municipality | None, notes: Notes) -> list[packs_check.Placed]:
    found: list[packs_check.Placed] = []
    for kind, file in TABLE_KINDS.items():
        if (path / file).is_file() and (text := read_text(path / file, file, notes)) is not None:
            read = packs_tables.entries(text, file, kind, municipality, notes)
            found += [(file, line, entry) for line, entry in read]
    return found


def _markdown(path: Path, notes: Notes) -> list[packs_check.Placed]:
    found: list[packs_check.Placed] = []
    for one in sorted((path / "entries").rglob("*.md")):
        file = one.relative_to(path).as_posix()
        text = read_text(one, file, notes)
        entry = packs_entries.parse(text, file, notes) if text is not None else None
        if entry is not None:
            found.append((file, 1, entry))
    return found


def dump(pack: Pack, path: Path) -> None:
    """Write a pack into a new or empty directory: `load` gives an equal pack, the same bytes each time."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadInputError(f"{path} is not an empty directory; export into a new one")
    files = {
        _TOML: _toml(pack.municipality),
        "districts.csv": packs_tables.dump_districts(pack.districts),
        "desks.csv": packs_tables.dump_desks(pack.desks),
    }
    for kind, file in TABLE_KINDS.items():
        of_kind = [entry for entry in pack.entries if entry.kind == kind]
        if kind == "shelter" and not of_kind:
            continue  # a pack may do without
        files[file] = packs_tables.dump_entries(kind, of_kind, pack.municipality)
    for entry in pack.entries:
        if entry.kind in MARKDOWN_KINDS:
            files[f"entries/{entry.kind}/{entry.id}.md"] = packs_entries.dump(entry)
    for file, text in files.items():
        target = path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def _toml(one: Municipality) -> str:
    lines = [f"{key} = {_quoted(getattr(one, key))}" for key in _TOP[:-1]]
    lines.append(f"languages = [{', '.join(_quoted(language) for language in one.languages)}]")
    for table in _TABLES:
        lines += ["", f"[{table}]"]
        for key, value in getattr(one, table).items():
            lines.append(f"{_key(key)} = {value if isinstance(value, float) else _quoted(value)}")
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key)


def _quoted(text: str) -> str:
    """A TOML basic string (TOML 1.0: control characters must be escaped)."""
    out = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char >= " " and char != "\x7f" else f"\\u{ord(char):04x}" for char in out) + '"'

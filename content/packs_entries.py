"""Entries as Markdown files: YAML front matter and a body, one entry a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from content.packs_model import AUDIENCES, LANGUAGES, MARKDOWN_KINDS, Entry, Source, Translation
from content.packs_read import Fields, Notes

_FRONT = re.compile(r"\A---\n(?P<front>.*?\n)---[ \t]*(?:\n(?P<body>.*))?\Z", re.DOTALL)
_KEYS = (
    "id", "kind", "title", "questions", "districts", "keywords", "aliases", "valid_from", "valid_to",
    "source", "owner", "contact", "checked_on", "audience", "sample", "family", "translations",
    "extra", "draft", "imported",
)  # fmt: skip
_SHORT = 10_000  # characters; the front matter of an entry has 1,000 to 3,000
_SOURCE_KEYS = ("title", "url", "date")
_TRANSLATION_KEYS = ("title", "body", "questions", "by")


class _BadFrontError(Exception):
    """The front matter is no mapping of texts, lists and mappings; carries line and reason."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


def _plain(node: yaml.Node, lines: dict[str, int], path: str = "", depth: int = 0) -> Any:
    """A YAML node as str, list and dict; `lines` gets the line of every key by its dotted path."""
    line = node.start_mark.line + 2  # the first line of the front matter is the file's second
    if isinstance(node, yaml.ScalarNode):
        return "" if node.value in {"~", "null"} and node.style is None else str(node.value)
    if depth > 4:
        raise _BadFrontError(line, "the front matter is nested too deeply; keep to the keys the manual names")
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, lines, path, depth + 1) for one in node.value]
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in values:
            raise _BadFrontError(key_node.start_mark.line + 2, f"{key} stands twice; keep one")
        dotted = f"{path}.{key}" if path else key
        lines[dotted] = key_node.start_mark.line + 2
        values[key] = _plain(value_node, lines, dotted, depth + 1)
    return values


def _loader(text: str) -> type[yaml.SafeLoader]:
    """The C loader is ten times as fast, but very deep nesting overflows its stack; short texts cannot nest so deep."""
    quick = getattr(yaml, "CSafeLoader", None)
    return quick if quick is not None and len(text) <= _SHORT else yaml.SafeLoader


def _front(text: str, lines: dict[str, int]) -> dict[str, Any]:
    try:
        node = yaml.compose(text, Loader=_loader(text))
        value = _plain(node, lines) if node is not None else {}
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        raise _BadFrontError(
            (mark.line if mark else 0) + 2, f"the front matter is not YAML: {problem.problem}"
        ) from problem
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise _BadFrontError(2, "the front matter is not YAML; remove control characters and deep nesting") from problem
    if not isinstance(value, dict):
        raise _BadFrontError(2, "the front matter must be lines of 'key: value'")
    return value


def parse(text: str, file: str, notes: Notes) -> Entry | None:
    """The entry of one Markdown file; None after noting why it is none."""
    found = _FRONT.match(text)
    if not found:
        notes.error(file, 1, "has no front matter; begin with a line '---', the keys, and a line '---'")
        return None
    lines: dict[str, int] = {}
    try:
        values = _front(found["front"], lines)
    except _BadFrontError as bad:
        notes.error(file, bad.line, bad.why)
        return None
    fields = Fields(file, values, notes, lambda key: lines.get(key, 1))
    for key in values:
        if key not in _KEYS:
            fields.error(key, f"{key} is no key of an entry; the keys are {', '.join(_KEYS)}")
    body = (found["body"] or "").strip()
    if not body and not fields.flag("draft"):
        notes.error(file, found["front"].count("\n") + 3, "has no body; write the answer below the second '---'")
    kind = fields.one_of("kind", MARKDOWN_KINDS, "faq")
    return common(fields, kind, body=body, nested=True)


def common(fields: Fields, kind: str, *, body: str, nested: bool) -> Entry:
    """The fields every entry has, from front matter (`nested`) or from a row's columns without prefix."""
    return Entry(
        id=fields.identifier("id"),
        kind=kind,
        title=fields.text("title", needed=True),
        body=body,
        source=_source(fields, nested=nested),
        questions=fields.words("questions"),
        districts=fields.words("districts"),
        keywords=fields.words("keywords"),
        aliases=fields.words("aliases"),
        valid_from=fields.day("valid_from"),
        valid_to=fields.day("valid_to"),
        owner=fields.text("owner"),
        contact=fields.maybe("contact"),
        checked_on=fields.day("checked_on"),
        audience=fields.one_of("audience", AUDIENCES, "resident"),
        translations=_translations(fields) if nested else {},
        sample=fields.flag("sample"),
        family=fields.maybe("family"),
        extra=_texts(fields, "extra") if nested else {},
        draft=fields.flag("draft"),
        imported=fields.flag("imported"),
    )


def _sub(fields: Fields, key: str, allowed: tuple[str, ...]) -> Fields:
    """The mapping under `key` as fields of its own."""
    value = fields.values.get(key) or {}
    if not isinstance(value, dict):
        fields.error(key, f"{key} must be lines of 'key: value' under it")
        value = {}
    for name in value:
        if name not in allowed:
            fields.error(f"{key}.{name}", f"{key}.{name} is unknown; write one of {', '.join(allowed)}")
    return Fields(fields.file, value, fields.notes, lambda name: fields.line_of(f"{key}.{name}"))


def _source(fields: Fields, *, nested: bool) -> Source:
    if not nested:
        title, url, day = fields.text("source_title"), fields.maybe("source_url"), fields.day("source_date")
    else:
        part = _sub(fields, "source", _SOURCE_KEYS)
        title, url, day = part.text("title"), part.maybe("url"), part.day("date")
    if not title and not fields.flag("draft"):
        fields.error("source" if nested else "source_title", "the source is missing; name the document or page")
    if url and not re.match(r"https?://[^\s]+\Z", url):
        fields.error("source", f"the source's url {url[:60]!r} is none; write https://...")
    return Source(title, url, day)


def _translations(fields: Fields) -> dict[str, Translation]:
    found: dict[str, Translation] = {}
    languages = _sub(fields, "translations", LANGUAGES)
    for language in sorted(languages.values):
        part = _sub(languages, language, _TRANSLATION_KEYS)
        found[language] = Translation(
            title=part.text("title", needed=True),
            body=part.text("body", needed=True),
            questions=part.words("questions"),
            by=part.one_of("by", ("human", "machine"), "machine"),
        )
    return found


def _texts(fields: Fields, key: str) -> dict[str, str]:
    value = fields.values.get(key) or {}
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        fields.error(key, f"{key} must be lines of 'name: text' under it")
        return {}
    return {name: value[name] for name in sorted(value)}


class _Dumper(yaml.SafeDumper):
    """Block texts for what has several lines, so that a person can edit them."""


def _represent(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _represent)


def dump(entry: Entry) -> str:
    """The file of an entry: `parse(dump(entry)) == entry`, the same bytes each time."""
    source = {"title": entry.source.title, "url": entry.source.url, "date": _day(entry.source.date)}
    values: dict[str, Any] = {
        "id": entry.id,
        "kind": entry.kind,
        "title": entry.title,
        "questions": list(entry.questions),
        "districts": list(entry.districts),
        "keywords": list(entry.keywords),
        "aliases": list(entry.aliases),
        "valid_from": _day(entry.valid_from),
        "valid_to": _day(entry.valid_to),
        "source": _filled(source),
        "owner": entry.owner,
        "contact": entry.contact,
        "checked_on": _day(entry.checked_on),
        "audience": entry.audience if entry.audience != "resident" else None,
        "sample": "true" if entry.sample else None,
        "family": entry.family,
        "translations": {lang: _translation(entry.translations[lang]) for lang in sorted(entry.translations)},
        "extra": dict(sorted(entry.extra.items())),
        "draft": "true" if entry.draft else None,
        "imported": "true" if entry.imported else None,
    }
    front = yaml.dump(_filled(values), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{front}---\n{entry.body}\n"


def _translation(one: Translation) -> dict[str, Any]:
    return _filled({"title": one.title, "body": one.body, "questions": list(one.questions), "by": one.by})


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _day(value: object) -> str | None:
    return str(value) if value else None

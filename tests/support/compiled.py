"""What each app makes for itself, made once for a test process: nearly every test has an app of its own.

All of it follows from its key alone: templates, the addresses of routes, the index over a pack's entries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from bot.core.knowledge import Knowledge, Meanings
from bot.services import answers

INDEXES = 6  # of different contents, the newest last
_indexed: list[tuple[Any, Knowledge]] = []
_build = answers.build


class Templates(BytecodeCache):
    """The code of templates, by name and text."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


class KnownRule(Rule):
    """A route: the function that builds its address follows from what stands here in the key."""

    _kept: ClassVar[dict[tuple[Any, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in self._kept:
            self._kept[key] = super()._compile_builder(append_unknown)
        return self._kept[key]


def build(municipality: Any, districts: Any, desks: Any, entries: Any, meanings: Meanings | None = None) -> Knowledge:
    """The knowledge of this content; the same object again for the same content, as it is never changed."""
    if meanings is not None:
        return _build(municipality, districts, desks, entries, meanings)
    content = (municipality, tuple(districts), tuple(desks), tuple(entries))
    for known, knowledge in list(_indexed):
        if known == content:
            return knowledge
    made = _build(*content)
    _indexed.append((content, made))
    del _indexed[:-INDEXES]
    return made


def keep() -> None:
    """Let everything made from now on in this process share them."""
    Flask.jinja_options = {"bytecode_cache": Templates()}
    Flask.url_rule_class = KnownRule
    answers.build = build

"""The user guide: one task a file in `handlers/console/guide`, the same text in the console's help and on the web.

A file is a small part of Markdown: `#` the task, `##` a part of it, `1.` steps, `-` points, `**a button's words**`,
`[words](other-task.md)`, and `![what is seen](../static/guide/name.png)` below a step. Everything else is plain text.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup, escape

from bot.errors import NotFoundError

FOLDER: Final = Path(__file__).parent / "guide"
PICTURES: Final = Path(__file__).parent / "static" / "guide"
# The index, in the order of the menu: (heading, tasks).
GROUPS: Final = (
    ("はじめに", ("home", "calendar", "practice", "sign-in", "line")),
    (
        "知らせる",
        (
            "announcement-write",
            "announcement-approve",
            "announcement-why",
            "announcement-more",
            "activity-add",
            "activity-rain",
            "circular",
            "slip",
            "weather",
            "budget",
        ),
    ),
    (
        "聞く",
        ("round-table", "round-table-print", "round-table-record", "voices", "voices-paper", "poll", "poll-export"),
    ),
    ("答える", ("question", "inquiry", "referral", "entry", "import")),
    ("地区と人", ("district-contact", "organisation", "figures", "handover", "invite")),
    ("管理", ("setup", "settings", "health", "record")),
)
_PICTURE = re.compile(r"!\[([^\]]*)\]\(\.\./static/guide/([\w-]+\.png)\)")
_LINK = re.compile(r"\[([^\]]+)\]\(([\w-]+)\.md\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_ITEM = re.compile(r"(?:(\d+)\.|-) (.*)")


@dataclass(frozen=True)
class Task:
    """One file of the guide. `lead`: what it is for and who does it; `text`: the file without its heading."""

    slug: str
    title: str
    text: str

    @property
    def lead(self) -> str:
        return _joined(self.text.split("\n\n", 1)[0].splitlines())

    @property
    def pictures(self) -> tuple[str, ...]:
        """The files of its pictures, in their order."""
        return tuple(name for _, name in _PICTURE.findall(self.text))


@cache
def tasks() -> dict[str, Task]:
    """Every task of the index, by the name of its file."""
    return {slug: _read(slug) for _, slugs in GROUPS for slug in slugs}


def task(slug: str) -> Task:
    """One task; NotFoundError for a name that the guide does not have."""
    found = tasks().get(slug)
    if found is None:
        raise NotFoundError("その使い方は、ありません。メニューの「使い方」からさがしてください。")
    return found


@dataclass(frozen=True)
class Pen:
    """How a text is drawn. `link` gives the address of a task, `picture` that of a file.

    Without `picture` it is the short form that opens on another page: no pictures, no headings, links in a new window.
    """

    link: Callable[[str], str]
    picture: Callable[[str], str] | None = None

    def render(self, text: str) -> Markup:
        """A file's text as HTML; all its words are escaped."""
        return Markup("\n").join(self._block(block.splitlines()) for block in re.split(r"\n\s*\n", text.strip()))

    def _block(self, lines: list[str]) -> Markup:
        if lines[0].startswith("## "):
            heading = Markup("<h2>{}</h2>") if self.picture else Markup('<p class="label">{}</p>')
            return heading.format(lines[0][3:])
        first = _ITEM.match(lines[0])
        if first is None:
            return Markup("<p>{}</p>").format(self._words(_joined(lines)))
        items: list[list[str]] = []
        for line in lines:
            found = _ITEM.match(line)
            if found:
                items.append([found[2]])
            else:
                items[-1].append(line)
        drawn = Markup("").join(Markup("<li>{}</li>").format(self._words(_joined(item))) for item in items)
        return Markup("<{0}>{1}</{0}>").format("ol" if first[1] else "ul", drawn)

    def _words(self, text: str) -> Markup:
        """Escapes first, so that only what is put in below is a tag."""
        drawn = _PICTURE.sub(self._image, str(escape(text)))
        drawn = _LINK.sub(self._anchor, drawn)
        return Markup(_BOLD.sub(r"<b>\1</b>", drawn))  # noqa: S704 escaped above

    def _image(self, found: re.Match[str]) -> str:
        if self.picture is None:
            return ""
        width, height = size(found[2])
        source = escape(self.picture(found[2]))
        return f'<img src="{source}" alt="{found[1]}" width="{width}" height="{height}" loading="lazy">'

    def _anchor(self, found: re.Match[str]) -> str:
        window = "" if self.picture else ' target="_blank" rel="noopener"'
        return f'<a href="{escape(self.link(found[2]))}"{window}>{found[1]}</a>'


def size(name: str) -> tuple[int, int]:
    """Width and height of a picture in px, from its header (PNG, section 11.2.2), so that the page does not jump."""
    with (PICTURES / name).open("rb") as file:
        width, height = struct.unpack(">II", file.read(24)[16:])
    return width, height


def _read(slug: str) -> Task:
    heading, text = (FOLDER / f"{slug}.md").read_text(encoding="utf-8").split("\n", 1)
    return Task(slug, heading.removeprefix("# "), text.strip())


def _joined(lines: list[str]) -> str:
    return "".join(line.strip() for line in lines)

"""One box for everything: pages by what is done there, then what this person may see of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flask import current_app, render_template, request, url_for

from bot.core.permissions import RIGHTS
from bot.services import finding
from bot.services.finding import Hit, Seeker
from content.search import plain_find
from content.search.plain_find import Part
from handlers.console import access, show
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.search_pages import PAGES, Place

MOST_CHARS: Final = 60
MOST_PAGES: Final = 6
FEW_DISTRICTS: Final = 3
# kind -> (its name, the list that shows more of it and takes the words as `q`)
KINDS: Final = {
    "announcement": ("お知らせ", "announcements"),
    "circular": ("回覧の記事", "circulars"),
    "activity": ("行事", "activities"),
    "round_table": ("円卓会議", "round_tables"),
    "statement": ("みんなの声", "statements"),
    "poll": ("アンケート", "polls"),
    "entry": ("記事", "entries"),
    "organisation": ("団体", "organisations"),
    "question": ("答えられなかった質問", "questions"),
    "district": ("地区", "districts"),
    "staff": ("職員・役員", "staff"),
    "inquiry": ("相談・提案", "inquiries"),
}
ENDPOINTS: Final = {
    "announcement": ("announcements_show", "announcement_id"),
    "circular": ("circulars_show", "circular_id"),
    "round_table": ("round_tables_show", "round_table_id"),
    "statement": ("statements_show", "statement_id"),
    "poll": ("polls_show", "poll_id"),
    "entry": ("entries_show", "entry_id"),
    "question": ("questions", ""),  # they stand in groups on one page
    "district": ("districts_show", "district_id"),
    "staff": ("staff_show", "staff_id"),
    "inquiry": ("inquiries_show", "inquiry_id"),
}


@dataclass(frozen=True)
class Row:
    """One result as it is drawn: title and what stands around the words, in pieces."""

    url: str
    title: tuple[Part, ...]
    around: tuple[Part, ...]
    note: str
    districts: tuple[int, ...]


@dataclass(frozen=True)
class Section:
    """The results of a kind."""

    name: str
    rows: tuple[Row, ...]
    total: int
    more: str  # where the rest is


@right("home")
def everything(municipality: str) -> str:
    """What has all the words. Without words: what can be looked for."""
    typed = " ".join(request.args.get("q", "").split())[:MOST_CHARS]
    words = plain_find.words(typed.replace("を", " "))  # 「連絡先を変える」 is two words, too
    seeker = Seeker(municipality, person().actor, now(), words)
    pages = list(_pages(municipality, words))[:MOST_PAGES]
    with context().database.read() as db:
        found = finding.find(db, seeker, show.INQUIRY_CATEGORIES)
    sections = [
        Section(
            KINDS[group.kind][0],
            tuple(_row(municipality, hit, words) for hit in group.hits),
            group.total,
            url_for(f"console.{KINDS[group.kind][1]}", municipality=municipality, q=typed),
        )
        for group in found
    ]
    return render_template("console/search.html", sought=typed, pages=pages, sections=sections)


def _row(municipality: str, hit: Hit, words: tuple[str, ...]) -> Row:
    endpoint, name = ENDPOINTS[hit.page[0]]
    values: dict[str, Any] = {"municipality": municipality} | ({name: hit.page[1]} if name else {})
    return Row(
        url_for(f"console.{endpoint}", **values),
        plain_find.marked(hit.title, words, whole=True),
        plain_find.marked(hit.text, words) if hit.text else (),
        hit.note,
        hit.districts,
    )


def _pages(municipality: str, words: tuple[str, ...]) -> Iterator[tuple[str, tuple[Part, ...]]]:
    """Pages that this person may open: those whose name has the words first."""
    mine = [one for one in PAGES if words and plain_find.has(f"{one.title} {one.words}", words) and _open(one)]
    for one in sorted(mine, key=lambda page: not plain_find.has(page.title, words)):
        yield from _addresses(municipality, one, words)


def _open(page: Place) -> bool:
    need = access.declared(current_app.view_functions[f"console.{page.endpoint}"])
    return need in RIGHTS and person().may(need, place().id)


def _addresses(municipality: str, page: Place, words: tuple[str, ...]) -> Iterator[tuple[str, tuple[Part, ...]]]:
    """The page's address; of a page that each district has, those of one's own districts, the list for many."""
    if not page.of_district:
        here = url_for(f"console.{page.endpoint}", municipality=municipality)
        yield here, plain_find.marked(page.title, words, whole=True)
        return
    need = access.declared(current_app.view_functions[f"console.{page.endpoint}"]) or ""
    mine = my_districts(need)
    if len(mine) > FEW_DISTRICTS:
        title = f"{page.title}(「回覧」から、地区を選びます)"
        yield url_for("console.circulars", municipality=municipality), plain_find.marked(title, words, whole=True)
        return
    for one in mine:
        here = url_for(f"console.{page.endpoint}", municipality=municipality, district_id=one.id)
        yield here, plain_find.marked(f"{page.title}({one.name})", words, whole=True)

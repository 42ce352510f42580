"""お知らせ: what went to this resident's districts; and 前のお知らせ, found by word, month and district."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from bot.core.moments import day_of
from bot.line.limits import MAX_FLEX_LABEL
from bot.line.render import Button, Card, Cards, Open, Picture, Text
from bot.models import Announcement
from bot.now import jst
from bot.services import announcement_archive, announcement_card, announcement_lists, districts
from bot.services.announcement_archive import Wanted
from bot.services.announcement_print import page_url
from content import calendar_text
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

HERE = Option("", "announcements.list")
SEARCH = Option("", "announcements.search")
SHOWN = 8
FOUND = 6  # cards beside each other
MONTHS = 5
SNIPPET = 60  # characters of a text on a card of the list
# What stands before お知らせ and names nothing to look for: the newest are meant, or all earlier ones.
_NEWEST: Final = frozenset(
    (
        "新しい",
        "最近",
        "最新",
        "地区",
        "私の地区",
        "わたしの地区",
        "自分の地区",
        "市",
        "町内会",
        "みんな",
        "今日",
        "きょう",
    )
)
_EARLIER: Final = re.compile(r"前|まえ|以前|過去|これまで|今まで|いままで|昔|むかし|古い|ふるい|全部|すべて")
# 「前のお知らせ 清掃」: the name of the screen, then what is looked for.
_NAMED_FIRST: Final = re.compile(
    rf"(?:{_EARLIER.pattern})の?(?:お知らせ|おしらせ|回覧板?)[\s、,:]*(?P<what>\S.{{0,29}})"
)
_ASKED: Final = re.compile(
    r"(?P<what>.{1,30}?)(?:の|についての|に関する|からの|(?<=い))(?:お知らせ|おしらせ|回覧板?)"
    r"(?:を?(?:見せて|見たい|みたい|読みたい|よみたい|探して|さがして|探す|さがす|教えて|おしえて|ください|下さい)*)"
)


@dataclass(frozen=True)
class _Query:
    """What is looked for, in the words of the button that leads on."""

    words: str = ""
    month: date | None = None
    district: str = ""

    def fields(self, page: int) -> dict[str, str | int]:
        month = f"{self.month:%Y-%m}" if self.month else ""
        return {"w": self.words, "m": month, "d": self.district, "page": page}


class AnnouncementsHandler:
    """The list, the search, and one announcement in full."""

    def wants(self, turn: Turn) -> bool:
        asked = _asked(turn)
        return turn.action.startswith("announcements.") or (asked is not None and _known(turn, asked))

    def handle(self, turn: Turn) -> Outcome:
        asked = _asked(turn)
        if asked is not None:
            turn = turn.pressed(asked.action, **asked.fields)
        if turn.action == "announcements.search":
            return _search(turn)
        if turn.action == "announcements.find":
            return _results(turn, *_query(turn))
        found = announcement_lists.for_resident(turn.session, turn.resident, SHOWN) if turn.resident else []
        if turn.action == "announcements.show" and (wanted := _wanted(turn, found)) is not None:
            return Outcome([_card(turn, wanted)], screens.offering((), HERE, HERE))
        return _list(turn, found)


def _asked(turn: Turn) -> Option | None:
    """What a typed 「防災のお知らせ」 stands for; None for anything else."""
    text = _typed(turn)
    match = _ASKED.fullmatch(text) or _NAMED_FIRST.fullmatch(text)
    if match is None:
        return None
    what = match["what"]
    if what in _NEWEST:
        return HERE
    if _EARLIER.fullmatch(what):
        return SEARCH
    found = _Query()
    for part in re.split(r"の|、|\s+", what):
        if (month := announcement_archive.month_of(part, turn.now)) is not None:
            found = replace(found, month=month)
        elif (key := _district(turn, part)) is not None:
            found = replace(found, district=key)
        elif part:
            found = replace(found, words=f"{found.words} {part}".strip())
    return Option("", "announcements.find", found.fields(0))


def _typed(turn: Turn) -> str:
    return unicodedata.normalize("NFKC", turn.text).strip(" 。?？!！、") if len(turn.text) <= 40 else ""


def _known(turn: Turn, asked: Option) -> bool:
    """Whether something is found for the words; what no announcement tells may still be a question we can answer."""
    words = str(asked.fields.get("w", ""))
    return (
        not words
        or _NAMED_FIRST.fullmatch(_typed(turn)) is not None
        or bool(announcement_archive.find(turn.session, turn.municipality, Wanted(words), 1))
    )


def _district(turn: Turn, name: str) -> str | None:
    """The key of the district with this name, with or without 地区."""
    plain = name.removesuffix("地区")
    return next((one.key for one in districts.listed(turn.session, turn.municipality) if one.name == plain), None)


def _query(turn: Turn) -> tuple[_Query, int]:
    """What a button looks for, and which page of it."""
    month = turn.fields.get("m", "")
    page = turn.fields.get("page", "0")
    first = date.fromisoformat(f"{month}-01") if re.fullmatch(r"20\d\d-(?:0[1-9]|1[0-2])", month) else None
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 0
    return _Query(turn.fields.get("w", "")[: announcement_archive.MAX_WORD], first, turn.fields.get("d", "")), number


def _wanted(turn: Turn, found: Sequence[Announcement]) -> Announcement | None:
    """The announcement of a button: one of the resident's own, or one that everybody may read."""
    chosen = turn.fields.get("id", "")
    own = next((one for one in found if str(one.id) == chosen), None)
    if own is not None or not (chosen.isascii() and chosen.isdigit() and len(chosen) < 16):
        return own
    row = turn.session.get(Announcement, int(chosen))
    public = row is not None and row.municipality_id == turn.municipality and announcement_archive.is_public(row)
    return row if public else None


def _list(turn: Turn, found: list[Announcement]) -> Outcome:
    if not found:
        return Outcome([Text(turn.say("chat.no_announcements"), screens.ways_out(turn))], screens.offering((), HERE))
    earlier = replace(SEARCH, label=turn.say("announce_archive.find")).tap(turn)
    if len(found) == 1:
        card = _card(turn, found[0])
        card = replace(card, choices=(earlier, *card.choices))
        return Outcome([card], screens.offering((), HERE, Option("", "home.menu")))
    options = [
        Option(
            screens.short(f"{day_of(_when(one), 'ja').split('(')[0]} {_title(turn, one)}", MAX_FLEX_LABEL),
            "announcements.show",
            {"id": one.id},
        )
        for one in found
    ]
    return screens.screen(
        turn, title=turn.say("chat.announcements_title"), body=(turn.say("chat.announcements_body"),),
        options=options, here=HERE, back=Option("", "home.menu"), also=(earlier,),
    )  # fmt: skip


def _search(turn: Turn) -> Outcome:
    """The last months as buttons; how to look for a word; the page for everybody."""
    months = announcement_archive.months(turn.session, turn.municipality, turn.now)[:MONTHS]
    options = [
        Option(
            turn.say("announce_archive.month", year=one.year, month=one.month),
            "announcements.find",
            _Query(month=one).fields(0),
        )
        for one in months
    ]
    page = f"{turn.context.settings.public_url}m/{turn.municipality}/announcements"
    card = Card(
        title=turn.say("announce_archive.title"),
        body=(turn.say("announce_archive.how"),),
        buttons=(*(one.tap(turn) for one in options), Open(turn.say("announce_archive.site"), page)),
        choices=screens.ways_out(turn, HERE),
        numbered=len(options),
    )
    return Outcome([card], screens.offering(options, SEARCH, HERE))


def _results(turn: Turn, query: _Query, page: int) -> Outcome:
    """What was found, a page at a time; of the whole municipality, unless a district was named."""
    place = next((one for one in districts.listed(turn.session, turn.municipality) if one.key == query.district), None)
    wanted = Wanted(query.words, query.month, (place.id,) if place else ())
    rows = announcement_archive.find(turn.session, turn.municipality, wanted, FOUND + 1, page * FOUND)
    what = "・".join(_named(turn, query, place.name if place else ""))
    here = Option("", "announcements.find", query.fields(page))
    if not rows:
        said = turn.say("announce_archive.none", what=what or turn.say("announce_archive.title"))
        choices = (replace(SEARCH, label=turn.say("announce_archive.find")).tap(turn), *screens.ways_out(turn, HERE))
        return Outcome([Text(said, choices)], screens.offering((), SEARCH, HERE))
    shown, lead = rows[:FOUND], turn.say("announce_archive.found", what=what)
    options = [Option(_title(turn, one), "announcements.show", {"id": one.id}) for one in shown]
    more = Option(turn.say("announce_archive.more"), "announcements.find", query.fields(page + 1))
    also = [more] if len(rows) > FOUND else []
    cards = tuple(_short(turn, at, one) for at, one in enumerate(shown, 1))
    choices = (*(one.tap(turn) for one in also), *screens.ways_out(turn, SEARCH))
    return Outcome([Text(lead), Cards(cards, lead, choices)], screens.offering([*options, *also], here, SEARCH))


def _named(turn: Turn, query: _Query, district: str) -> Iterator[str]:
    if query.month:
        yield turn.say("announce_archive.month", year=query.month.year, month=query.month.month)
    yield from (part for part in (district, query.words) if part)


def _short(turn: Turn, number: int, one: Announcement) -> Card:
    words = announcement_card.in_language(turn.session, one, turn.speaks)
    snippet = " ".join(words.body.split())
    read = Option(turn.say("announce_archive.read"), "announcements.show", {"id": one.id})
    return Card(
        title=words.title,
        heading=f"{number}  {calendar_text.plain(jst(_when(one)).date(), turn.speaks)} {one.sender}",
        body=(screens.short(snippet, SNIPPET),),
        buttons=(read.tap(turn),),
    )


def _card(turn: Turn, one: Announcement) -> Card:
    """As it was sent, in the resident's language if it was written; its poll, if any, is under 声をとどける."""
    words = announcement_card.in_language(turn.session, one, turn.speaks)
    paragraphs = [part.strip() for part in words.body.split("\n\n") if part.strip()]
    if words.language == announcement_card.LANGUAGE:
        paragraphs += [f"{label}: {text}" for label, text in announcement_card.particulars_of(one)]
    later = [
        turn.say(
            "announce_archive.called_off" if row.kind == "called_off" else "announce_archive.corrected", title=row.title
        )
        for row in announcement_archive.corrected_by(turn.session, one)
    ]
    when = turn.say("chat.announced", day=day_of(_when(one), turn.speaks))
    picture = announcement_card.file(turn.session, one, "picture")
    buttons: tuple[Button, ...] = ()
    if announcement_archive.is_public(one):
        url = page_url(turn.context.settings.public_url, one)
        buttons = (Open(turn.say("announce.button_page"), url),)
    return Card(
        title=words.title,
        body=(*later, *paragraphs),
        heading=one.sender,
        notes=(when,),
        buttons=buttons,
        choices=screens.ways_out(turn, HERE),
        picture=Picture(picture.url, picture.width, picture.height, picture.url) if picture else None,
    )


def _title(turn: Turn, one: Announcement) -> str:
    return announcement_card.in_language(turn.session, one, turn.speaks).title


def _when(one: Announcement) -> datetime:
    return one.frozen_at or one.send_at or one.created_at

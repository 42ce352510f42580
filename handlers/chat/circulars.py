"""回覧 in chat: the issues of one's districts, an issue's items one by one, and 「読みました」, counted without who."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.line.limits import MAX_FLEX_LABEL
from bot.line.render import Card, Message, Open, Picture, Text
from bot.models import Circular, District, Resident
from bot.services import circular_cards, circular_files, circular_reading, circulars, residents
from bot.services.announcement_card import particulars_of
from bot.services.circular_print import item_url, paragraphs
from bot.services.circulars import Issue
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

LIST = Option("", "circular.list")
SHOWN = 6


class CircularHandler:
    """Everything about circular issues."""

    def wants(self, turn: Turn) -> bool:
        return turn.action.startswith("circular.")

    def handle(self, turn: Turn) -> Outcome:
        if turn.action == "circular.list":
            return _list(turn)
        issue = _wanted(turn)
        if issue is None:
            return screens.plain(turn, "circular.gone")
        if turn.action == "circular.done":
            return _done(turn, issue.row)
        item = next((at for at, one in enumerate(issue.items) if str(one.id) == turn.fields.get("item")), None)
        return _contents(turn, issue) if item is None else _item(turn, issue, item)


def show(turn: Turn, circular_id: int) -> Outcome:
    """One issue's list of items, wherever it was asked for."""
    return CircularHandler().handle(turn.pressed("circular.show", circular=circular_id))


def _wanted(turn: Turn) -> Issue | None:
    """The issue of the button, when it was sent to residents of this city."""
    wanted = turn.fields.get("circular", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
        return None
    row = turn.session.get(Circular, int(wanted))
    if row is None or row.municipality_id != turn.municipality:
        return None
    issue = circulars.issue(turn.session, row)
    return issue if issue.told else None


def _list(turn: Turn) -> Outcome:
    found = _mine(turn)
    if not found:
        return screens.plain(turn, "circular.none")
    if len(found) == 1:
        return _contents(turn, circulars.issue(turn.session, found[0]))
    options = [
        Option(
            screens.short(turn.say("circular.issue", place=_place(turn, row), day=_day(turn, row)), MAX_FLEX_LABEL),
            "circular.show", {"circular": row.id},
        )
        for row in found
    ]  # fmt: skip
    return screens.screen(
        turn, title=turn.say("circular.list_title"), body=(turn.say("circular.list_body"),), options=options,
        here=LIST, back=Option("", "announcements.list"),
    )  # fmt: skip


def _mine(turn: Turn) -> Sequence[Circular]:
    """The newest issues of one's own districts; of all for who follows the whole city."""
    found = circulars.published(turn.session, turn.municipality)
    if turn.resident is not None and turn.resident.home_district_id is not None:
        places = {turn.resident.home_district_id, *residents.interests(turn.session, turn.resident)}
        found = [row for row in found if row.district_id in places]
    return found[:SHOWN]


def _contents(turn: Turn, issue: Issue) -> Outcome:
    row = issue.row
    options = [
        Option(screens.short(item.title, MAX_FLEX_LABEL), "circular.item", {"circular": row.id, "item": item.id})
        for item in issue.items
    ]
    done = Option(turn.say("circular.done"), "circular.done", {"circular": row.id})
    url = f"{turn.context.settings.public_url}m/{row.municipality_id}/circulars/{row.id}"
    here = Option("", "circular.show", {"circular": row.id})
    card = Card(
        title=turn.say("circular.title", place=_place(turn, row), day=_day(turn, row)),
        heading=issue.announcement.sender if issue.announcement else "",
        body=(turn.say("circular.body"),),
        notes=_only_japanese(turn),
        buttons=(
            *(option.tap(turn) for option in [*options, done]),
            Open(turn.say("circular.page"), url),
        ),
        choices=screens.ways_out(turn, LIST),
        numbered=len(options) + 1,
    )
    return Outcome([card], screens.offering([*options, done], here, LIST))


def _item(turn: Turn, issue: Issue, at: int) -> Outcome:
    """One item in full; the next one is one tap away, after the last 「読みました」."""
    item, row = issue.items[at], issue.row
    here = Option("", "circular.item", {"circular": row.id, "item": item.id})
    contents = Option(turn.say("circular.all"), "circular.show", {"circular": row.id})
    options = [_after(turn, issue, at), contents]
    files = circular_files.of_items(turn.session, [item])[item.id]
    picture, paper = files.get("picture"), files.get("paper")
    facts = "\n".join(f"{label}: {text}" for label, text in particulars_of(item))
    card = Card(
        title=item.title,
        heading=item.sender,
        body=(*paragraphs(item.body), *([facts] if facts else [])),
        notes=(f"{at + 1}/{len(issue.items)}", *_only_japanese(turn)),
        buttons=(
            *(option.tap(turn) for option in options),
            *([Open(turn.say("announce.button_paper"), paper.url)] if paper else []),
            Open(turn.say("circular.page"), item_url(turn.context.settings.public_url, item)),
        ),
        picture=Picture(picture.url, picture.width, picture.height, picture.url) if picture else None,
        choices=screens.ways_out(turn, contents),
        numbered=len(options),
    )
    return Outcome([card], screens.offering(options, here, contents))


def _after(turn: Turn, issue: Issue, at: int) -> Option:
    if at + 1 < len(issue.items):
        following = {"circular": issue.row.id, "item": issue.items[at + 1].id}
        return Option(turn.say("circular.next"), "circular.item", following)
    return Option(turn.say("circular.done"), "circular.done", {"circular": issue.row.id})


def _done(turn: Turn, row: Circular) -> Outcome:
    """Counted once; the key of the issue is fetched before the transaction."""
    ways = screens.ways_out(turn, LIST)
    key = circular_reading.key_of(turn.context.keystore, row)
    if key is None:
        return Outcome([Text(turn.say("circular.over"), ways)])

    def write(session: Session, resident: Resident) -> Sequence[Message]:
        counted = circular_reading.mark(session, key, row, resident)
        return [Text(turn.say("circular.thanks" if counted else "circular.again"), ways)]

    return Outcome([Text(turn.say("circular.thanks"), ways)], None, write)


def _only_japanese(turn: Turn) -> tuple[str, ...]:
    return () if turn.speaks in ("ja", "easy-ja") else (turn.say("common.only_japanese"),)


def _place(turn: Turn, row: Circular) -> str:
    return turn.session.get_one(District, row.district_id).name


def _day(turn: Turn, row: Circular) -> str:
    return circular_cards.on_day(row.issue_on, turn.speaks)

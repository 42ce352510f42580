"""お知らせ: what went to this resident's districts, newest first."""

from __future__ import annotations

from datetime import datetime

from bot.core.moments import day_of
from bot.line.limits import MAX_FLEX_LABEL
from bot.line.render import Card, Text
from bot.models import Announcement
from bot.services import announcement_lists
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

HERE = Option("", "announcements.list")
SHOWN = 8


class AnnouncementsHandler:
    """The list, and one announcement in full."""

    def wants(self, turn: Turn) -> bool:
        return turn.action.startswith("announcements.")

    def handle(self, turn: Turn) -> Outcome:
        found = announcement_lists.for_resident(turn.session, turn.resident, SHOWN) if turn.resident else []
        if turn.action == "announcements.show":
            wanted = next((one for one in found if str(one.id) == turn.fields.get("id")), None)
            if wanted is not None:
                return Outcome([_card(turn, wanted)], screens.offering((), HERE, HERE))
        return _list(turn, found)


def _list(turn: Turn, found: list[Announcement]) -> Outcome:
    if not found:
        return Outcome([Text(turn.say("chat.no_announcements"), screens.ways_out(turn))], screens.offering((), HERE))
    if len(found) == 1:
        return Outcome([_card(turn, found[0])], screens.offering((), HERE, Option("", "home.menu")))
    options = [
        Option(
            screens.short(f"{day_of(_when(one), 'ja').split('(')[0]} {one.title}", MAX_FLEX_LABEL),
            "announcements.show",
            {"id": one.id},
        )
        for one in found
    ]
    return screens.screen(
        turn, title=turn.say("chat.announcements_title"), body=(turn.say("chat.announcements_body"),),
        options=options, here=HERE, back=Option("", "home.menu"),
    )  # fmt: skip


def _card(turn: Turn, one: Announcement) -> Card:
    """As it was sent; its poll, if it had one, is under 声をとどける."""
    paragraphs = tuple(part.strip() for part in one.body.split("\n\n") if part.strip())
    when = turn.say("chat.announced", day=day_of(_when(one), turn.speaks))
    return Card(one.title, paragraphs, one.sender, (when,), choices=screens.ways_out(turn, HERE))


def _when(one: Announcement) -> datetime:
    return one.frozen_at or one.send_at or one.created_at

"""Stickers, pictures, voices, films, files, places: a kind word each; nothing of them is kept."""

from __future__ import annotations

from typing import Final

from bot.core import answer_text, refuges
from bot.core.activities import HAZARD_ORDER
from bot.line.render import Text
from bot.now import jst
from content.phrases import phrases
from handlers.chat import chooser, names, questions, screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

_WORDS: Final = {
    "message/sticker": "chat.sticker",
    "message/image": "chat.image",
    "message/video": "chat.video",
    "message/audio": "chat.audio",
    "message/file": "chat.file",
}


class AttachmentHandler:
    """Whatever is sent that is no text and no button."""

    def wants(self, turn: Turn) -> bool:
        return turn.event.kind.startswith("message/") and turn.event.kind != "message/text" and not turn.action

    def handle(self, turn: Turn) -> Outcome:
        if turn.event.kind == "message/location":
            return questions.near(turn) or _nearest(turn)
        return screens.plain(turn, _WORDS.get(turn.event.kind, "chat.other_message"))


def _nearest(turn: Turn) -> Outcome:
    """The nearest district's centre; the location itself is forgotten with this turn."""
    found, far = chooser.nearest(turn, 1)
    if not found or far:
        return screens.plain(turn, "chat.place_far")
    place = found[0]
    centre, address = place.district.centre, place.district.address
    said = turn.say("chat.place_near", centre=centre, district=names.full(place, turn.speaks))
    lines = [
        said,
        *([turn.say("chat.place_address", address=address)] if address else []),
        *_refuges(turn),
        turn.say("chat.near_forgotten"),
    ]
    label = screens.short(turn.say("chat.place_activities", district=place.name))
    here = Option(label, "activities.list", {"d": place.key})
    choices = (here.tap(turn), *screens.ways_out(turn))
    return Outcome([Text("\n".join(lines), choices)], screens.offering([here], here))


def _refuges(turn: Turn) -> list[str]:
    """The nearest shelter for each hazard, as which one is asked about is not known."""
    latitude, longitude = turn.event.latitude, turn.event.longitude
    if latitude is None or longitude is None:
        return []
    known = questions.knowledge(turn)
    listed = refuges.shelters(known.readable(jst(turn.now).date()))
    say = phrases(turn.speaks)
    lines = [
        say.say(
            "refuge.each_line",
            hazard=answer_text.hazard_names((hazard,), say),
            name=near.entry.title,
            km=f"{near.km:.1f}",
        )
        for hazard, near in refuges.first_of_each(listed, HAZARD_ORDER, (latitude, longitude))
    ]
    return [say.say("refuge.each"), *lines, say.say("refuge.crow")] if lines else []

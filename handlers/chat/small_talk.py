"""Thanks, 了解, おはよう: a short kind word, and never an entry on the list of unanswered questions."""

from __future__ import annotations

import unicodedata

from bot.line.render import Text
from content import smalltalk
from handlers.chat import screens
from handlers.chat.turn import Outcome, Turn


class SmallTalkHandler:
    """Kind words that ask for nothing; also a picture sign alone."""

    def wants(self, turn: Turn) -> bool:
        return bool(turn.text) and (smalltalk.kind(turn.text) is not None or _only_signs(turn.text))

    def handle(self, turn: Turn) -> Outcome:
        kind = smalltalk.kind(turn.text) or smalltalk.sign(turn.text)
        if kind is None:
            return screens.plain(turn, "answer.empty")
        if not turn.registered and kind == "greeting":
            return screens.plain(turn, "chat.talk_greeting")
        return Outcome([Text(turn.say(f"chat.talk_{kind}"), screens.ways_out(turn))])


def _only_signs(text: str) -> bool:
    """🙂 or ♪: no letter, but more than blanks and marks."""
    return not any(letter.isalnum() for letter in text) and any(unicodedata.category(one) == "So" for one in text)

"""Somebody may be in danger: fixed words with the right number, before limits, conversation and language."""

from __future__ import annotations

from typing import Final

from bot.line.render import Card, Open
from content import emergency, language
from content.phrases import phrases
from handlers.chat.turn import Outcome, Turn

# Whom to call first; for somebody who wants to die a line that is open day and night (よりそいホットライン).
NUMBERS: Final = {"fire": "119", "medical": "119", "crime": "110", "disaster": "119", "suicide": "0120279338"}


class EmergencyHandler:
    """The first handler of all. The conversation stays where it was."""

    def wants(self, turn: Turn) -> bool:
        return turn.event.kind == "message/text" and emergency.find(turn.event.text) is not None

    def handle(self, turn: Turn) -> Outcome:
        kind = emergency.find(turn.event.text)
        assert kind is not None
        prior = turn.resident.language if turn.resident else "ja"
        guess = language.identify(turn.event.text, "ja" if prior == "easy-ja" else prior)
        spoken = guess.language if guess.sure and not (guess.language == "ja" and prior == "easy-ja") else prior
        text = phrases(spoken).say(f"emergency.{kind}")
        first, *rest = text.split("\n")
        number = NUMBERS[kind]
        button = Open(turn.speaking(spoken).say("chat.call_number", number=number), f"tel:{number}")
        card = Card(first, tuple(rest), buttons=(button,), alt=text)
        return Outcome([card], kind="emergency")

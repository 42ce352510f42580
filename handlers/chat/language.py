"""The language of the conversation: which one is used, and the menu where it is chosen.

Every phrase exists in each of them (content.phrases.SERVED); answers may come in more (bot.services.answers). A
single message in another language never changes what was chosen.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.models import Resident
from content.phrases import SERVED
from handlers.chat import home, registration, screens
from handlers.chat.screens import Option
from handlers.chat.turn import COMPLETE, Outcome, Turn


class LanguageHandler:
    """🌐 Language: a button for each, in its own language."""

    def wants(self, turn: Turn) -> bool:
        return turn.action in {"language.menu", "language.set"}

    def handle(self, turn: Turn) -> Outcome:
        wanted = turn.fields.get("to", "")
        if turn.action == "language.set" and wanted in COMPLETE:
            return _chosen(turn, wanted)
        return screens.screen(
            turn,
            title=turn.say("chat.language_title"),
            body=(turn.say("chat.language_body"),),
            options=[Option(name, "language.set", {"to": language}) for language, name in SERVED.items()],
            here=Option("", "language.menu"),
            back=Option("", "home.menu") if turn.registered else Option("", "register.ask"),
        )


def _chosen(turn: Turn, language: str) -> Outcome:
    """The choice, confirmed in the new language; who has no district yet goes on with that question."""
    new = turn.speaking(language)

    def write(_session: Session, resident: Resident) -> None:
        resident.language = language

    following = home.menu(new, new.say("chat.language_set")) if turn.registered else registration.begin(new)
    return Outcome(following.messages, following.state, write)

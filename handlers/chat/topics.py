"""受け取るお知らせ: the topics a resident wishes to hear of; without any, of all. By number or by tap."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.models import Resident
from bot.models.resident import TOPICS
from bot.services import residents
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

HERE = Option("", "settings.topics")
BACK = Option("", "settings.show")


def chosen(turn: Turn) -> list[str]:
    """The topics that are set, in their own order; none: all of them."""
    return residents.topics(turn.session, turn.resident) if turn.resident else []


def line(turn: Turn) -> str:
    """What is set, in the resident's words."""
    names = turn.say("chat.and").join(turn.say(f"topic.{name}") for name in chosen(turn))
    return turn.say("topic.line", value=names or turn.say("topic.all"))


def ask(turn: Turn) -> Outcome:
    """The topics, one button each."""
    return _screen(turn, chosen(turn))


def choose(turn: Turn) -> Outcome:
    """One more or one less; with `all`, every topic again. An old button's unknown word asks anew."""
    name, before = turn.fields.get("t", ""), chosen(turn)
    if name == "all":
        after: list[str] = []
    elif name in TOPICS:
        after = [one for one in TOPICS if (one in before) != (one == name)]
    else:
        return _screen(turn, before)

    def write(session: Session, resident: Resident) -> None:
        residents.set_topics(session, resident, after)

    shown = _screen(turn, after)
    return Outcome(shown.messages, shown.state, write)


def _screen(turn: Turn, mine: Sequence[str]) -> Outcome:
    def label(name: str) -> str:
        return ("✓ " if name in mine else "") + turn.say(f"topic.{name}")

    options = [Option(label(name), "settings.topic", {"t": name}) for name in TOPICS]
    if mine:
        options.append(Option(turn.say("topic.every"), "settings.topic", {"t": "all"}))
    options.append(Option(turn.say("chat.done"), "settings.show"))
    return screens.screen(
        turn, title=turn.say("topic.title"), body=(turn.say("topic.body"),), options=options,
        notes=(turn.say("topic.always"),), here=HERE, back=BACK,
    )  # fmt: skip

"""What every question to a resident looks like: a card with buttons that can also be chosen by number.

The conversation's state remembers what was offered (`offered`: label, action, fields of each button from the
top), what was shown (`here`, for もういちど) and where もどる leads (`back`). Buttons carry their whole meaning
themselves, so that they also work when the state is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.line.limits import MAX_QUICK_REPLY_LABEL
from bot.line.render import Card, Choice, Message, Tap, Text
from content.language import of_catalogue
from handlers.chat.turn import COMPLETE, Outcome, Turn

Fields = Mapping[str, str | int]


@dataclass(frozen=True)
class Option:
    """A button: its label and what it means."""

    label: str
    action: str
    fields: Fields = field(default_factory=dict)

    def tap(self, turn: Turn) -> Tap:
        """The button itself; its label appears as the resident's words."""
        return turn.tap(self.label, self.action, self.label, **self.fields)

    def stored(self) -> list[Any]:
        """Its form in the conversation's state."""
        return [self.label, self.action, dict(self.fields)]


def screen(
    turn: Turn,
    *,
    title: str,
    options: Sequence[Option],
    here: Option,
    body: Iterable[str] = (),
    notes: Iterable[str] = (),
    back: Option | None = None,
    also: Sequence[Choice] = (),
    before: Sequence[Message] = (),
    state: Mapping[str, Any] | None = None,
) -> Outcome:
    """One question: a card, its buttons, and under it the ways out. `before` are messages said first."""
    card = Card(
        title=title,
        body=tuple(body),
        notes=tuple(notes),
        buttons=tuple(option.tap(turn) for option in options),
        choices=(*also, *(ways_out(turn, back) if back or turn.registered else ())),
        numbered=len(options),
    )
    return Outcome([*before, card], offering(options, here, back, state))


def offering(
    options: Sequence[Option], here: Option, back: Option | None = None, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The state that lets options be chosen by number or label, and もどる and もういちど work."""
    kept = dict(more or {})
    if options:
        kept["offered"] = [option.stored() for option in options]
    kept["here"] = here.stored()
    if back is not None:
        kept["back"] = back.stored()
    return kept


def ways_out(turn: Turn, back: Option | None = None) -> tuple[Choice, ...]:
    """もどる, メニュー and, always last, the desk."""
    found: list[Choice] = []
    if back is not None:
        found.append(replace(back, label=turn.say("chat.back")).tap(turn))
    if turn.registered:
        found.append(turn.tap(turn.say("chat.menu"), "home.menu"))
    elif back is None:
        found.append(turn.tap(turn.say("chat.choose_district_later"), "register.ask"))
    found.append(turn.tap(turn.say("chat.desk"), "desk.show"))
    return tuple(found)


def language_offered(turn: Turn) -> str:
    """The language of this turn when the resident chose another one and was not offered it in this conversation."""
    language = turn.speaks
    chosen = of_catalogue(turn.resident.language, COMPLETE) if turn.resident else "ja"
    return "" if language == chosen or turn.state.get("language_offered") == language else language


def plain(turn: Turn, key: str, **values: object) -> Outcome:
    """A short text with the ways out under it; the conversation stays as it is."""
    return Outcome([Text(turn.say(key, **values), ways_out(turn))])


def short(label: str, limit: int = MAX_QUICK_REPLY_LABEL) -> str:
    """A label that fits under a message."""
    return label if len(label) <= limit else label[: limit - 1] + "…"

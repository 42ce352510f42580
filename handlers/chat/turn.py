"""What a conversation gets (a turn) and gives back (an outcome); the form every chat handler has.

A handler is two methods, *do I want it?* and *handle it*; the first that wants a turn takes it
(handlers.chat.registry holds the order, the emergency check first). `handle` reads and computes with no
write transaction open; what it wants to change it returns as `write`, which runs in the one short write
transaction that also stores the state and the messages and marks the event handled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from bot.core import postback
from bot.core.postback import Postback
from bot.line.render import Message, Tap
from bot.models import Resident
from bot.services.context import Context
from content.language import of_catalogue
from content.phrases import SERVED, phrases

# Every phrase exists in these; residents choose among them.
COMPLETE: Final = tuple(SERVED)


@dataclass(frozen=True)
class Event:
    """One webhook event, or several texts that arrived before their turn, read together.

    `text` has the texts joined by newlines; `postback` is None when there was none or it was not ours.
    """

    kind: str  # `message/text`, `message/sticker`, `message/image`, `follow`, `unfollow`, `postback`, `unsend` ...
    text: str = ""
    postback: Postback | None = None
    params: Mapping[str, str] = field(default_factory=dict)  # a date picker's answer
    latitude: float | None = None
    longitude: float | None = None
    unblocked: bool = False  # a follow that ends a block
    redelivered: bool = False
    received_at: datetime | None = None  # real time
    event_at: datetime | None = None
    message_ids: tuple[str, ...] = field(default=(), repr=False)  # LINE's: of the texts, or of what was taken back


@dataclass(frozen=True)
class Turn:
    """Everything a handler may look at. `resident` None: this person is new to us."""

    context: Context
    session: Session  # for reading only
    municipality: str
    now: datetime
    event: Event
    resident: Resident | None
    state: Mapping[str, Any]  # the conversation's state, {} when there is none
    language: str = ""  # to answer in; empty: the resident's, else Japanese
    settled: bool = False  # the one question is being answered in this very turn

    @property
    def speaks(self) -> str:
        """The language of our words in this turn, one of COMPLETE."""
        language = self.language or (self.resident.language if self.resident else "ja")
        return of_catalogue(language, COMPLETE)

    @property
    def registered(self) -> bool:
        """Whether the resident has answered the one question: which district, or the whole city."""
        resident = self.resident
        return self.settled or (resident is not None and (resident.home_district_id is not None or resident.city_wide))

    @property
    def action(self) -> str:
        """The button's action, "" when this turn is no button of ours."""
        return self.event.postback.action if self.event.postback else ""

    @property
    def fields(self) -> Mapping[str, str]:
        """The button's fields."""
        return self.event.postback.fields if self.event.postback else {}

    @property
    def text(self) -> str:
        """What was typed, when it is not the number or label of a button (those come as `action`)."""
        return self.event.text if self.event.kind == "message/text" and self.event.postback is None else ""

    def say(self, key: str, **values: object) -> str:
        """A phrase in the language of this turn."""
        return phrases(self.speaks).say(key, **values)

    def speaking(self, language: str) -> Turn:
        """The same turn, answered in another language."""
        return replace(self, language=language)

    def pressed(self, action: str, **fields: str | int) -> Turn:
        """The same turn as if this button had been pressed."""
        button = Postback(action, {name: str(value) for name, value in fields.items()})
        return replace(self, event=replace(self.event, postback=button))

    def tap(self, label: str, action: str, shown: str | None = "", **fields: str | int) -> Tap:
        """A signed button. `shown` "" = the label appears as the resident's words; None = nothing appears."""
        key = next(self.context.sealer.signing_keys("postback"))
        data = postback.encode(action, fields, self.municipality, key)
        return Tap(label, data, label if shown == "" else shown)


Write = Callable[[Session, Resident], Sequence[Message] | None]


@dataclass(frozen=True)
class Outcome:
    """What a handler decided.

    `state` replaces the conversation's state (None leaves it). `write(session, resident)` runs in the
    write transaction; messages it returns replace `messages` (a poll that closed meanwhile answers
    differently). `kind` is the outbox kind: answer, receipt, vote (never pushed) or
    emergency. `about`: what became of a question, for the day's count (answered, unknown, wrong).
    """

    messages: Sequence[Message] = ()
    state: Mapping[str, Any] | None = None
    write: Write | None = None
    kind: str = "answer"
    about: str | None = None


class Handler(Protocol):
    """One conversation."""

    def wants(self, turn: Turn) -> bool:
        """Whether this turn is for me; no side effects, cheap."""
        ...

    def handle(self, turn: Turn) -> Outcome:
        """The answer; may read, may not write."""
        ...

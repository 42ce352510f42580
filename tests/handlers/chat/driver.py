"""Drives the chat without LINE: turns in, messages out, everything kept in a real database as the worker keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import inspect

from bot.core import postback
from bot.line.render import Card, Cards, Message, Tap, render
from bot.models import Resident
from bot.now import JST, real_now
from bot.services import residents
from bot.services.context import Context
from handlers.chat.registry import react
from handlers.chat.turn import Event, Outcome, Turn
from tests.support.house import labels, words

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=JST)


@dataclass
class Person:
    """Somebody with a phone. Each act returns the LINE messages they see."""

    context: Context
    city: str = "fuji"
    line_id: str = "U" + "a" * 32
    now: datetime = NOW
    seen: list[Message] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)

    def follow(self, *, unblocked: bool = False) -> str:
        return self._act(Event("follow", unblocked=unblocked))

    def registered(self, district: str | None = "今泉") -> Person:
        """This person after the one question."""
        self.follow()
        self.say(district or "わからない")
        return self

    def say(self, text: str) -> str:
        return self._act(Event("message/text", text=text))

    def send(self, kind: str, **fields: Any) -> str:
        return self._act(Event(f"message/{kind}", **fields))

    def event(self, kind: str) -> str:
        return self._act(Event(kind))

    def post(self, action: str | None, **fields: str) -> str:
        """Press a button of which only the meaning is known; None: one that is not ours."""
        return self._act(Event("postback", postback=postback.Postback(action, fields) if action else None))

    def tap(self, label: str) -> str:
        """Press a button that is on the screen."""
        for message in self.seen:
            for button in _buttons(message):
                if button.label == label:
                    if isinstance(button, Tap):
                        keys = list(self.context.sealer.signing_keys("postback"))
                        return self._act(Event("postback", postback=postback.decode(button.data, self.city, keys)))
                    return self.say(getattr(button, "text", "") or label)
        raise AssertionError(f"{label} is not among {self.labels}")

    @property
    def labels(self) -> list[str]:
        return labels(render(self.seen)) if self.seen else []

    @property
    def resident(self) -> Resident | None:
        with self.context.database.read() as session:
            return residents.find(session, self.context.sealer, self.city, self.line_id)

    @property
    def state(self) -> dict[str, Any]:
        with self.context.database.read() as session:
            resident = residents.find(session, self.context.sealer, self.city, self.line_id)
            return dict(residents.conversation(session, resident, self.now)) if resident else {}

    def _act(self, event: Event) -> str:
        self.now += timedelta(seconds=5)
        event = replace(event, event_at=self.now, received_at=real_now())
        with self.context.database.read() as session:
            resident = residents.find(session, self.context.sealer, self.city, self.line_id)
            state = residents.conversation(session, resident, self.now) if resident else {}
            outcome = react(Turn(self.context, session, self.city, self.now, event, resident, state))
        self.outcome, self.seen = outcome, list(self._store(outcome))
        return words(render(self.seen)) if self.seen else ""

    def _store(self, outcome: Outcome) -> Any:
        said = outcome.messages
        with self.context.database.write() as session:
            resident = residents.find(session, self.context.sealer, self.city, self.line_id)
            if resident is None and (outcome.write or outcome.messages):
                sealed = self.context.sealer.seal_id(self.line_id, self.city)
                resident = residents.create(session, self.city, sealed, self.now)
            if resident is not None:
                if outcome.write:
                    said = outcome.write(session, resident) or said
                if inspect(resident).persistent and outcome.state is not None:
                    residents.keep_conversation(session, resident, outcome.state, self.now)
        return said


def _buttons(message: Message) -> list[Any]:
    cards = message.cards if isinstance(message, Cards) else (message,) if isinstance(message, Card) else ()
    return [*(button for card in cards for button in card.buttons), *message.choices]

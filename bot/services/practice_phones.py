"""The telephones of a room for practice: where its messages arrive instead of LINE, and what is pressed on them.

Sample residents have ids of the form LINE's have; what they press becomes an event in the inbox like any other,
so that everything after it is the product itself.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.sealing import Sealer
from bot.db import Database
from bot.models import PracticeMessage, Resident
from bot.now import Clock
from bot.services.intake import Intake
from bot.services.residents import find

KEPT: Final = 20  # sends shown on a telephone
_MARK: Final = "practice-"  # begins the reply token of what was pressed


@dataclass(frozen=True)
class Pressed:
    """Something done on a telephone, in the form intake stores."""

    event_key: str
    kind: str
    source: str
    event_at: datetime
    body: bytes


@dataclass(frozen=True)
class Button:
    """A button of a message that the bot itself answers: `data` of a postback, or `text` that is said."""

    label: str
    data: str = ""
    text: str = ""


class PracticePhones:
    """Takes what would have gone to LINE. Safe to call from many threads; no transaction may be open."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database, self._sealer, self._clock = database, sealer, clock

    def receive(self, room: str, to: Sequence[str], messages: bytes) -> None:
        """Keep one send for each of these (`to`: user ids); who has left the room gets nothing."""
        shown = json.loads(messages)
        with self._database.write() as session:
            for user in to:
                resident = find(session, self._sealer, room, user)
                if resident is not None:
                    session.add(
                        PracticeMessage(
                            municipality_id=room, resident_id=resident.id, at=self._clock(), messages=shown
                        )
                    )  # fmt: skip

    @staticmethod
    def whom(reply_token: str) -> str:
        """The user a reply token of ours answers."""
        return reply_token.removeprefix(_MARK).partition("/")[0]


def new_user() -> str:
    """An id as LINE makes them."""
    return f"U{secrets.token_hex(16)}"


def shown(session: Session, room: str, resident_id: int) -> list[PracticeMessage]:
    """The newest sends to one telephone, oldest first."""
    query = (
        select(PracticeMessage)
        .where(PracticeMessage.municipality_id == room, PracticeMessage.resident_id == resident_id)
        .order_by(PracticeMessage.id.desc())
        .limit(KEPT)
    )
    return list(session.scalars(query))[::-1]


def buttons(messages: Sequence[Any]) -> list[Button]:
    """What can be pressed in these messages, each once, in its order; links to pages are left out."""
    found: dict[tuple[str, str], Button] = {}
    for action in _actions(list(messages)):
        label = str(action.get("label") or action.get("displayText") or action.get("text") or "ボタン")
        if action.get("type") == "postback" and action.get("data"):
            button = Button(label, data=str(action["data"]))
        elif action.get("type") == "message" and action.get("text"):
            button = Button(label, text=str(action["text"]))
        else:
            continue
        found.setdefault((button.data, button.text), button)
    return list(found.values())


def words(messages: Sequence[Any]) -> list[str]:
    """What the messages say, line by line: for readers without the picture."""
    return [text for message in messages for text in _texts(message.get("contents") or message)]


def answers(found: Sequence[Button]) -> list[tuple[str, ...]]:
    """What could be answered to the poll's item on a screen: for each choice, the presses it takes."""
    said = [button.data for button in found]
    votes = [data for data in said if data.startswith("poll.vote?") and _choice(data).isdigit()]
    if votes:
        return [(data,) for data in votes]
    done = [data for data in said if data.startswith("poll.done?")]
    picks = [(data, *done) for data in said if data.startswith("poll.pick?")]
    return picks or [(data,) for data in said if data.startswith("poll.skip?")]


def _choice(data: str) -> str:
    return dict(parse_qsl(data.partition("?")[2].rpartition("#")[0])).get("choice", "")


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if part.get("type") in {"text", "span"} and isinstance(part.get("text"), str):
            yield part["text"]
        for name in ("header", "hero", "body", "footer", "contents"):
            yield from _texts(part.get(name))
    elif isinstance(part, list):
        for inner in part:
            yield from _texts(inner)


def _actions(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if isinstance(part.get("action"), dict):
            yield part["action"]
        for name, inner in part.items():
            if name != "action":
                yield from _actions(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _actions(inner)


def pressed(user: str, now: datetime, *, data: str = "", text: str = "") -> Pressed:
    """A button pressed (`data`), or something typed (`text`), on this user's telephone."""
    key = uuid.uuid4().hex
    event: dict[str, Any] = {
        "type": "postback" if data else "message",
        "mode": "active",
        "timestamp": int(now.timestamp() * 1000),
        "source": {"type": "user", "userId": user},
        "webhookEventId": key,
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"{_MARK}{user}/{key}",
    }
    event |= {"postback": {"data": data}} if data else {"message": {"type": "text", "id": key, "text": text}}
    return Pressed(key, "postback" if data else "message/text", user, now, json.dumps(event).encode())


def store(database: Database, sealer: Sealer, room: str, events: Sequence[Pressed], now: datetime) -> None:
    """Put them into the inbox, where the clock finds them within a second or two. Raises UnavailableError."""
    intake = Intake(database, sealer)
    try:
        intake.store(room, events, now)
    finally:
        intake.close()


def user_of(sealer: Sealer, resident: Resident) -> str:
    """A sample resident's id."""
    return sealer.open_id(resident.line_id, resident.municipality_id)

"""What a user sees and can press now: quick replies, buttons of messages newest first, then the rich menu."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .records import Entry, Menu, User
from .state import State


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to press: by its label, or by the words it shows where they differ. `quick`: gone once pressed."""

    label: str
    action: dict[str, Any]
    shown: str = ""
    quick: bool = False


def menu_of(state: State, user: User) -> Menu | None:
    """The rich menu a user sees: their own, else the channel's default."""
    own = state.menus.get(user.menu)
    return own or state.menus.get(state.channels[user.channel].default_menu)


def quick_replies(entry: Entry) -> list[Button]:
    """The quick replies of a request: those of its last message only."""
    messages = json.loads(entry.messages)
    items = ((messages[-1].get("quickReply") or {}).get("items") or []) if messages else []
    return [Button(_label(item["action"]), item["action"], quick=True) for item in items]


def message_buttons(entry: Entry) -> list[Button]:
    """The buttons inside a request's messages, in drawing order."""
    found: list[Button] = []
    for message in json.loads(entry.messages):
        part = message.get("contents") if message.get("type") == "flex" else message.get("template")
        found.extend(_parts(part))
    return found


def buttons(state: State, user: User) -> list[Button]:
    """Everything to press, in the order in which a label is looked for."""
    with state.lock:
        visible = [entry for entry in state.timeline(user) if _counts(entry)]
        menu = menu_of(state, user)
    found: list[Button] = []
    if visible and visible[-1].origin == "bot":
        found += quick_replies(visible[-1])
    for entry in reversed(visible):
        if entry.origin == "bot":
            found += message_buttons(entry)
    if menu is not None:
        found += [Button(_label(area["action"]), area["action"]) for area in menu.body.get("areas", [])]
    return found


def _counts(entry: Entry) -> bool:
    """Whether it stands in the chat, or was the press of a quick reply: both end what was offered before."""
    return entry.via == "quick" or (entry.messages != "[]" and entry.via != "unsend")


def find(choices: list[Button], label: str) -> Button | None:
    """The button with this label, else with these words, else one that differs only in width, case or spaces."""
    same = (
        lambda button: button.label == label,
        lambda button: button.shown == label,
        lambda button: fold(label) in (fold(button.label), fold(button.shown)),
    )
    return next((button for fits in same for button in choices if fits(button)), None)


def fold(text: str) -> str:
    """A label without differences of width, case and spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _label(action: dict[str, Any]) -> str:
    for name in ("label", "displayText", "text", "uri", "data"):
        if action.get(name):
            return str(action[name])
    return str(action.get("type"))


def _parts(part: Any) -> Iterator[Button]:
    """Every part that can be pressed. One without a label is known by the text it shows."""
    if isinstance(part, list):
        for item in part:
            yield from _parts(item)
    if not isinstance(part, dict):
        return
    for name in ("action", "defaultAction"):
        action = part.get(name)
        if isinstance(action, dict):
            shown = "" if part.get("type") in ("bubble", "buttons") else "".join(_texts(part))
            yield Button(action.get("label") or shown or _label(action), action, shown)
    for action in part.get("actions") or ():
        yield Button(_label(action), action)
    for name in ("header", "hero", "body", "footer", "contents", "columns"):
        yield from _parts(part.get(name))


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for item in part:
            yield from _texts(item)
    elif isinstance(part, dict):
        if part.get("type") in ("text", "span") and isinstance(part.get("text"), str) and not part.get("contents"):
            yield part["text"]
        yield from _texts(part.get("contents"))

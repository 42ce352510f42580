"""Our messages -> LINE's JSON -> bytes. Pure; the only place that decides how a message looks in LINE.

Handlers speak in `Text`, `Card` and `Cards` with `Choice`s under them. `render` gives LINE's objects,
`encode` the JSON array that is stored and sent byte for byte. Sizes are chosen for readers over 70:
body text at LINE's default (which follows the phone's font setting), every button its own line.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.line import limits
from bot.line.limits import LineJson

# Digital Agency design tokens: Blue 900, SolidGray 800 and 700, Blue 50.
PRIMARY, INK, SOFT, PALE = "#0017c1", "#333333", "#4d4d4d", "#e8f1fe"
# Longer labels are cut by LINE's one-line buttons on a small phone; those become wrapping boxes.
ONE_LINE_LABEL = 14
MAX_SPOT = 100  # characters of a location's title and address
TALLEST = 1.4  # a picture's height by its width: a phone held upright still shows the title under it


@dataclass(frozen=True)
class Tap:
    """A button that sends signed postback data. `shown` appears as the resident's own words; None (a vote): nothing."""

    label: str
    data: str
    shown: str | None = None


@dataclass(frozen=True)
class Say:
    """A button that sends its words as if typed."""

    label: str
    text: str = ""


@dataclass(frozen=True)
class Open:
    """A button that opens a page (https) or the telephone (tel:)."""

    label: str
    uri: str


@dataclass(frozen=True)
class Place:
    """A quick reply that lets the resident send a location."""

    label: str


Choice = Tap | Say | Open | Place
Button = Tap | Say | Open


@dataclass(frozen=True)
class Text:
    """A plain text, with choices (quick replies, at most 13) under it."""

    text: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A JPEG or PNG at an https address, its size in pixels; `opens` is shown when it is pressed."""

    url: str
    width: int
    height: int
    opens: str = ""


@dataclass(frozen=True)
class Card:
    """A bubble: picture, small heading (who speaks), title, paragraphs, small notes, buttons, choices under it.

    `alt` is what the notification and screen readers say; empty: title and first paragraph. The first
    `numbered` buttons show their number before the label, so that they can also be chosen by typing it.
    """

    title: str
    body: tuple[str, ...] = ()
    heading: str = ""
    notes: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    choices: tuple[Choice, ...] = ()
    alt: str = ""
    numbered: int = 0
    picture: Picture | None = None


@dataclass(frozen=True)
class Cards:
    """Up to 12 cards side by side."""

    cards: tuple[Card, ...]
    alt: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Spot:
    """A place on LINE's own map: `title` and `address` at most 100 characters, degrees."""

    title: str
    address: str
    latitude: float
    longitude: float
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Ready:
    """A message object that was rendered before, shown again as it is: an announcement before it is sent."""

    json: LineJson
    choices: tuple[Choice, ...] = ()


Message = Text | Card | Cards | Spot | Ready


def render(messages: Sequence[Message]) -> list[LineJson]:
    """LINE's message objects. Raises BadInputError when a limit of LINE is broken."""
    rendered = [_message(message) for message in messages]
    limits.check(rendered)
    return rendered


def encode(messages: Sequence[Message]) -> bytes:
    """The JSON array of these messages as UTF-8 bytes: what is stored, previewed and sent, unchanged."""
    return dump(render(messages))


def dump(rendered: list[LineJson]) -> bytes:
    """LINE's message objects as compact UTF-8 JSON."""
    return json.dumps(rendered, ensure_ascii=False, separators=(",", ":")).encode()


def _message(message: Message) -> LineJson:
    match message:
        case Text():
            result: LineJson = {"type": "text", "text": message.text}
        case Card():
            alt = message.alt or " ".join([message.title, *message.body[:1]])
            result = {"type": "flex", "altText": _cut(alt), "contents": _bubble(message)}
        case Cards():
            bubbles = [_bubble(card) for card in message.cards]
            result = {
                "type": "flex",
                "altText": _cut(message.alt),
                "contents": {"type": "carousel", "contents": bubbles},
            }
        case Spot():
            result = {
                "type": "location",
                "title": message.title[:MAX_SPOT],
                "address": message.address[:MAX_SPOT],
                "latitude": message.latitude,
                "longitude": message.longitude,
            }
        case Ready():
            result = dict(message.json)
    if message.choices:
        items = [{"type": "action", "action": _action(choice)} for choice in message.choices]
        result["quickReply"] = {"items": items}
    return result


def _bubble(card: Card) -> LineJson:
    lines: list[LineJson] = []
    if card.heading:
        lines.append(_text(card.heading, size="sm", color=SOFT))
    if card.title:
        lines.append(_text(card.title, size="lg", weight="bold", color=INK))
    lines += [_text(paragraph, size="md", color=INK, margin="md") for paragraph in card.body if paragraph]
    lines += [_text(note, size="sm", color=SOFT, margin="md") for note in card.notes if note]
    bubble: LineJson = {"type": "bubble"}
    if card.picture is not None:
        bubble["hero"] = _picture(card.picture)
    bubble["body"] = {"type": "box", "layout": "vertical", "contents": lines}
    if card.buttons:
        buttons = [_numbered(at + 1, button) for at, button in enumerate(card.buttons[: card.numbered])]
        others = [_button(button) for button in card.buttons[card.numbered :]]
        # Beside numbered choices a further button is no answer, and must not look like the main one.
        buttons += [_quiet(one) for one in others] if card.numbered else others
        bubble["footer"] = {"type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons}
    return bubble


def _picture(picture: Picture) -> LineJson:
    # As wide as the bubble and whole; one that is much higher than wide gets bars at its sides (LINE: h <= 3w).
    high = min(picture.height, int(picture.width * TALLEST))
    shown: LineJson = {"type": "image", "url": picture.url, "size": "full"}
    shown |= {"aspectRatio": f"{picture.width}:{high}", "aspectMode": "fit", "backgroundColor": PALE}
    if picture.opens:
        shown["action"] = {"type": "uri", "label": "picture", "uri": picture.opens}
    return shown


def _text(text: str, **style: str) -> LineJson:
    return {"type": "text", "text": text, "wrap": True, "scaling": True, **style}


def _numbered(number: int, button: Button) -> LineJson:
    mark = {**_text(str(number), size="md", weight="bold", color=PRIMARY, align="center"), "flex": 1}
    label = {**_text(button.label, size="md", weight="bold", color=PRIMARY), "flex": 9}
    return {**_box([mark, label], button), "layout": "horizontal", "spacing": "md"}


def _quiet(drawn: LineJson) -> LineJson:
    return {**drawn, "style": "link"} if drawn["type"] == "button" else drawn


def _button(button: Button) -> LineJson:
    if len(button.label) <= ONE_LINE_LABEL:
        return {"type": "button", "style": "primary", "color": PRIMARY, "height": "sm", "action": _action(button)}
    label = _text(button.label, size="md", weight="bold", color=PRIMARY, align="center")
    return _box([label], button)


def _box(contents: list[LineJson], button: Button) -> LineJson:
    return {
        "type": "box",
        "layout": "vertical",
        "backgroundColor": PALE,
        "cornerRadius": "md",
        "paddingAll": "lg",
        "contents": contents,
        "action": _action(button),
    }


def _action(choice: Choice) -> LineJson:
    match choice:
        case Tap():
            action: LineJson = {"type": "postback", "label": choice.label, "data": choice.data}
            if choice.shown:
                action["displayText"] = choice.shown
        case Say():
            action = {"type": "message", "label": choice.label, "text": choice.text or choice.label}
        case Open():
            action = {"type": "uri", "label": choice.label, "uri": choice.uri}
        case Place():
            action = {"type": "location", "label": choice.label}
    return action


def _cut(text: str) -> str:
    return text if limits.utf16(text) <= limits.MAX_ALT_TEXT else text[: limits.MAX_ALT_TEXT // 2 - 1] + "…"

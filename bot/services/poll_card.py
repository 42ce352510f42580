"""One item of a poll as a card: its question, how to answer it, its choices as buttons."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import poll_items, postback
from bot.core.poll_items import Item
from bot.core.sealing import Sealer
from bot.line.render import Card, Tap
from bot.models import Poll
from content.phrases import phrases

PASSES = {"u": poll_items.UNKNOWN, "d": poll_items.DECLINED}  # what a button says for わからない and 答えたくない


def item_card(sealer: Sealer, poll: Poll, items: Sequence[Item], at: int, language: str = "ja") -> Card:
    """An item: its choices are numbered; a choice's postback shows nothing in the chat.

    The title is the question in the language; the progress 「2/3」 counts the items there are.
    """
    say = phrases(language).say
    item = items[at]
    words = item.words(language)
    act = "poll.pick" if item.kind in ("multiple", "ranking") else "poll.vote"
    buttons = [
        tap(sealer, poll, label, act, None, choice=number, item=at) for number, label in enumerate(words.choices)
    ]
    numbered = len(buttons)
    if item.kind in ("multiple", "ranking"):
        buttons.append(tap(sealer, poll, say("poll_item.decide"), "poll.done", None, item=at))
    if item.may_pass:
        named = zip(PASSES, ("unknown", "declined"), strict=True)
        buttons += [
            tap(sealer, poll, say(f"poll_item.{name}"), "poll.vote", None, choice=key, item=at) for key, name in named
        ]
    if at > 0 or item.kind in ("number", "text"):
        buttons.append(tap(sealer, poll, say("poll_item.skip"), "poll.skip", None, item=at))
    return Card(
        title=words.question,
        heading=say("poll_item.heading", at=at + 1, of=len(items)) if len(items) > 1 else say("poll.heading"),
        body=(hint,) if (hint := how_to(item, language)) else (),
        buttons=tuple(buttons),
        numbered=numbered,
    )


def how_to(item: Item, language: str) -> str:
    """How to answer, where it is more than pressing one button."""
    say = phrases(language).say
    match item.kind:
        case "multiple":
            return say("poll_item.multiple")
        case "ranking":
            return say("poll_item.ranking", most=min(poll_items.MAX_RANKED, len(item.choices)))
        case "number":
            return say("poll_item.number", low=item.low, high=item.high)
        case "text":
            return say("poll_item.text", most=poll_items.MAX_TEXT)
        case _:
            return ""


def tap(sealer: Sealer, poll: Poll, label: str, action: str, shown: str | None, **fields: str | int) -> Tap:
    """A signed button of this poll; `shown` None: nothing appears in the chat."""
    key = next(sealer.signing_keys("postback"))
    return Tap(label, postback.encode(action, {"poll": poll.id, **fields}, poll.municipality_id, key), shown)

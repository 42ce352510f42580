"""What is printed of a poll: the ballot on paper and the poster, with a QR code that opens the chat at that poll."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import segno
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import poll_items
from bot.core.age_bands import BANDS
from bot.core.moments import moment_of
from bot.core.poll_items import Item
from bot.models import Announcement, Channel, Municipality, Poll
from bot.services import polls

MAX_PLACE = 60
PROMISES = (
    "名前は書かないでください。だれの用紙か分からないまま、数をまとめます。",
    "お一人1枚です。LINEで答えた方は、出さなくてかまいません。",
    "投票や決定ではありません。話し合いの材料です。",
)


@dataclass(frozen=True)
class Question:
    """One item on paper. `boxes` are ticked (or numbered, for a ranking); `write` is what stands beside a line."""

    title: str
    how: str
    boxes: tuple[str, ...] = ()
    write: str = ""
    lines: int = 0


AGE = Question(
    "年代(書かなくてもかまいません)",
    "1つに✓。答えた方のかたよりを見るためだけに使います",
    tuple(f"{at} {name}" for at, name in enumerate(BANDS, 1)),
)


@dataclass(frozen=True)
class Paper:
    """A ballot or a poster: everything that is printed, in its order."""

    city: str
    sender: str
    title: str
    questions: tuple[Question, ...]
    until: str
    hand_in: str
    promises: tuple[str, ...]
    word: str  # what is sent in the chat
    link: str  # opens the chat with it; "" while the account has no basic id
    qr: str  # the link as SVG
    sample: bool


def word(poll: Poll) -> str:
    """What a resident sends to be shown this poll: アンケート12."""
    return f"アンケート{poll.id}"


def chat_link(basic_id: str, text: str) -> str:
    """LINE's address that opens a chat with a text to send. Source: LINE URL scheme, oaMessage."""
    return f"https://line.me/R/oaMessage/{quote(basic_id, safe='')}/?{quote(text, safe='')}"


def share_link(text: str) -> str:
    """LINE's address that lets somebody choose whom a text is sent to. Source: LINE URL scheme, share."""
    return f"https://line.me/R/share?text={quote(text, safe='')}"


def qr(link: str) -> str:
    """An address as a QR code, SVG without colours of its own; the same for the same address."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="svg", xmldecl=False, svgns=True, border=4, omitsize=True)
    return out.getvalue().decode()


def paper(session: Session, poll: Poll, hand_in: str = "") -> Paper:
    """A poll on paper; `hand_in` says where it is handed in."""
    city = session.get_one(Municipality, poll.municipality_id)
    channel = session.get(Channel, poll.municipality_id)
    told = session.scalar(select(Announcement).where(Announcement.poll_id == poll.id))
    link = chat_link(channel.basic_id, word(poll)) if channel is not None and channel.basic_id else ""
    items = polls.items_of(session, poll)
    return Paper(
        city=str(city.facts.get("public_name") or city.name),
        sender=told.sender if told is not None else "",
        title=poll.question,
        questions=(*(_question(at, item, items) for at, item in enumerate(items)), *([AGE] if poll.asks_age else [])),
        until=moment_of(poll.closes_at),
        hand_in=" ".join(hand_in.split())[:MAX_PLACE],
        promises=PROMISES,
        word=word(poll),
        link=link,
        qr=qr(link) if link else "",
        sample=bool(city.facts.get("sample")),
    )


def _question(at: int, item: Item, items: Sequence[Item]) -> Question:
    title = f"問{at + 1} {item.question}" if len(items) > 1 else item.question
    only = ""
    if item.after is not None:
        earlier, positions = item.after
        named = "".join(f"「{items[earlier].choices[one]}」" for one in positions)
        only = f"問{earlier + 1}で{named}を選んだ方だけ。"
    passes = ("わからない", "答えたくない") if item.may_pass else ()
    match item.kind:
        case "multiple":
            return Question(title, f"{only}いくつでも✓", (*item.choices, *passes))
        case "ranking":
            most = min(poll_items.MAX_RANKED, len(item.choices))
            return Question(title, f"{only}大事な順に、1から{most}までの数字", (*item.choices, *passes))
        case "number":
            return Question(title, f"{only}{item.low}から{item.high}までの数", passes, item.unit or " ", 1)
        case "text":
            return Question(
                title, f"{only}{poll_items.MAX_TEXT}文字まで。名前や電話番号は書かないでください", passes, "", 3
            )
        case _:
            return Question(title, f"{only}1つに✓", (*item.choices, *passes))

"""What the cards of circular issues and liaison slips have beside their text: buttons, the date to answer."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import postback
from bot.core.moments import day_of
from bot.core.sealing import Sealer
from bot.line.render import Button, Card, Open, Tap
from bot.models import Announcement, Circular, CircularItem, Slip
from bot.now import JST
from bot.services.poll_print import share_link
from content.phrases import phrases


def buttons(session: Session, sealer: Sealer, told: Announcement, language: str = "ja") -> tuple[Button, ...]:
    """The buttons under an announcement of kind circular or slip; none for any other."""
    if told.kind == "circular":
        mine = (Circular.announcement_id == told.id, Circular.municipality_id == told.municipality_id)
        row = session.scalar(select(Circular).where(*mine))
        return circular_buttons(sealer, row, language) if row is not None else ()
    if told.kind == "slip":
        slip = session.get(Slip, told.id)
        return slip_buttons(sealer, slip, language) if slip is not None else ()
    return ()


def paragraphs(session: Session, told: Announcement, language: str = "ja") -> tuple[str, ...]:
    """What stands under the text: by when a slip is to be confirmed."""
    slip = session.get(Slip, told.id) if told.kind == "slip" else None
    return (phrases(language).say("slip.until", day=on_day(slip.reply_on, language)),) if slip is not None else ()


def texts(session: Session, told: Announcement) -> list[str]:
    """What is read behind the buttons, and must be fit to be told as well: an issue's items, what is passed on."""
    if told.kind == "slip":
        slip = session.get(Slip, told.id)
        return [slip.forward] if slip is not None else []
    if told.kind != "circular":
        return []
    mine = (Circular.announcement_id == told.id, Circular.municipality_id == told.municipality_id)
    query = select(CircularItem).join(Circular, Circular.id == CircularItem.circular_id).where(*mine)
    return [
        text
        for item in session.scalars(query)
        for text in (item.title, item.body, *map(str, item.particulars.values()))
    ]


def circular_buttons(sealer: Sealer, row: Circular, language: str) -> tuple[Button, ...]:
    """Read it, and say that it was read."""
    say = phrases(language).say
    return (
        tap(sealer, row.municipality_id, say("circular.read"), "circular.show", circular=row.id),
        tap(sealer, row.municipality_id, say("circular.done"), "circular.done", circular=row.id),
    )


def slip_buttons(sealer: Sealer, slip: Slip, language: str) -> tuple[Button, ...]:
    """Confirm; pass the prepared text on to the group of the 組."""
    say = phrases(language).say
    confirm = tap(sealer, slip.municipality_id, say("slip.confirm"), "slip.confirm", slip=slip.announcement_id)
    share = (Open(say("slip.share"), share_link(slip.forward)),) if slip.forward else ()
    return (confirm, *share)


def slip_reminder(session: Session, sealer: Sealer, slip: Slip, language: str) -> Card:
    """To a holder who has not confirmed, once."""
    say = phrases(language).say
    told = session.get_one(Announcement, slip.announcement_id)
    return Card(
        title=told.title,
        heading=say("slip.reminder"),
        body=(say("slip.until", day=on_day(slip.reply_on, language)),),
        buttons=slip_buttons(sealer, slip, language),
    )


def tap(sealer: Sealer, municipality: str, label: str, action: str, **fields: str | int) -> Tap:
    """A signed button outside of a conversation; its label appears as the resident's words."""
    key = next(sealer.signing_keys("postback"))
    return Tap(label, postback.encode(action, fields, municipality, key), label)


def on_day(day: date, language: str) -> str:
    """A day as its readers say it."""
    return day_of(datetime.combine(day, time(12), JST), language)

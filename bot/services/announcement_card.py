"""How an announcement looks in LINE: one card (and its poll's card), rendered once, at approval."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.core.moments import day_of
from bot.core.sealing import Sealer
from bot.errors import NotFoundError
from bot.line.limits import LineJson
from bot.line.render import Card, Say, dump, render
from bot.models import Announcement, Municipality
from bot.services import polls
from content.phrases import phrases

LANGUAGE = "ja"  # the words around the text; the text itself is the council's


def preview(
    session: Session, sealer: Sealer, announcement: Announcement, now: datetime | None = None
) -> list[LineJson]:
    """LINE's message objects as residents will get them; after approval, exactly those that are sent.

    `now` is the day shown when no time to send is set yet. Raises BadInputError when LINE's limits are broken.
    """
    if announcement.messages is not None:
        stored: list[LineJson] = json.loads(announcement.messages)
        return stored
    return render(cards(session, sealer, announcement, announcement.send_at or now))


def print_messages(session: Session, sealer: Sealer, announcement: Announcement, sent_at: datetime) -> bytes:
    """The bytes that are stored at approval and sent to everyone. Raises BadInputError over LINE's limits."""
    return dump(render(cards(session, sealer, announcement, sent_at)))


def cards(session: Session, sealer: Sealer, announcement: Announcement, sent_at: datetime | None) -> list[Card]:
    """The announcement's card, then the card of the poll it carries; choices under the last one."""
    found = [_card(session, announcement, sent_at)]
    if announcement.poll_id is not None:
        poll = polls.get(session, announcement.municipality_id, announcement.poll_id)
        found.append(polls.invitation(session, sealer, poll))
    settings = Say(phrases(LANGUAGE).say("announce.settings"))
    found[-1] = replace(found[-1], choices=(*found[-1].choices, settings))
    return found


def _card(session: Session, announcement: Announcement, sent_at: datetime | None) -> Card:
    say = phrases(LANGUAGE).say
    sender = announcement.sender
    notes = [say("announce.fewer")]
    if _is_sample(session, announcement.municipality_id):
        notes.insert(0, say("announce.sample"))
        sender = sender if "見本" in sender else say("announce.sample_sender", sender=sender)
    if sent_at is not None:
        notes.insert(0, say("announce.sent", date=day_of(sent_at, LANGUAGE)))
    paragraphs = tuple(part.strip("\n") for part in re.split(r"\n[ \t　]*\n", announcement.body) if part.strip())
    alt = f"{sender}: {announcement.title}\n{announcement.body}"
    return Card(title=announcement.title, body=paragraphs, heading=sender, notes=tuple(notes), alt=alt)


def _is_sample(session: Session, municipality_id: str) -> bool:
    """Whether this city is a sample (demo): then every announcement says that it is not the real city's."""
    municipality = session.get(Municipality, municipality_id)
    if municipality is None:
        raise NotFoundError(f"There is no municipality {municipality_id}.")
    return bool(municipality.facts.get("sample"))

"""How an announcement looks in LINE: one card (and its poll's card) a language, rendered once, at approval."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import postback
from bot.core.moments import day_of
from bot.core.sealing import Sealer
from bot.errors import NotFoundError
from bot.line.limits import MAX_FLEX_LABEL, MAX_URI, LineJson
from bot.line.render import Button, Card, Open, Picture, Say, Tap, dump, render
from bot.models import Announcement, AnnouncementFile, AnnouncementText, CircularItem, Municipality
from bot.now import JST
from bot.services import circular_cards, polls
from bot.services.poll_print import share_link as share_text
from bot.services.poll_print import word
from content.phrases import phrases

LANGUAGE = "ja"  # what an announcement is written in first
PARTICULARS = ("date", "place", "audience", "contact")


@dataclass(frozen=True)
class Words:
    """Title and body in one language; `machine`: translated by a machine."""

    language: str
    title: str
    body: str
    machine: bool = False


def preview(
    session: Session, sealer: Sealer, announcement: Announcement, now: datetime | None = None, language: str = LANGUAGE
) -> list[LineJson]:
    """LINE's message objects as residents of a language get them; after approval, exactly those that are sent.

    `now` is the day shown when no time to send is set yet. Raises BadInputError when LINE's limits are broken.
    """
    if announcement.messages is not None:
        text = None if language == LANGUAGE else session.get(AnnouncementText, (announcement.id, language))
        stored: list[LineJson] = json.loads((text.messages if text else None) or announcement.messages)
        return stored
    words = in_language(session, announcement, language)
    return render(cards(session, sealer, announcement, announcement.send_at or now, words))


def print_messages(session: Session, sealer: Sealer, announcement: Announcement, sent_at: datetime) -> bytes:
    """The bytes that are stored at approval and sent to everyone; those of its other languages are stored here.

    Raises BadInputError over LINE's limits.
    """
    for text in texts(session, announcement):
        words = Words(text.language, text.title, text.body, text.machine)
        text.messages = dump(render(cards(session, sealer, announcement, sent_at, words)))
    return dump(render(cards(session, sealer, announcement, sent_at)))


def variants(session: Session, announcement: Announcement) -> tuple[str, ...]:
    """The languages it is sent in beside Japanese; who reads another one gets the Japanese."""
    return tuple(text.language for text in texts(session, announcement))


def texts(session: Session, announcement: Announcement) -> list[AnnouncementText]:
    """Its texts in other languages, in a fixed order."""
    query = select(AnnouncementText).where(
        AnnouncementText.announcement_id == announcement.id,
        AnnouncementText.municipality_id == announcement.municipality_id,
    )
    return list(session.scalars(query.order_by(AnnouncementText.language)))


def in_language(session: Session, announcement: Announcement, language: str) -> Words:
    """Its words in a language, in Japanese where there are none."""
    text = None
    if language != LANGUAGE and announcement.id is not None:
        text = session.get(AnnouncementText, (announcement.id, language))
    if text is None or text.municipality_id != announcement.municipality_id:
        return Words(LANGUAGE, announcement.title, announcement.body)
    return Words(text.language, text.title, text.body, text.machine)


def file(session: Session, announcement: Announcement, kind: str) -> AnnouncementFile | None:
    """Its picture or paper, without the bytes."""
    query = select(AnnouncementFile).where(
        AnnouncementFile.announcement_id == announcement.id,
        AnnouncementFile.municipality_id == announcement.municipality_id,
        AnnouncementFile.kind == kind,
    )
    return session.scalar(query) if announcement.id is not None else None


def cards(
    session: Session,
    sealer: Sealer,
    announcement: Announcement,
    sent_at: datetime | None,
    words: Words | None = None,
) -> list[Card]:
    """The announcement's card, then the card of the poll it carries; choices under the last one."""
    words = words or Words(LANGUAGE, announcement.title, announcement.body)
    found = [_card(session, sealer, announcement, sent_at, words)]
    if announcement.poll_id is not None:
        poll = polls.get(session, announcement.municipality_id, announcement.poll_id)
        found.append(polls.invitation(session, sealer, poll, words.language))
    settings = Say(phrases(words.language).say("announce.settings"))
    found[-1] = replace(found[-1], choices=(*found[-1].choices, settings))
    return found


def particulars_of(told: Announcement | CircularItem) -> list[tuple[str, str]]:
    """Label and text of each particular that stands, in Japanese: 日時, 場所, 対象, 連絡先."""
    say, given = phrases(LANGUAGE).say, told.particulars or {}
    return [(say(f"announce.{name}"), str(given[name])) for name in PARTICULARS if given.get(name)]


def _card(session: Session, sealer: Sealer, announcement: Announcement, sent_at: datetime | None, words: Words) -> Card:
    say = phrases(words.language).say
    sender = announcement.sender
    notes = [say("announce.fewer")]
    if words.machine:
        notes.insert(0, say("announce.machine"))
    if _is_sample(session, announcement.municipality_id):
        notes.insert(0, say("announce.sample"))
        sender = sender if "見本" in sender else say("announce.sample_sender", sender=sender)
    if sent_at is not None:
        notes.insert(0, say("announce.sent", date=day_of(sent_at, words.language)))
    paragraphs = [part.strip("\n") for part in re.split(r"\n[ \t　]*\n", words.body) if part.strip()]
    facts = "\n".join(f"{label}: {text}" for label, text in particulars_of(announcement))
    if facts and words.language == LANGUAGE:  # a translation names them in its own words
        paragraphs.append(facts)
    picture, paper = file(session, announcement, "picture"), file(session, announcement, "paper")
    paragraphs += circular_cards.paragraphs(session, announcement, words.language)
    buttons = [
        *circular_cards.buttons(session, sealer, announcement, words.language),
        *_buttons(session, sealer, announcement, words),
    ]
    if paper is not None:
        buttons.append(Open(say("announce.button_paper"), paper.url))
    return Card(
        title=words.title,
        body=tuple(paragraphs),
        heading=sender,
        notes=tuple(notes),
        buttons=tuple(buttons),
        alt="\n".join((f"{sender}: {words.title}", *paragraphs)),
        picture=Picture(picture.url, picture.width, picture.height, picture.url) if picture else None,
    )


def _buttons(session: Session, sealer: Sealer, announcement: Announcement, words: Words) -> Iterator[Button]:
    """Those that were chosen, as far as what they lead to is still there."""
    say = phrases(words.language).say
    for chosen in announcement.buttons or ():
        page = f"{chosen.get('base', '')}m/{announcement.municipality_id}/announcements/{announcement.id or 0}"
        match chosen["kind"]:
            case "poll":
                poll = polls.find(session, announcement.municipality_id, int(chosen["poll"]))
                if poll is not None:
                    yield Say(say("announce.button_poll"), word(poll))
            case "activity":
                yield _activity(sealer, announcement.municipality_id, chosen, words.language)
            case "map":
                yield Open(say("announce.button_map"), f"{page}/map")
            case "share":
                yield Open(say("announce.button_share"), share_link(words.title, page))
            case "page":
                yield Open(say("announce.button_page"), page)


def _activity(sealer: Sealer, municipality: str, chosen: dict[str, str], language: str) -> Tap:
    """To the activity's own card, at its date: there one signs up and puts it into the calendar."""
    say = phrases(language).say
    day = datetime.combine(date.fromisoformat(chosen["day"]), time(12), JST)
    label = say("announce.button_activity", day=day_of(day, language))
    if len(label) > MAX_FLEX_LABEL:
        label = label[: MAX_FLEX_LABEL - 1] + "…"
    key = next(sealer.signing_keys("postback"))
    data = postback.encode("activities.show", {"e": chosen["key"], "d": chosen["day"]}, municipality, key)
    return Tap(label, data, label)


def share_link(title: str, page: str) -> str:
    """LINE's address for sending the title and the page to friends, shortened to what LINE takes."""
    link = share_text(f"{title}\n{page}")
    return link if len(link) <= MAX_URI or not title else share_link(title[:-1], page)


def _is_sample(session: Session, municipality_id: str) -> bool:
    """Whether this city is a sample (demo): then every announcement says that it is not the real city's."""
    municipality = session.get(Municipality, municipality_id)
    if municipality is None:
        raise NotFoundError(f"There is no municipality {municipality_id}.")
    return bool(municipality.facts.get("sample"))

"""Ballots that come in by other doors than LINE: paper, telephone, desk and meeting. Tickets are poll_tickets'.

Staff type them in while the poll is open. Each is sealed as every other ballot; what is kept in the open is only how
many came in by which door, until the close. A slip counts once: by its number, or by the form it was typed into.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.core import poll_items
from bot.core.age_bands import BANDS
from bot.core.permissions import Actor
from bot.core.poll_items import Given, Item
from bot.core.round_table_rules import OTHER_DOORS, title_of_theme
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Announcement, AnnouncementDistrict, Ballot, Poll, PollDoor, PollTicket
from bot.now import jst
from bot.services import audit, ballots, polls, round_tables
from bot.services.ballots import BallotBox, Sheet

UNKNOWN_KEY, DECLINED_KEY = "0", "-"  # what is typed for わからない and 答えたくない
MAX_SERIAL: Final = 40


@dataclass(frozen=True)
class Slip:
    """One slip as it was typed: its door, its serial (number or form) and what it answers."""

    door: str
    serial: str
    answers: Mapping[int, Given]
    age: int | None = None


def read(item: Item, typed: str) -> Given | None:
    """What was typed for one item: numbers of choices (several apart: `1 3`), a number, or words.

    "" is no answer (None); `0` and `-` are わからない and 答えたくない. Raises BadInputError with the mend.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    if not text:
        return None
    if item.may_pass and text in (DECLINED_KEY, "ー", "−"):
        return poll_items.DECLINED
    if item.may_pass and item.kind != "number" and text == UNKNOWN_KEY:
        return poll_items.UNKNOWN
    given: Given | None = {"text": typed.strip()} if item.kind == "text" else _numbers(item, text)
    if given is None or not poll_items.fits(item, given):
        raise BadInputError(_mend(item))
    return given


def read_age(typed: str) -> int | None:
    """The number of an age band as it stands on the slip, counted from 1; None: not ticked. Raises BadInputError."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= len(BANDS)):
        raise BadInputError(
            f"年代は、1から{len(BANDS)}までの番号で入れてください。書いていないときは、空のままにします。"
        )
    return int(text) - 1


def enter(session: Session, poll: Poll, actor: Actor, box: BallotBox, slip: Slip, now: datetime) -> None:
    """Put one slip into the ballot box. Raises ConflictError when its number is in already, or the poll is not open."""
    fresh = _open(session, poll, actor, now)
    items = polls.items_of(session, fresh)
    if slip.door not in OTHER_DOORS:
        raise BadInputError("どこで受けたか(紙・電話・窓口・会場)を選んでください。")
    serial = _serial(slip.serial)
    answers = poll_items.counted(items, slip.answers)
    if not answers:
        raise BadInputError("答えが1つも入っていません。番号を入れてください。白紙は数えません。")
    age = slip.age if fresh.asks_age else None
    sheet = Sheet(answers, only_district(session, fresh), door=slip.door, age=age)
    if not ballots.put_in(session, fresh, box, serial, sheet, ballots.size_of(items)):
        raise ConflictError(
            "その用紙は、もう入っています。番号を確かめてください。続けて入れるときは、番号を変えます。"
        )
    _count(session, fresh, slip.door, 1)
    audit.record(session, fresh.municipality_id, actor, "poll.enter", f"poll:{fresh.id}", now, {"door": slip.door})


def undo(session: Session, poll: Poll, actor: Actor, box: BallotBox, slip: Slip, now: datetime) -> None:
    """Take a slip out again. Raises NotFoundError when there is none with this number."""
    fresh = _open(session, poll, actor, now)
    name = box.voter(f"{slip.door}/{_serial(slip.serial)}")
    gone = session.execute(delete(Ballot).where(Ballot.poll_id == fresh.id, Ballot.voter == name))
    if slip.door not in OTHER_DOORS or gone.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFoundError("その用紙は、もう入っていません。")
    fresh.participants -= 1
    _count(session, fresh, slip.door, -1)
    audit.record(session, fresh.municipality_id, actor, "poll.take_out", f"poll:{fresh.id}", now, {"door": slip.door})


def entered(session: Session, poll: Poll) -> dict[str, int]:
    """How many slips were entered by each door of this poll so far; never what they say."""
    query = select(PollDoor.door, PollDoor.entered).where(
        PollDoor.poll_id == poll.id, PollDoor.municipality_id == poll.municipality_id
    )
    found = {door: number for door, number in session.execute(query)}  # noqa: C416  rows are no pairs to mypy
    return {door: found.get(door, 0) for door in OTHER_DOORS}


def why_not(session: Session, poll: Poll) -> str:
    """Why this poll takes nothing by other doors here; "" when it does (as long as it is open)."""
    round_ = round_tables.of_poll(session, poll.municipality_id, poll.id)
    if round_ is None:
        return ""
    theme = title_of_theme(round_.theme)
    return f"円卓会議「{theme}」の設問です。紙・電話・窓口・会場の回答は、円卓会議のページで、人数で入れます。"


def districts_of(session: Session, poll: Poll) -> list[int]:
    """The districts that the poll asks; none: the whole city."""
    query = (
        select(AnnouncementDistrict.district_id)
        .join(Announcement, Announcement.id == AnnouncementDistrict.announcement_id)
        .where(Announcement.poll_id == poll.id, Announcement.audience != "city")
    )
    return list(session.scalars(query))


def only_district(session: Session, poll: Poll) -> int | None:
    """The district that the poll asks, when it asks one only: whose slips these are. None: nobody knows."""
    found = districts_of(session, poll)
    return found[0] if len(found) == 1 else None


def forget(session: Session, poll: Poll) -> None:
    """At close: the counts by door go (the tally has what may be shown), and no ticket tells whether it was used."""
    session.execute(delete(PollDoor).where(PollDoor.poll_id == poll.id))
    session.execute(update(PollTicket).where(PollTicket.poll_id == poll.id).values(used=True))


def _open(session: Session, poll: Poll, actor: Actor, now: datetime) -> Poll:
    """The poll's row, held, when this person may enter slips into it now."""
    fresh = polls.locked(session, poll.municipality_id, poll.id)
    if not actor.may("poll.enter", poll.municipality_id, jst(now).date(), districts_of(session, poll)):
        raise NotAllowedError("紙や電話の回答を入れる役割がありません。")
    if fresh is None or not polls.is_open(fresh, now):
        raise ConflictError("受付中のアンケートではありません。締切のあとに届いた用紙は、数えられません。")
    if reason := why_not(session, fresh):
        raise ConflictError(reason)
    return fresh


def _count(session: Session, poll: Poll, door: str, by: int) -> None:
    row = session.get(PollDoor, (poll.id, door))
    if row is None:
        row = PollDoor(poll_id=poll.id, door=door, municipality_id=poll.municipality_id, entered=0)
        session.add(row)
    row.entered += by


def _serial(typed: str) -> str:
    serial = "".join(unicodedata.normalize("NFKC", typed).casefold().split())
    if not 0 < len(serial) <= MAX_SERIAL:
        raise BadInputError(f"用紙の番号は{MAX_SERIAL}文字までで書いてください。")
    return serial


def _numbers(item: Item, text: str) -> Given | None:
    parts = "".join(letter if letter.isdecimal() else " " for letter in text).split()
    if not parts or any(len(part) > 6 for part in parts):
        return None
    if item.kind == "number":
        return int(parts[0]) if len(parts) == 1 else None
    if len(parts) == 1 and len(item.choices) < 10 and item.kind in ("multiple", "ranking"):
        parts = list(parts[0])  # `13` is 1 and 3 where no choice has two figures
    return tuple(int(part) - 1 for part in parts)


def _mend(item: Item) -> str:
    passes = "わからないは0、答えたくないは-。" if item.may_pass else ""
    match item.kind:
        case "number":
            return f"{item.low}から{item.high}までの数を入れてください。{passes.replace('わからないは0、', '')}"
        case "text":
            return f"{poll_items.MAX_TEXT}文字までにしてください。"
        case "multiple" | "ranking":
            return f"1から{len(item.choices)}までの番号を、空白で区切って入れてください(例: 1 3)。{passes}"
        case _:
            return f"1から{len(item.choices)}までの番号を1つ入れてください。{passes}"

"""Signing up for a date of an activity without LINE: how many people, nothing else; a number to keep.

The form's token is sealed and names the date, so that one cannot be made up; the number comes from it, so that the
same form sent twice is the same sign-up. Places and the queue are those of bot.services.sign_ups.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import sign_up_rules
from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.models import WebSignUp
from bot.services import sign_ups
from bot.services.activities import Dated
from bot.services.poll_tickets import LETTERS, plain
from bot.services.sign_ups import Key, Result

LENGTH: Final = 8  # 40 bits; ten wrong ones in a quarter of an hour end the guessing
SHOWN: Final = 4
FORM_KEEPS: Final = timedelta(hours=24)
_PLACE: Final = "web_sign_up"


@dataclass(frozen=True)
class Held:
    """What a number stands for: the row, its date as it stands now (None: it is gone), who waits before it."""

    row: WebSignUp
    dated: Dated | None
    ahead: int


def new_form(sealer: Sealer, key: Key, now: datetime) -> str:
    """A token for one sign-up for this date."""
    said = [*key[:2], key.day.isoformat(), (now + FORM_KEEPS).timestamp(), secrets.token_hex(12)]
    return base64.urlsafe_b64encode(sealer.seal(json.dumps(said).encode(), _PLACE)).decode("ascii")


def read_form(sealer: Sealer, token: str, now: datetime) -> Key:
    """The date that a form is for. Raises BadInputError for a forged or expired one."""
    try:
        city, entry, day, until, _ = json.loads(sealer.open(base64.urlsafe_b64decode(token.encode()), _PLACE))
        key = Key(city, entry, date.fromisoformat(day))
    except (ValueError, TypeError, BadInputError) as error:
        raise BadInputError("この用紙は使えません。行事のページから、もう一度開いてください。") from error
    if now.timestamp() > until:
        raise BadInputError("この用紙は、期限が過ぎました。行事のページから、もう一度開いてください。")
    return key


def number_of(token: str) -> str:
    """The number that a form's sign-up gets."""
    bits = int.from_bytes(hashlib.sha256(token.encode()).digest()[:5], "big")
    return "".join(LETTERS[(bits >> (5 * at)) & 31] for at in range(LENGTH))


def written(number: str) -> str:
    """As it is read out: K7M2-Q4TX."""
    return f"{number[:SHOWN]}-{number[SHOWN:]}"


def typed(text: str) -> str:
    """A number as people type it, plain; empty when it is none."""
    found = plain(text)
    return found if len(found) == LENGTH else ""


def join(session: Session, token: str, key: Key, people: int, now: datetime) -> Result:
    """Sign up; doing it twice with one form changes nothing."""
    sign_ups.lock(session, key)
    dated = sign_ups.find(session, key, now)
    if dated is None or not sign_ups.offers(dated) or not 1 <= people <= sign_up_rules.MOST:
        return Result("unknown", dated)
    number = number_of(token)
    before = _row(session, key.municipality, number)
    if before is not None:
        ahead = len(sign_ups.ahead_of(session, key, before))
        return Result("joined" if before.state == "joined" else "waiting", dated, before.people, ahead)
    if refused := sign_up_rules.refusal(dated.occurrence, now):
        return Result(refused, dated)
    left, waiting = sign_ups.free(session, key, dated), sign_ups.queue(session, key)
    place = sign_up_rules.fits(left, people, [one.people for one in waiting])
    state = "joined" if place else "waiting"
    row = WebSignUp(municipality_id=key.municipality, entry_key=key.entry, day=key.day, people=people, state=state)
    row.code_hash, row.shown = _hash(key.municipality, number), number[:SHOWN]
    row.queued_at, row.over_at = now, dated.occurrence.ends_at
    session.add(row)
    session.flush()
    return Result("joined", dated, people) if place else Result("waiting", dated, people, len(waiting), left)


def held(session: Session, municipality: str, number: str, now: datetime) -> Held | None:
    """What a number stands for; None for one that is unknown, taken back, or over and forgotten."""
    row = _row(session, municipality, number)
    if row is None:
        return None
    key = Key(row.municipality_id, row.entry_key, row.day)
    ahead = len(sign_ups.ahead_of(session, key, row)) if row.state == "waiting" else 0
    return Held(row, sign_ups.find(session, key, now), ahead)


def leave(session: Session, municipality: str, number: str) -> bool:
    """Take a sign-up back; False when there is none (any more)."""
    row = _row(session, municipality, number)
    if row is None:
        return False
    sign_ups.lock(session, Key(row.municipality_id, row.entry_key, row.day))
    session.delete(row)
    session.flush()
    return True


def listed(session: Session, key: Key) -> Sequence[WebSignUp]:
    """For the reception: who came without LINE, as the first letters of their number and how many they are."""
    query = select(WebSignUp).where(sign_ups.of_date(WebSignUp, key))
    return session.scalars(query.order_by(WebSignUp.state, WebSignUp.shown, WebSignUp.id)).all()


def out_of_reach(session: Session, key: Key) -> tuple[int, int]:
    """(groups, people) of a date whom nothing can be sent to: they look at the page, or at the door."""
    rows = listed(session, key)
    return len(rows), sum(one.people for one in rows)


def _row(session: Session, municipality: str, number: str) -> WebSignUp | None:
    query = select(WebSignUp).where(WebSignUp.municipality_id == municipality)
    return session.scalar(query.where(WebSignUp.code_hash == _hash(municipality, number)))


def _hash(municipality: str, number: str) -> str:
    return hashlib.sha256(f"{municipality}\n{number}".encode()).hexdigest()

"""First use: the first admin, a municipality, its districts, and how far it has come. Each step is kept at once.

The calls to LINE are the edge's (handlers.console.setup_line); here is what is written before and after them.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.core import local_codes
from bot.core.permissions import Actor
from bot.core.practice import SUFFIX, is_room
from bot.core.sealing import Sealer
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Channel, Desk, District, Municipality, RichMenu, SetupProgress, Staff
from bot.now import jst
from bot.services import audit, entry_editing
from bot.services import staff as staff_service
from bot.services.staff import NewStaff
from content.formats.districts_in import Known
from content.packs_json import desk_json, district_json
from content.packs_model import Desk as PackDesk
from content.packs_model import District as PackDistrict
from content.packs_model import Source

STEPS: Final = ("admin", "municipality", "districts", "line", "menu", "test", "done")
CODE_CHARS: Final = 16  # base32: 80 bits
CODE_PURPOSE: Final = "first-admin"
TAKEN: Final = "そのIDの市町村は、もうあります。別のIDにするか、その市町村の設定を開いてください。"
MAX_ID: Final = 32 - len(SUFFIX)
WORD: Final = "かいつう"  # with six digits: what the tester types into the chat
WORD_LASTS: Final = timedelta(minutes=30)
DESK: Final = "main"  # the desk that is asked when none fits
RESERVED: Final = frozenset(
    {"setup", "sign-in", "sign-out", "account", "static", "confirm", "invitation", "api", "line", "m", "p", "look"}
)
_ID: Final = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")
_FACTS_DISTRICT: Final = frozenset({"id", "name", "kana"})
_LOCK: Final = 0x656E74  # PostgreSQL's advisory lock: two first admins at once


@dataclass(frozen=True)
class NewMunicipality:
    """What the second step asks for. `words`: association, association_head, group_head, centre, council."""

    id: str
    name: str
    code: str
    languages: tuple[str, ...]
    words: dict[str, str]
    desk: str
    phone: str = ""
    url: str = ""


@dataclass(frozen=True)
class Standing:
    """How far a municipality has come; `done` names the steps that are."""

    progress: SetupProgress
    districts: int
    channel: Channel | None
    menus: int
    done: frozenset[str] = field(default_factory=frozenset)

    @property
    def next(self) -> str:
        """The first step that is still open."""
        return next((step for step in STEPS if step not in self.done), STEPS[-1])


# --- the first admin ---------------------------------------------------------------------------------


def setup_code(sealer: Sealer) -> str:
    """What the first admin has to type: known to who can read the installation's keys, in groups of four.

    It needs no row and survives restarts; it opens nothing as soon as there is one account.
    """
    key = next(sealer.signing_keys(CODE_PURPOSE))
    letters = base64.b32encode(hmac.digest(key, b"setup code", "sha256")).decode("ascii")[:CODE_CHARS]
    return "-".join(letters[at : at + 4] for at in range(0, CODE_CHARS, 4))


def invitation(public_url: str, sealer: Sealer) -> str:
    """What the process says while there is no account."""
    return (
        f"最初の管理者を作るページ: {public_url}console/setup\n"
        f"準備の番号: {setup_code(sealer)} (アカウントが1つできると、使えなくなります)"
    )


def nobody_yet(session: Session) -> bool:
    """Whether the installation has no account at all."""
    return session.scalar(select(Staff.id).limit(1)) is None


def code_is_right(sealer: Sealer, typed: str) -> bool:
    """Whether this is the setup code, however it was typed (case, dashes and spaces do not matter)."""
    plain = re.sub(r"[\s-]", "", typed).upper()
    return hmac.compare_digest(plain.encode(), setup_code(sealer).replace("-", "").encode())


def first_admin(session: Session, sealer: Sealer, code: str, new: NewStaff, now: datetime) -> Staff:
    """The account that makes all others. Raises NotAllowedError, ConflictError (somebody was first), BadInputError."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    if not nobody_yet(session):
        raise ConflictError("最初の管理者は、もう決まっています。サインインするか、その人に招待してもらってください。")
    if not code_is_right(sealer, code):
        raise NotAllowedError("準備の番号が合いません。")
    return staff_service.create(session, new, now)


# --- the municipality ----------------------------------------------------------------------------------


def id_wrong(municipality: str) -> str:
    """What to mend in an id; "" when it can be used."""
    if not _ID.fullmatch(municipality) or len(municipality) > MAX_ID:
        return f"半角の英小文字で始め、英小文字・数字・-で、2文字から{MAX_ID}文字までです(例: fuji)。"
    if municipality in RESERVED or is_room(municipality):
        return "その言葉は、しくみが使います。別のIDにしてください。"
    return ""


def save_municipality(session: Session, new: NewMunicipality, actor: Actor, now: datetime, *, create: bool) -> None:
    """Make it, or change what the second step asked. Raises BadInputError and ConflictError (the id is taken)."""
    row = session.get(Municipality, new.id)
    if create and row is not None:
        raise ConflictError(TAKEN)
    if not create and row is None:
        raise NotFoundError("その市町村は、ここにはありません。")
    if wrong := local_codes.wrong(new.code):
        raise BadInputError(wrong)
    if row is None:
        row = Municipality(id=new.id, facts={}, content_version=0)
        session.add(row)
    facts: dict[str, Any] = {"public_name": new.name, **row.facts, "prefecture": local_codes.prefecture(new.code)}
    facts["words"] = {**facts.get("words", {}), **new.words}
    facts["contacts"] = {"desk": DESK, **facts.get("contacts", {})}
    row.name, row.code, row.languages, row.facts = new.name, new.code, list(new.languages), facts
    row.content_version = (row.content_version or 0) + 1
    try:
        session.flush()
    except IntegrityError:  # somebody made it in the same moment
        raise ConflictError(TAKEN) from None
    _desk(session, row, new, now)
    progress(session, new.id)
    audit.record(session, new.id, actor, "setup.municipality", f"municipality:{new.id}", now)


def _desk(session: Session, row: Municipality, new: NewMunicipality, now: datetime) -> None:
    """The desk that residents are sent to when nothing else fits: who is asked must exist before anybody asks."""
    key = row.facts["contacts"]["desk"]
    found = session.scalar(select(Desk).where(Desk.municipality_id == row.id, Desk.key == key))
    values = PackDesk(
        key, new.desk, Source(f"{new.name} はじめての設定", new.url or None, jst(now).date()), phone=new.phone or None,
        url=new.url or None, checked_on=jst(now).date(),
    )  # fmt: skip
    if found is None:
        session.add(Desk(municipality_id=row.id, key=key, name=new.desk, data=desk_json(values)))
    elif key == DESK:
        found.name, found.data = new.desk, {**found.data, **desk_json(values)}


# --- districts -----------------------------------------------------------------------------------------


def known(session: Session, municipality: str) -> list[Known]:
    """The districts that are there, for a list to be read against."""
    rows = session.execute(select(District.key, District.name).where(District.municipality_id == municipality))
    return [Known(key, name) for key, name in rows]


def add_districts(
    session: Session, municipality: str, wanted: Iterable[PackDistrict], actor: Actor, now: datetime
) -> tuple[int, int]:
    """Make what is new, change what is known (by key); nothing is removed. Returns (made, changed)."""
    rows = {row.key: row for row in session.scalars(select(District).where(District.municipality_id == municipality))}
    last = session.scalar(select(func.max(District.position)).where(District.municipality_id == municipality))
    position, made, changed = -1 if last is None else last, 0, 0
    for one in wanted:
        facts = {name: value for name, value in district_json(one).items() if name not in _FACTS_DISTRICT}
        row = rows.get(one.id)
        if row is None:
            position, made = position + 1, made + 1
            session.add(
                District(
                    municipality_id=municipality, key=one.id, name=one.name, kana=one.kana, position=position,
                    facts=facts,
                )
            )  # fmt: skip
        elif (row.kana, {**row.facts, **facts}) != (one.kana, row.facts):
            row.kana, row.facts, changed = one.kana, {**row.facts, **facts}, changed + 1
    session.flush()
    entry_editing.raise_version(session, municipality)
    audit.record(
        session, municipality, actor, "setup.districts", f"municipality:{municipality}", now,
        {"made": made, "changed": changed},
    )  # fmt: skip
    return made, changed


# --- how far it is --------------------------------------------------------------------------------------


def progress(session: Session, municipality: str) -> SetupProgress:
    """The municipality's row, made when it is not there yet (only in a transaction that writes)."""
    row = session.get(SetupProgress, municipality)
    if row is None:
        row = SetupProgress(municipality_id=municipality, checked={}, redelivery=False, replies_off=False)
        session.add(row)
        session.flush()
    return row


def standing(session: Session, municipality: str, languages: Sequence[str]) -> Standing:
    """What is done. `languages`: those that need a menu at LINE."""
    row = session.get(SetupProgress, municipality) or SetupProgress(
        municipality_id=municipality, checked={}, redelivery=False, replies_off=False
    )
    districts = session.scalar(
        select(func.count()).select_from(District).where(District.municipality_id == municipality)
    )
    channel = session.get(Channel, municipality)
    menus = session.scalar(
        select(func.count())
        .select_from(RichMenu)
        .where(RichMenu.municipality_id == municipality, RichMenu.language.in_(languages))
    )
    done = {"admin", "municipality"}
    done |= {"districts"} if districts else set()
    connected = channel is not None and row.checked.get("webhook") and row.redelivery and row.replies_off
    done |= {"line"} if connected else set()
    done |= {"menu"} if channel is not None and (menus or 0) >= len(languages) else set()
    done |= {"test"} if row.tested_at is not None else set()
    done |= {"done"} if row.finished_at is not None else set()
    return Standing(row, districts or 0, channel, menus or 0, frozenset(done))


def other_city(session: Session, bot_user_id: str, municipality: str) -> str | None:
    """The name of another municipality whose channel this bot is; two cannot share one."""
    query = (
        select(Municipality.name)
        .join(Channel, Channel.municipality_id == Municipality.id)
        .where(Channel.bot_user_id == bot_user_id, Channel.municipality_id != municipality)
    )
    return session.scalar(query)


# --- the test message ------------------------------------------------------------------------------------


def new_word(session: Session, municipality: str, now: datetime) -> str:
    """New digits; whose chat they come from becomes the tester. An earlier number ends."""
    row = progress(session, municipality)
    row.word, row.word_until = f"{secrets.randbelow(10**6):06}", now + WORD_LASTS
    return row.word


def waits_for(session: Session, municipality: str, digits: str, now: datetime) -> bool:
    """Whether these digits were shown for a test that still waits."""
    row = session.get(SetupProgress, municipality)
    if row is None or row.word is None or row.word_until is None or row.word_until <= now:
        return False
    return hmac.compare_digest(row.word.encode(), digits.encode())


def found_tester(session: Session, municipality: str, resident_id: int, digits: str, now: datetime) -> bool:
    """Who typed the digits becomes the tester: tests go there. False when they were used or are over."""
    if not waits_for(session, municipality, digits, now):
        return False
    row = progress(session, municipality)
    row.tester_id, row.word, row.word_until = resident_id, None, None
    return True

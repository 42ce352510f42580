"""Passkeys (WebAuthn): options for the browser, what it brings back checked, the keys of a person.

A passkey signs in alone: user verification (fingerprint, face, PIN) is always asked for, so that it is two factors.
The challenge travels in the signed cookie with the moment it was made; a passkey never answers an older one again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

import webauthn
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, generate_challenge
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Passkey, Staff
from bot.services import audit

NAME: Final = "円卓"
MOST: Final = 10  # of one person
WITHIN: Final = timedelta(minutes=5)
NOT_ADDED: Final = "パスキーを加えられませんでした。もう一度「パスキーを加える」を押してください。"


@dataclass(frozen=True)
class Place:
    """Where passkeys count: the host they are bound to, and the address pages really have."""

    rp_id: str
    origin: str


@dataclass(frozen=True)
class Asked:
    """A challenge, and when it was made."""

    challenge: bytes
    at: datetime


def ask(now: datetime) -> Asked:
    """A new challenge."""
    return Asked(generate_challenge(), now)


def options_to_add(session: Session, place: Place, person: Staff, asked: Asked) -> dict[str, Any]:
    """What the browser needs to make a passkey for this person. Raises ConflictError when they have enough."""
    mine = listing(session, person.id)
    if len(mine) >= MOST:
        raise ConflictError(f"パスキーは{MOST}個までです。使っていないものを外してください。")
    options = webauthn.generate_registration_options(
        rp_id=place.rp_id,
        rp_name=NAME,
        user_id=_handle(person.id),
        user_name=person.email,
        user_display_name=person.name,
        challenge=asked.challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=row.credential_id) for row in mine],
    )
    return _json(options)


def add(
    session: Session, place: Place, person: Staff, asked: Asked, answer: str, *, name: str, now: datetime
) -> Passkey:
    """Keep the passkey that the browser has made. Raises BadInputError for anything wrong with it."""
    if now - asked.at > WITHIN:
        raise BadInputError(f"時間がたちました。{NOT_ADDED}")
    try:
        made = webauthn.verify_registration_response(
            credential=_credential(answer),
            expected_challenge=asked.challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise BadInputError(NOT_ADDED) from None
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)) is not None:
        raise BadInputError("このパスキーは、もう登録されています。")
    row = Passkey(
        municipality_id=person.municipality_id, staff_id=person.id, credential_id=made.credential_id,
        public_key=made.credential_public_key, sign_count=made.sign_count, name=_name(name), created_at=now,
        challenge_at=asked.at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    actor = Actor(person.id, person.name)
    audit.record(session, person.municipality_id, actor, "staff.add_passkey", f"staff:{person.id}", now)
    return row


def options_to_enter(place: Place, asked: Asked, credentials: Iterable[bytes]) -> dict[str, Any]:
    """What the browser needs to sign in; without credentials it offers every passkey it has for this host."""
    options = webauthn.generate_authentication_options(
        rp_id=place.rp_id,
        challenge=asked.challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in credentials],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _json(options)


def credentials_of(session: Session, email: str, secret: bytes) -> list[bytes]:
    """The passkeys of an address; for one without any a made-up one, always the same, so that nobody learns of it."""
    query = select(Passkey.credential_id).join(Staff, Staff.id == Passkey.staff_id)
    found = list(session.scalars(query.where(Staff.email == email, Staff.active).order_by(Passkey.id)))
    return found or [hmac.new(secret, email.encode("utf-8", "replace"), hashlib.sha256).digest()]


def enter(session: Session, place: Place, asked: Asked, answer: str, now: datetime) -> Staff | None:
    """The person whose passkey has answered this challenge; None for everything else, whatever was wrong."""
    if now - asked.at > WITHIN:
        return None
    try:
        credential = _credential(answer)
        key = base64url_to_bytes(str(credential["rawId"]))
        handle = credential["response"].get("userHandle")
        row = session.scalar(select(Passkey).where(Passkey.credential_id == key).with_for_update())
        if row is None or (handle and base64url_to_bytes(str(handle)) != _handle(row.staff_id)):
            return None
        checked = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=asked.challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError):
        return None
    if row.challenge_at is not None and asked.at <= row.challenge_at:
        return None  # the same answer again
    row.sign_count, row.used_at, row.challenge_at = checked.new_sign_count, now, asked.at
    person = session.get(Staff, row.staff_id)
    return person if person is not None and person.active else None


def listing(session: Session, staff_id: int) -> list[Passkey]:
    """A person's passkeys, the oldest first."""
    return list(session.scalars(select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.id)))


def get(session: Session, staff_id: int, passkey_id: int) -> Passkey:
    """One of a person's own. Raises NotFoundError for another's."""
    row = session.get(Passkey, passkey_id)
    if row is None or row.staff_id != staff_id:
        raise NotFoundError("そのパスキーは、もうありません。")
    return row


def rename(row: Passkey, name: str) -> None:
    """What its owner calls it."""
    row.name = _name(name)


def remove(session: Session, row: Passkey, by: Actor, now: datetime) -> None:
    """It opens nothing any more."""
    audit.record(session, row.municipality_id, by, "staff.remove_passkey", f"staff:{row.staff_id}", now)
    session.delete(row)
    session.flush()


def _credential(answer: str) -> dict[str, Any]:
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError("not a credential")
    return found


def _name(name: str) -> str:
    return " ".join(name.split())[:60] or "パスキー"


def _json(options: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(webauthn.options_to_json(options)))


def _handle(staff_id: int) -> bytes:
    """The person as the authenticator knows them: it says nothing of who it is (WebAuthn 14.6.1)."""
    return b"entaku-staff-%d" % staff_id

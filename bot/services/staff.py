"""Staff: accounts, roles, and what a person may therefore do (`Actor`). Signing in is bot.services.sign_in.

Every change raises `session_version` where an old session must not outlive it, and writes its audit row.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from argon2 import PasswordHasher
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core.permissions import DISTRICT_ROLES, ROLES, SYSTEM, Actor, Grant
from bot.core.sealing import Sealer
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import District, Municipality, Staff, StaffDistrict, StaffRole
from bot.services import audit

MIN_PASSWORD, MAX_PASSWORD = 12, 200
MIN_DIFFERENT, MIN_NAME = 5, 4  # different characters; length from which an address's name must not be inside
TOTP_CONTEXT = "staff.totp/"
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,54}")
NO_PASSWORD = "!"  # noqa: S105  of an account that was opened through the city's own sign-in: no password fits
_ONCE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without the look-alikes i l o 0 1
# argon2id with the library's defaults: RFC 9106's low-memory recommendation.
HASHER = PasswordHasher()


@dataclass(frozen=True)
class NewStaff:
    """An account to be made. `municipality` None: an admin of the whole installation; `password` None: without one."""

    email: str
    name: str
    password: str | None = field(repr=False)
    municipality: str | None = None
    role: str = "viewer"
    district_ids: tuple[int, ...] = ()
    until: date | None = None
    department: str | None = None


@dataclass(frozen=True)
class Role:
    """One role of a person in a municipality; `until` is its last day, `department` the one they speak for."""

    role: str
    district_ids: tuple[int, ...] = ()
    until: date | None = None
    department: str | None = None


def create(session: Session, new: NewStaff, now: datetime, by: Actor = SYSTEM, *, once: bool = False) -> Staff:
    """Make an account with its first role. `once`: the password must be changed at the first sign-in.

    Raises BadInputError (what to mend) and ConflictError (the address has an account).
    """
    email, name = check_person(new.email, new.name)
    if new.password is not None:
        check_password(new.password, email)
    first = Role(new.role, new.district_ids, new.until, new.department)
    check_first_role(session, new.municipality, first)
    if session.scalar(select(Staff.id).where(Staff.email == email)) is not None:
        raise ConflictError("このメールアドレスの人は、もう登録されています。")
    staff = Staff(
        municipality_id=new.municipality,
        email=email,
        name=name,
        password_hash=NO_PASSWORD if new.password is None else HASHER.hash(new.password),
        password_once=once,
        created_at=now,
    )
    session.add(staff)
    session.flush()
    audit.record(session, new.municipality, by, "staff.create", f"staff:{staff.id}", now, {"role": new.role})
    if new.municipality is not None:
        grant(session, staff, new.municipality, first, now, by=by)
    return staff


def check_person(email: str, name: str) -> tuple[str, str]:
    """Address and name as they are kept. Raises BadInputError naming what to mend."""
    email, name = fold_email(email), name.strip()
    if not _EMAIL.fullmatch(email):
        raise BadInputError("メールアドレスの形を確かめてください(例: name@example.jp)。")
    if not 1 <= len(name) <= 60:
        raise BadInputError("名前は1文字から60文字で入れてください。")
    return email, name


def check_first_role(session: Session, municipality: str | None, role: Role) -> None:
    """Raise BadInputError unless somebody can begin with this role there."""
    if municipality is not None:
        _check_role(session, municipality, role)
    elif role.role != "admin":
        raise BadInputError("市町村を決めずに作れるのは、全体の管理者だけです。")


def fold_email(email: str) -> str:
    """The form in which addresses are compared and kept."""
    return email.strip().lower()


def check_password(password: str, email: str) -> None:
    """Raise BadInputError unless the password is long enough and not made of the address."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise BadInputError(f"パスワードは{MIN_PASSWORD}文字以上で決めてください。")
    name = email.partition("@")[0]
    if (len(name) >= MIN_NAME and name in password.lower()) or len(set(password)) < MIN_DIFFERENT:
        raise BadInputError("そのパスワードは当てられやすいので、別のものにしてください。")


def one_time_password() -> str:
    """A password to hand over once: four groups that can be read aloud (about 79 bits)."""
    return "-".join("".join(secrets.choice(_ONCE_ALPHABET) for _ in range(4)) for _ in range(4))


def grant(
    session: Session, staff: Staff, municipality: str, role: Role, now: datetime, *, by: Actor = SYSTEM
) -> StaffRole:
    """Give a person a role in a municipality. Raises BadInputError (unknown role, districts missing or foreign)."""
    _check_role(session, municipality, role)
    row = StaffRole(
        staff_id=staff.id, municipality_id=municipality, role=role.role, until=role.until, department=_department(role)
    )
    session.add(row)
    session.flush()
    _set_districts(session, row, role)
    _record_role(session, "staff.grant", row, role, now, by)
    return row


def change_role(session: Session, row: StaffRole, role: Role, now: datetime, by: Actor) -> None:
    """Replace a role's kind, districts and end. Raises BadInputError as `grant` does."""
    _check_role(session, row.municipality_id, role)
    if row.role == "admin" and (role.role != "admin" or role.until is not None):
        _not_oneself(row.staff_id, by)
    row.role, row.until, row.department = role.role, role.until, _department(role)
    row.ended_at = None
    _set_districts(session, row, role)
    _record_role(session, "staff.change_role", row, role, now, by)


def revoke(session: Session, row: StaffRole, now: datetime, by: Actor) -> None:
    """Take a role away. Nobody takes their own admin role (the last one would lock everyone out)."""
    if row.role == "admin":
        _not_oneself(row.staff_id, by)
    _record_role(session, "staff.revoke", row, Role(row.role), now, by)
    session.delete(row)


def deactivate(session: Session, staff: Staff, now: datetime, by: Actor) -> None:
    """End an account: signed out everywhere, no sign-in any more. The record stays for the audit."""
    _not_oneself(staff.id, by)
    staff.active = False
    staff.session_version += 1
    audit.record(session, staff.municipality_id, by, "staff.deactivate", f"staff:{staff.id}", now)


def reactivate(session: Session, staff: Staff, now: datetime, by: Actor) -> None:
    """Open an ended account again; its password and roles are as they were."""
    staff.active, staff.failures, staff.locked_until = True, 0, None
    audit.record(session, staff.municipality_id, by, "staff.reactivate", f"staff:{staff.id}", now)


def reset_password(session: Session, staff: Staff, now: datetime, by: Actor) -> str:
    """A new one-time password (returned, kept nowhere); signs the person out everywhere and lifts a lock."""
    password = one_time_password()
    _set_password(staff, password, once=True)
    audit.record(session, staff.municipality_id, by, "staff.reset_password", f"staff:{staff.id}", now)
    return password


def change_password(session: Session, staff: Staff, password: str, now: datetime, by: Actor) -> None:
    """The person's own new password; all other sessions end. Raises BadInputError for a weak one."""
    check_password(password, staff.email)
    _set_password(staff, password, once=False)
    audit.record(session, staff.municipality_id, by, "staff.change_password", f"staff:{staff.id}", now)


def enable_totp(
    session: Session, sealer: Sealer, staff: Staff, secret: str | None, now: datetime, by: Actor = SYSTEM
) -> str:
    """Turn on codes from an authenticator app; `secret` None makes a new one. Returns the base32 secret."""
    import pyotp

    secret = secret or pyotp.random_base32()
    staff.totp_secret = sealer.seal(secret.encode(), f"{TOTP_CONTEXT}{staff.id}")
    staff.totp_step = 0
    audit.record(session, staff.municipality_id, by, "staff.enable_totp", f"staff:{staff.id}", now)
    return secret


def remove_totp(session: Session, staff: Staff, now: datetime, by: Actor) -> None:
    """Take the app off the account; `second_factors.keep_one` says whether that may be."""
    staff.totp_secret, staff.totp_step = None, 0
    audit.record(session, staff.municipality_id, by, "staff.remove_totp", f"staff:{staff.id}", now)


def actor(session: Session, staff: Staff) -> Actor:
    """The person with all their roles, as the rules of bot.core.permissions read them."""
    rows = session.scalars(select(StaffRole).where(StaffRole.staff_id == staff.id)).all()
    districts: dict[int, set[int]] = {row.id: set() for row in rows}
    for link in session.scalars(select(StaffDistrict).where(StaffDistrict.role_id.in_(districts))):
        districts[link.role_id].add(link.district_id)
    grants = [
        Grant(row.role, row.municipality_id, frozenset(districts[row.id]), row.until, row.department) for row in rows
    ]
    if staff.municipality_id is None:
        grants.append(Grant("admin", None))
    return Actor(staff.id, staff.name, tuple(grants))


def listing(session: Session, municipality: str) -> list[Staff]:
    """Everyone of a municipality, open accounts first, by name."""
    rows = select(Staff).where(Staff.municipality_id == municipality).order_by(Staff.active.desc(), Staff.name)
    return list(session.scalars(rows))


def departments(session: Session, municipality: str) -> list[str]:
    """The departments that somebody speaks for, by name: what a referral offers."""
    query = select(StaffRole.department).where(
        StaffRole.municipality_id == municipality, StaffRole.department.is_not(None)
    )
    return sorted({name for name in session.scalars(query) if name})


def get(session: Session, municipality: str, staff_id: int) -> Staff:
    """One person of a municipality. Raises NotFoundError for anyone else's."""
    staff = session.get(Staff, staff_id)
    if staff is None or staff.municipality_id != municipality:
        raise NotFoundError("その人は、この市町村の一覧にいません。")
    return staff


def roles(session: Session, municipality: str, staff_ids: Collection[int]) -> dict[int, list[tuple[StaffRole, Role]]]:
    """The roles of these people in a municipality: rows to change, and what they say."""
    rows = session.scalars(
        select(StaffRole)
        .where(StaffRole.municipality_id == municipality, StaffRole.staff_id.in_(staff_ids))
        .order_by(StaffRole.id)
    ).all()
    found: dict[int, list[tuple[StaffRole, Role]]] = {staff_id: [] for staff_id in staff_ids}
    for row in rows:
        links = select(StaffDistrict.district_id).where(StaffDistrict.role_id == row.id)
        found[row.staff_id].append((row, Role(row.role, tuple(session.scalars(links)), row.until, row.department)))
    return found


def get_role(session: Session, municipality: str, staff: Staff, role_id: int) -> StaffRole:
    """One role row. Raises NotFoundError when it is another person's or municipality's."""
    row = session.get(StaffRole, role_id)
    if row is None or row.municipality_id != municipality or row.staff_id != staff.id:
        raise NotFoundError("その役割は、もうありません。")
    return row


def district_ids(session: Session, municipality: str | None, names: Collection[str]) -> tuple[int, ...]:
    """The districts of these names or pack keys. Raises BadInputError naming the unknown ones."""
    found: dict[str, int] = {}
    for district in session.scalars(select(District).where(District.municipality_id == municipality)):
        found[district.name] = found[district.key] = district.id
    unknown = [name for name in names if name not in found]
    if unknown:
        raise BadInputError(f"この市町村にない地区です: {', '.join(unknown)}")
    return tuple(found[name] for name in names)


def district_names(session: Session, municipality: str | None, ids: Collection[int]) -> list[str]:
    """These districts' names, in their own order; those of another municipality are left out."""
    query = select(District.name).where(District.municipality_id == municipality, District.id.in_(ids))
    return list(session.scalars(query.order_by(District.position)))


def _check_role(session: Session, municipality: str, role: Role) -> None:
    if session.get(Municipality, municipality) is None:
        raise NotFoundError(f"There is no municipality {municipality!r}; load its pack first (entaku pack load).")
    if role.role not in ROLES:
        raise BadInputError(f"役割を選んでください({', '.join(ROLES)})。")
    if role.role not in DISTRICT_ROLES:
        return
    known = session.scalars(
        select(District.id).where(District.municipality_id == municipality, District.id.in_(role.district_ids))
    ).all()
    if not role.district_ids or set(known) != set(role.district_ids):
        raise BadInputError("この役割には、担当する地区を1つ以上選んでください。")


def _department(role: Role) -> str | None:
    return (role.department or "").strip()[:60] or None if role.role == "department" else None


def _set_districts(session: Session, row: StaffRole, role: Role) -> None:
    session.execute(delete(StaffDistrict).where(StaffDistrict.role_id == row.id))
    if role.role in DISTRICT_ROLES:
        links = [
            StaffDistrict(role_id=row.id, district_id=district, municipality_id=row.municipality_id)
            for district in sorted(set(role.district_ids))
        ]
        session.add_all(links)
    session.flush()


def _record_role(session: Session, action: str, row: StaffRole, role: Role, now: datetime, by: Actor) -> None:
    details = {"role": role.role, "districts": list(role.district_ids), "until": role.until and role.until.isoformat()}
    audit.record(session, row.municipality_id, by, action, f"staff:{row.staff_id}", now, details)


def _set_password(staff: Staff, password: str, *, once: bool) -> None:
    staff.password_hash, staff.password_once = HASHER.hash(password), once
    staff.session_version += 1
    staff.failures, staff.locked_until = 0, None


def _not_oneself(staff_id: int, by: Actor) -> None:
    if staff_id == by.id:
        raise ConflictError("自分の管理者の役割は外せません。ほかの管理者に頼んでください。")

"""Earlier announcements (前のお知らせ): what everybody may read, found by word, month and district.

Public is what was sent to a district or to the whole city, also when only some topics or languages got it. What went
to holders of a post, to one neighbourhood or to those who took part somewhere stays with them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.errors import NotFoundError
from bot.models import Announcement, AnnouncementDistrict, AnnouncementText, District
from bot.models.announcement import AUDIENCES
from bot.now import JST, jst
from bot.services import activities
from content import dates

PAGE = 20
DATED = 200  # of the newest, so many are looked through for dates
MAX_WORD = 60
OPEN_FILTERS = frozenset({"topics", "languages", "untold_days"})
HIDDEN_KINDS = ("slip",)
SENT = ("sending", "sent")
CUT_SHORT = ("stopped", "cancelled")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}  # letters and digits of full width


@dataclass(frozen=True)
class Wanted:
    """What is looked for; an empty field narrows nothing. `month` is its first day; `districts` are ids."""

    words: str = ""
    month: date | None = None
    districts: tuple[int, ...] = ()

    @property
    def nothing(self) -> bool:
        return self == Wanted()


@dataclass(frozen=True)
class Dated:
    """An announcement with the day (and time) it tells of. `called_off`: that date does not take place."""

    row: Announcement
    day: date
    at: datetime | None
    called_off: bool = False


def find(session: Session, municipality: str, wanted: Wanted, limit: int = PAGE, offset: int = 0) -> list[Announcement]:
    """What was sent and may be read by everybody, newest first."""
    query = (
        select(Announcement)
        .where(_public(municipality), *_narrowed(municipality, wanted))
        .order_by(Announcement.frozen_at.desc(), Announcement.id.desc())
    )
    found: list[Announcement] = []
    # Filters are JSON; the few that are not public are left out here.
    for row in session.scalars(query.execution_options(yield_per=100)):
        if not _open(row):
            continue
        if offset:
            offset -= 1
            continue
        found.append(row)
        if len(found) == limit:
            break
    return found


def get(session: Session, municipality: str, announcement_id: int) -> Announcement:
    """One that everybody may read. Raises NotFoundError for any other."""
    found = session.scalar(select(Announcement).where(_public(municipality), Announcement.id == announcement_id))
    if found is None or not _open(found):
        raise NotFoundError("そのお知らせは、見つかりません。")
    return found


def is_public(row: Announcement) -> bool:
    """Whether everybody may read it."""
    return (
        row.frozen_at is not None
        and (row.state in SENT or (row.state in CUT_SHORT and row.accepted > 0))
        and (row.audience in AUDIENCES and row.kind not in HIDDEN_KINDS and _open(row))
    )


def corrected_by(session: Session, row: Announcement) -> list[Announcement]:
    """What was sent later about this one (corrections, calling off), the newest first."""
    query = select(Announcement).where(_public(row.municipality_id), Announcement.corrects_id == row.id)
    return list(session.scalars(query.order_by(Announcement.frozen_at.desc())))


def months(session: Session, municipality: str, now: datetime, most: int = 24) -> list[date]:
    """The months from the newest announcement back to the oldest, as their first days."""
    first = session.scalar(select(func.min(Announcement.frozen_at)).where(_public(municipality)))
    if first is None:
        return []
    found: list[date] = []
    month, oldest = jst(now).date().replace(day=1), jst(first).date().replace(day=1)
    while month >= oldest and len(found) < most:
        found.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def names(session: Session, municipality: str, ids: Collection[int]) -> dict[int, list[str]]:
    """The names of each announcement's districts; none: the whole city."""
    query = (
        select(AnnouncementDistrict.announcement_id, District.name)
        .join(District, District.id == AnnouncementDistrict.district_id)
        .where(AnnouncementDistrict.municipality_id == municipality, AnnouncementDistrict.announcement_id.in_(ids))
        .order_by(District.position, District.id)
    )
    found: dict[int, list[str]] = {}
    for announcement_id, name in session.execute(query):
        found.setdefault(announcement_id, []).append(name)
    return found


def dated(session: Session, municipality: str, since: datetime, districts: tuple[int, ...] = ()) -> list[Dated]:
    """Announcements sent since then that tell of a day: by their button to an activity, else by their 日時."""
    rows = find(session, municipality, Wanted(districts=districts), limit=DATED)
    recent = (row for row in rows if row.frozen_at is not None and row.frozen_at >= since)
    return [one for row in recent if (one := _date_of(session, row)) is not None]


def month_of(text: str, now: datetime) -> date | None:
    """「11月」「先月」「2025年11月」 as a month's first day, the last one that has begun; None for anything else."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    today = jst(now).date()
    if plain in ("今月", "こんげつ"):
        return today.replace(day=1)
    if plain in ("先月", "せんげつ"):
        return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    match = re.fullmatch(r"(?:(20\d\d)年|(?:令和|R)(\d{1,2})年|(去年|昨年)の?)?(\d{1,2})月(?:中|分|号)?", plain)
    if match is None or not 1 <= int(match[4]) <= 12:
        return None
    year = int(match[1]) if match[1] else 2018 + int(match[2]) if match[2] else today.year - bool(match[3])
    month = date(year, int(match[4]), 1)
    later = not (match[1] or match[2] or match[3]) and month > today
    return month.replace(year=year - 1) if later else month


def _public(municipality: str) -> ColumnElement[bool]:
    return and_(
        Announcement.municipality_id == municipality,
        Announcement.frozen_at.is_not(None),
        or_(Announcement.state.in_(SENT), and_(Announcement.state.in_(CUT_SHORT), Announcement.accepted > 0)),
        Announcement.audience.in_(AUDIENCES),
        Announcement.kind.not_in(HIDDEN_KINDS),
    )


def _open(row: Announcement) -> bool:
    return set(row.filters or {}) <= OPEN_FILTERS


def _narrowed(municipality: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for word in unicodedata.normalize("NFKC", wanted.words[:MAX_WORD]).split():
        spellings = dict.fromkeys((word, word.translate(_WIDE), word.upper().translate(_WIDE)))  # 6日 is also ６日
        text = select(AnnouncementText.announcement_id).where(
            AnnouncementText.municipality_id == municipality,
            _holds((AnnouncementText.title, AnnouncementText.body), spellings),
        )
        own = _holds((Announcement.title, Announcement.body, Announcement.sender), spellings)
        found.append(or_(own, Announcement.id.in_(text)))
    if wanted.month is not None:
        begin = datetime.combine(wanted.month, time(), JST)
        end = datetime.combine((wanted.month + timedelta(days=32)).replace(day=1), time(), JST)
        found += [Announcement.frozen_at >= begin, Announcement.frozen_at < end]
    if wanted.districts:
        there = select(AnnouncementDistrict.announcement_id).where(
            AnnouncementDistrict.municipality_id == municipality,
            AnnouncementDistrict.district_id.in_(wanted.districts),
        )
        found.append(or_(Announcement.audience == "city", Announcement.id.in_(there)))
    return found


def _holds(columns: Iterable[InstrumentedAttribute[str]], spellings: Iterable[str]) -> ColumnElement[bool]:
    return or_(*(column.icontains(one, autoescape=True) for column, one in product(columns, spellings)))


def _date_of(session: Session, row: Announcement) -> Dated | None:
    off = row.kind == "called_off"
    for button in row.buttons or ():
        if button["kind"] == "activity":
            day = date.fromisoformat(button["day"])
            one = activities.on(session, row.municipality_id, button["key"], day, row.frozen_at or row.created_at)
            if one is not None:
                at = None if one.occurrence.all_day else one.occurrence.starts_at
                return Dated(row, jst(one.occurrence.starts_at).date(), at, off or one.occurrence.called_off)
    told = str((row.particulars or {}).get("date", ""))
    said = dates.find(told, row.frozen_at or row.created_at) if told else None
    if said is None:
        return None
    clock = said.at or dates.time_of_day(told)
    return Dated(row, said.first, datetime.combine(said.first, clock, JST) if clock else None, off)

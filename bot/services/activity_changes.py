"""Staff call an activity's date off, put it off, change it, or say that it is held: the entry, and everyone told.

One transaction changes the entry (so every answer, page and calendar file), keeps the change as a version, and
notes who is to be told: everybody who has a place, waits, or wanted to be reminded. The clock sends
(scheduler.reminders). Somebody not told yet when it changes again is told once, what is true then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import delete, func, select, union, update
from sqlalchemy.orm import Session

from bot.core import sign_up_rules
from bot.core.permissions import Actor
from bot.core.sign_up_rules import Counts
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import ChangeNotice, Entry, Municipality, Reminder, Resident, SignUp, WebSignUp
from bot.now import jst
from bot.services import activities, audit, districts, entry_versions, sign_ups
from bot.services.activities import Dated
from bot.services.sign_ups import Key
from content.packs_json import entry_from, entry_json
from content.packs_model import Change

ACTS: Final = ("中止", "順延", "変更", "実施")
MAX_NOTE: Final = 100
MAX_PLACE: Final = 60
EACH: Final = 2
MONTH: Final = timedelta(days=31)
FARTHEST: Final = timedelta(days=400)


@dataclass(frozen=True)
class Sheet:
    """One date on the staff's list: the entry's row, the date, numbers, and whether this person may change it."""

    row: Entry
    dated: Dated
    counts: Counts
    free: int | None
    reminders: int
    may_change: bool

    @property
    def key(self) -> Key:
        return Key(self.row.municipality_id, self.row.key, self.dated.occurrence.day)


def listing(
    session: Session, municipality: str, actor: Actor, now: datetime, district: str = ""
) -> list[tuple[Entry, Dated, Counts]]:
    """The dates of the next month in this person's districts (and the whole city's), soonest first, with numbers.

    `district` (a pack's id) narrows it to that district's own. An activity that comes often has its next dates only.
    """
    query = select(Entry).where(Entry.municipality_id == municipality, Entry.kind == "activity", Entry.published)
    rows = {row.key: row for row in session.scalars(query)}
    numbers = _all_counts(session, municipality)
    readable = {key for key, row in rows.items() if _may(session, row, actor, "activity.read", now)}
    found = [
        (rows[dated.entry.id], dated, numbers.get((dated.entry.id, dated.occurrence.day), Counts()))
        for dated in activities.next_dates(session, municipality, now, EACH, MONTH)
        if dated.entry.id in readable and (not district or district in dated.entry.districts)
    ]
    return sorted(found, key=lambda one: (one[1].occurrence.starts_at, one[0].title))


def _all_counts(session: Session, municipality: str) -> dict[tuple[str, date], Counts]:
    """The numbers of every date that anybody signed up for, in one query."""
    found: dict[tuple[str, date], Counts] = {}
    for table in (SignUp, WebSignUp):
        columns = (table.entry_key, table.day, table.state)
        query = select(*columns, func.count(), func.sum(table.people)).where(table.municipality_id == municipality)
        for key, day, state, households, people in session.execute(query.group_by(*columns)):
            found[key, day] = found.get((key, day), Counts()).plus(state, int(households), int(people))
    return found


def sheet(session: Session, key: Key, actor: Actor, now: datetime) -> Sheet:
    """One date. Raises NotFoundError when there is none, or it is not this person's to see."""
    query = select(Entry).where(Entry.municipality_id == key.municipality, Entry.key == key.entry)
    row, dated = session.scalar(query), sign_ups.find(session, key, now)
    if row is None or dated is None or not _may(session, row, actor, "activity.read", now):
        raise NotFoundError("その行事は見つかりません。")
    return _sheet(session, row, dated, actor, now)


def change(session: Session, key: Key, actor: Actor, wanted: Change, version: int, now: datetime) -> int:
    """Change one date; returns how many people's telephones will be told.

    Raises NotAllowedError, BadInputError, and ConflictError when somebody changed it after `version`.
    """
    moved = rewrite(session, key, actor, wanted, version, now)
    told = _note(session, key, moved)
    move_rows(session, key, moved, now)
    found = sheet(session, key, actor, now)
    details = {"day": key.day.isoformat(), "state": wanted.state, "told": told}
    audit.record(session, key.municipality, actor, "activity.change", f"entry:{found.row.id}", now, details)
    return told


def rewrite(session: Session, key: Key, actor: Actor, wanted: Change, version: int | None, now: datetime) -> Dated:
    """Change one date in its entry and tell nobody yet; returns it as it then stands. `version` None: whatever it is.

    For bot.services.rain_deciding too, whose announcement tells everybody. Raises as `change`.
    """
    sign_ups.lock(session, key)
    found = sheet(session, key, actor, now)
    row, dated = found.row, found.dated
    session.refresh(row)
    if not found.may_change:
        raise NotAllowedError("この行事を変える役割がありません。")
    if version is not None and row.version != version:
        raise ConflictError("あなたが開いたあとで、ほかの人がこの行事を変えました。いまの内容を確かめてください。")
    _check(wanted, dated, now)
    _rewrite(session, row, _after(wanted, dated), actor, now)
    moved = sign_ups.find(session, key, now)
    assert moved is not None
    return moved


def _check(wanted: Change, dated: Dated, now: datetime) -> None:
    if wanted.state not in ACTS:
        raise BadInputError("どうするかを選んでください。")
    if dated.occurrence.ends_at <= now:
        raise BadInputError("この行事は、もう終わっています。")
    if not wanted.note.strip():
        raise BadInputError("ひとこと(わけ)を書いてください。申し込んだ人に、そのまま届きます。")
    if len(wanted.note) > MAX_NOTE or "\n" in wanted.note:
        raise BadInputError(f"ひとことは、1行で{MAX_NOTE}文字までです。")
    if len(wanted.place) > MAX_PLACE:
        raise BadInputError(f"場所は{MAX_PLACE}文字までです。")
    if wanted.state not in {"順延", "変更"} and (wanted.moved_to or wanted.start or wanted.place):
        raise BadInputError("新しい日、時刻、場所は、順延か変更のときだけ書けます。")
    if wanted.moved_to is not None and not jst(now).date() <= wanted.moved_to <= jst(now).date() + FARTHEST:
        raise BadInputError("新しい日は、きょうから1年のあいだの日にしてください。")


def _after(wanted: Change, dated: Dated) -> Change:
    """What was said before of the day, time and place stays, but for a 順延, which says the day anew."""
    assert dated.entry.activity is not None
    before = next((one for one in dated.entry.activity.changes if one.day == wanted.day), None)
    if before is None:
        return wanted
    moved = wanted.moved_to if wanted.state == "順延" else wanted.moved_to or before.moved_to
    return replace(wanted, moved_to=moved, start=wanted.start or before.start, place=wanted.place or before.place)


def _rewrite(session: Session, row: Entry, wanted: Change, actor: Actor, now: datetime) -> None:
    """The entry with the change, as its newest version; what was built from entries is stale then."""
    entry_versions.note_first(session, row)
    if row.edited_at is None:
        row.pack_data = row.data
    entry = entry_from(row.data)
    assert entry.activity is not None
    day = jst(now).date()
    kept = [one for one in entry.activity.changes if one.day != wanted.day and (one.moved_to or one.day) >= day]
    changes = tuple(sorted((*kept, wanted), key=lambda one: one.day))
    row.data = entry_json(replace(entry, activity=replace(entry.activity, changes=changes)))
    row.version += 1
    row.updated_at = row.edited_at = now
    entry_versions.note(session, row, "change", actor.name, now)
    session.execute(
        update(Municipality)
        .where(Municipality.id == row.municipality_id)
        .values(content_version=Municipality.content_version + 1)
    )
    session.flush()


def _note(session: Session, key: Key, dated: Dated) -> int:
    """Everybody who is to be told, each once; returns how many."""
    concerned = union(
        *(
            select(table.resident_id).where(
                table.municipality_id == key.municipality, table.entry_key == key.entry, table.day == key.day
            )
            for table in (SignUp, Reminder)
        )
    ).subquery()
    active = select(Resident.id).where(
        Resident.municipality_id == key.municipality,
        Resident.state == "active",
        Resident.id.in_(select(concerned.c[0])),
    )
    people = list(session.scalars(active))
    mine = (ChangeNotice.municipality_id == key.municipality, ChangeNotice.entry_key == key.entry)
    session.execute(delete(ChangeNotice).where(*mine, ChangeNotice.day == key.day))
    session.add_all(
        ChangeNotice(
            municipality_id=key.municipality, entry_key=key.entry, day=key.day, resident_id=resident,
            over_at=dated.occurrence.ends_at,
        )
        for resident in people
    )  # fmt: skip
    session.flush()
    return len(people)


def move_rows(session: Session, key: Key, dated: Dated, now: datetime) -> None:
    """Sign-ups and reminders follow a date that was moved; a reminder whose evening is past is no use any more."""
    over, evening = dated.occurrence.ends_at, sign_up_rules.remind_at(dated.occurrence)
    moved = ((SignUp, {"over_at": over}), (WebSignUp, {"over_at": over}))
    for table, values in (*moved, (Reminder, {"over_at": over, "remind_at": evening})):
        session.execute(
            update(table)
            .where(table.municipality_id == key.municipality, table.entry_key == key.entry, table.day == key.day)
            .values(**values)
        )
    if evening <= now:
        session.execute(
            delete(Reminder).where(
                Reminder.municipality_id == key.municipality, Reminder.entry_key == key.entry, Reminder.day == key.day
            )
        )


def _sheet(session: Session, row: Entry, dated: Dated, actor: Actor, now: datetime) -> Sheet:
    key = Key(row.municipality_id, row.key, dated.occurrence.day)
    reminders = select(func.count()).where(
        Reminder.municipality_id == key.municipality, Reminder.entry_key == key.entry, Reminder.day == key.day
    )
    return Sheet(
        row, dated, sign_ups.counts(session, key), sign_ups.free(session, key, dated),
        session.scalar(reminders) or 0, _may(session, row, actor, "activity.manage", now),
    )  # fmt: skip


def _may(session: Session, row: Entry, actor: Actor, right: str, now: datetime) -> bool:
    """Whether this person holds the right for all districts of an activity (none: the whole city)."""
    keys = row.data.get("districts") or []
    today = jst(now).date()
    if not keys:
        # Everybody of the city reads what the whole city is invited to; changing it is the city's.
        wanted: tuple[int, ...] | None = None if right == "activity.read" else ()
        return actor.may(right, row.municipality_id, today, wanted)
    ids = [place.id for place in districts.listed(session, row.municipality_id) if place.key in keys]
    return actor.may(right, row.municipality_id, today, ids)


def parse(form: dict[str, str], day: date) -> Change:
    """A change as it was typed. Raises BadInputError for a day or time that is none."""
    try:
        moved = date.fromisoformat(form["moved_to"]) if form.get("moved_to") else None
        start = time.fromisoformat(form["start"]) if form.get("start") else None
    except ValueError:
        raise BadInputError("新しい日か時刻の書き方が分かりません。") from None
    return Change(day, form.get("state", ""), form.get("note", "").strip(), moved, start, form.get("place", "").strip())

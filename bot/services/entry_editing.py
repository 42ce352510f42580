"""Writing entries: draft, change, publish, withdraw, "checked today". Every change is a version and an audit row.

An entry is edited in the pack's own form, so that an export gives everything back. The number of its version says
which text a person had before them: a change of an older one is refused, and nothing is lost.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Desk, District, Entry, Municipality, UnansweredQuestion
from bot.now import jst
from bot.services import audit, entry_versions
from content import recurrence
from content.packs_json import entry_from, entry_json
from content.packs_model import MARKDOWN_KINDS, SAMPLE_MARK, Source, desk_entry
from content.packs_model import Desk as PackDesk
from content.packs_model import Entry as Content

MAX_TITLE, MAX_BODY, MAX_LINE, MAX_LINES = 80, 2000, 100, 30
FORM_KINDS: Final = (*MARKDOWN_KINDS, "facility")  # what the entry's own form writes
OWN_FORM: Final = {"activity": "activity.write", "organisation": "organisation.write"}  # kind -> right to write it
EDITED_KINDS: Final = (*FORM_KINDS, *OWN_FORM)  # the others come from packs and lists only


def get(session: Session, municipality: str, entry_id: int) -> Entry:
    """An entry of this municipality. Raises NotFoundError."""
    row = session.get(Entry, entry_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("この記事は見つかりません。")
    return row


def content_of(row: Entry) -> Content:
    """The entry as it stands, in the pack's form."""
    return replace(entry_from(row.data), draft=not row.published)


def writing(kind: str) -> str:
    """The right that writing an entry of this kind needs: who holds an activity writes it."""
    return OWN_FORM.get(kind, "entry.write")


def may(session: Session, row: Entry, actor: Actor, right: str, now: datetime) -> bool:
    """Whether this person holds the right for the districts of an entry (none: the whole city)."""
    districts = row.data.get("districts") or []
    right = writing(row.kind) if right == "entry.write" else right
    return actor.may(right, row.municipality_id, jst(now).date(), _ids(session, row.municipality_id, districts))


def how_many(
    session: Session, municipality: str, actor: Actor, right: str, places: Iterable[Iterable[str]], now: datetime
) -> int:
    """For how many entries, named by their districts' keys (none: the whole city), this person holds the right."""
    query = select(District.key, District.id).where(District.municipality_id == municipality)
    known, today = dict(session.execute(query).all()), jst(now).date()
    return sum(actor.may(right, municipality, today, [known.get(key, 0) for key in keys]) for keys in places)


def create(session: Session, municipality: str, actor: Actor, content: Content, now: datetime) -> Entry:
    """A new draft, seen by staff only. Its key is made here. Raises NotAllowedError, BadInputError."""
    _allow(session, municipality, actor, writing(content.kind), content.districts, now)
    content = replace(content, id=f"s-{secrets.token_hex(4)}")
    _check(content)
    row = Entry(municipality_id=municipality, key=content.id, published=False, version=1)
    _fill(row, content, now)
    session.add(row)
    session.flush()
    entry_versions.note(session, row, "create", actor.name, now)
    audit.record(session, municipality, actor, "entry.create", f"entry:{row.id}", now, {"kind": row.kind})
    return row


def change(session: Session, row: Entry, actor: Actor, content: Content, version: int, now: datetime) -> bool:
    """Keep a new text; True when something changed. A published entry answers with it at once.

    Raises NotAllowedError, BadInputError, and ConflictError when somebody changed it after `version`.
    """
    for districts in (row.data.get("districts") or [], content.districts):
        _allow(session, row.municipality_id, actor, writing(row.kind), districts, now)
    if row.published:
        _allow(session, row.municipality_id, actor, "entry.publish", content.districts, now)
    if row.kind not in EDITED_KINDS or (row.kind != content.kind and {row.kind, content.kind} & OWN_FORM.keys()):
        raise BadInputError("この種類の記事は、まだここでは直せません。知識のファイルを直してください。")
    _same_version(row, version)
    content = replace(content, id=row.key)
    _check(content)
    if row.published and (missing := lacking(content)):
        raise BadInputError(f"出ている記事には、{'と'.join(missing)}が要ります。")
    if entry_json(replace(content, draft=False)) == row.data:
        return False
    _begin(session, row)
    _fill(row, content, now)
    _end(session, row, actor, "change", now)
    return True


def publish(session: Session, row: Entry, actor: Actor, version: int, now: datetime) -> None:
    """Let the bot answer with it from now on. Doing it twice is no error.

    Raises NotAllowedError, ConflictError, and BadInputError that names what is still missing.
    """
    _allow(session, row.municipality_id, actor, "entry.publish", row.data.get("districts") or [], now)
    if row.published:
        return
    _same_version(row, version)
    if missing := lacking(content_of(row)):
        raise BadInputError(f"出す前に、{'と'.join(missing)}を書いてください。")
    _begin(session, row, edits=False)
    row.published = True
    _end(session, row, actor, "publish", now)
    answered(session, row)


def withdraw(session: Session, row: Entry, actor: Actor, now: datetime) -> None:
    """The bot answers with it no longer. Doing it twice is no error."""
    _allow(session, row.municipality_id, actor, "entry.publish", row.data.get("districts") or [], now)
    if row.published:
        _begin(session, row, edits=False)
        row.published = False
        _end(session, row, actor, "withdraw", now)


def check(session: Session, row: Entry, actor: Actor, now: datetime) -> None:
    """Somebody has made sure today that it is still so; the text stays, also against a pack."""
    _allow(session, row.municipality_id, actor, writing(row.kind), row.data.get("districts") or [], now)
    today = jst(now).date().isoformat()
    if row.data.get("checked_on") == today:
        return
    _begin(session, row, edits=False)
    row.data = {**row.data, "checked_on": today}
    if row.kind == "desk":
        desk = session.scalar(select(Desk).where(Desk.municipality_id == row.municipality_id, Desk.key == row.key))
        if desk is not None:
            desk.data = {**desk.data, "checked_on": today}
    _end(session, row, actor, "check", now)


def of_desk(session: Session, municipality: str, desk: PackDesk, actor: Actor, now: datetime) -> None:
    """The entry that tells of a desk says what the desk says now (whose editing was allowed already)."""
    content = desk_entry(desk)
    row = session.scalar(select(Entry).where(Entry.municipality_id == municipality, Entry.key == desk.id))
    if row is None:
        row = Entry(municipality_id=municipality, key=desk.id, published=True, version=0, data={})
        _fill(row, content, now)
        session.add(row)
        session.flush()
        row.version = 1
    else:
        _begin(session, row)
        _fill(row, content, now)
    _end(session, row, actor, "change", now)


def take_packs(session: Session, row: Entry, actor: Actor, version: int, now: datetime) -> None:
    """Let the pack's text replace ours. Raises NotAllowedError, ConflictError."""
    _allow(session, row.municipality_id, actor, "entry.publish", row.data.get("districts") or [], now)
    _same_version(row, version)
    if row.pack_data is None:
        return
    content, row.version = entry_from(row.pack_data), row.version + 1
    _fill(row, content, now)
    row.edited_at = row.pack_data = None
    row.pack_newer = False
    _end(session, row, actor, "change", now)


def keep_ours(session: Session, row: Entry, actor: Actor, now: datetime) -> None:
    """The pack's newer text was looked at; ours stays."""
    _allow(session, row.municipality_id, actor, writing(row.kind), row.data.get("districts") or [], now)
    if row.pack_newer:
        row.pack_newer = False
        audit.record(session, row.municipality_id, actor, "entry.keep", f"entry:{row.id}", now)


def answered(session: Session, row: Entry) -> None:
    """The questions an entry was written for are done as soon as it is published."""
    if row.published:
        session.execute(
            update(UnansweredQuestion)
            .where(UnansweredQuestion.municipality_id == row.municipality_id, UnansweredQuestion.entry_id == row.id)
            .values(state="done")
        )


def lacking(content: Content) -> list[str]:
    """What an entry must have before residents see it: the fields' names on the form."""
    needs = (("見出し", content.title), ("答え", content.body), ("出典の名前", content.source.title))
    return [name for name, value in needs if not value.strip()]


def raise_version(session: Session, municipality: str) -> None:
    """What was built from the municipality's entries is stale now."""
    session.execute(
        update(Municipality)
        .where(Municipality.id == municipality)
        .values(content_version=Municipality.content_version + 1)
    )


def blank(kind: str = "faq") -> Content:
    """A new entry with nothing in it."""
    return Content(id="", kind=kind, title="", body="", source=Source(""), draft=True)


_ACTS: Final = {
    "change": "entry.change",
    "publish": "entry.publish",
    "withdraw": "entry.withdraw",
    "check": "entry.check",
}


def _begin(session: Session, row: Entry, *, edits: bool = True) -> None:
    """Before a change: the pack's text is kept beside ours, and as the first version."""
    entry_versions.note_first(session, row)
    if edits and row.edited_at is None:
        row.pack_data = row.data
    row.version += 1


def _end(session: Session, row: Entry, actor: Actor, act: str, now: datetime) -> None:
    row.updated_at = now
    entry_versions.note(session, row, act, actor.name, now)
    raise_version(session, row.municipality_id)
    session.flush()
    audit.record(session, row.municipality_id, actor, _ACTS[act], f"entry:{row.id}", now)


def _fill(row: Entry, content: Content, now: datetime) -> None:
    row.kind, row.title = content.kind, content.title
    row.data = entry_json(replace(content, draft=False))
    row.valid_from, row.valid_to = content.valid_from, content.valid_to
    row.updated_at = row.edited_at = now


def _check(content: Content) -> None:
    """What no entry may be, draft or not."""
    if content.kind not in EDITED_KINDS:
        raise BadInputError("種類を選んでください。")
    if content.kind == "activity" and (content.activity is None or recurrence.check(content.activity)):
        raise BadInputError("日、時刻、くり返しの組み合わせが合いません。終わりが始まりよりあとか、確かめてください。")
    if not content.title:
        raise BadInputError("見出しを書いてください。")
    if content.valid_from and content.valid_to and content.valid_to < content.valid_from:
        raise BadInputError("使う期間の終わりが、始まりより前です。どちらかを直してください。")
    marked = SAMPLE_MARK in content.title
    if content.sample and not marked:
        raise BadInputError(f"見本の記事です。見出しに「({SAMPLE_MARK})」を残してください。")
    if marked and not content.sample:
        raise BadInputError(f"見出しの「{SAMPLE_MARK}」は、見本の記事だけに使います。ほかの言葉にしてください。")


def _same_version(row: Entry, version: int) -> None:
    if row.version != version:
        raise ConflictError("あなたが開いたあとで、ほかの人がこの記事を変えました。")


def _allow(
    session: Session, municipality: str, actor: Actor, right: str, districts: Iterable[str], now: datetime
) -> None:
    if not actor.may(right, municipality, jst(now).date(), _ids(session, municipality, districts)):
        what = {"activity.write": "行事", "organisation.write": "団体"}.get(right, "記事")
        where = f"この地区の{what}" if list(districts) else f"市全体の{what}"
        act = "出したり下げたりする" if right == "entry.publish" else "書く"
        raise NotAllowedError(f"{where}を{act}役割がありません。")


def _ids(session: Session, municipality: str, keys: Iterable[str]) -> tuple[int, ...]:
    """The districts' row ids; an unknown key counts as one that nobody has."""
    wanted = list(keys)
    if not wanted:
        return ()
    query = select(District.key, District.id).where(District.municipality_id == municipality, District.key.in_(wanted))
    known = dict(session.execute(query).all())
    return tuple(known.get(key, 0) for key in wanted)

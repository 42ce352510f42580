"""Entries, desks and districts as CSV tables: standard open-data columns first, ours after them.

Activities and facilities follow the recommended data set's event list (32 columns) and public facility list
(24 columns), population its population table; the others borrow the same column names. Columns are found
by name, never by position. What has no field of its own goes to `Entry.extra` and comes back on export.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from content import packs_changes, packs_shelters
from content.packs_entries import common
from content.packs_model import (
    LANGUAGES,
    STATES,
    Activity,
    Desk,
    District,
    Entry,
    Municipality,
    Source,
    Translation,
)
from content.packs_read import Fields, Notes, join

OURS = "entaku_"
_CODE = ("都道府県コード又は市区町村コード", "都道府県名", "市区町村名")
_COMMON = (
    "id", "districts", "questions", "keywords", "aliases", "valid_from", "valid_to", "source_title",
    "source_url", "source_date", "owner", "contact", "checked_on", "audience", "sample", "family",
)  # fmt: skip
_ACTIVITY = (
    "rule", "place_kana", "audience_words", "booked", "apply_days", "state", "state_scope",
    "state_note", "numbered", "sign_up", "changes",
)  # fmt: skip
_SELDOM = ("draft", "imported", "dates")
_AGES = [f"{low}-{low + 4}歳" for low in range(0, 85, 5)] + ["85歳以上"]
_STANDARD: dict[str, tuple[str, ...]] = {
    "activity": (
        _CODE[0], "NO", _CODE[1], _CODE[2], "イベント名", "イベント名_カナ", "イベント名_英語",
        "開始日", "終了日", "開始時間", "終了時間", "開始日時特記事項", "説明", "料金(基本)",
        "料金(詳細)", "連絡先名称", "連絡先電話番号", "連絡先内線番号", "主催者", "場所名称", "住所",
        "方書", "緯度", "経度", "アクセス方法", "駐車場情報", "定員", "参加申込終了日",
        "参加申込終了時間", "参加申込方法", "URL", "備考",
    ),
    "facility": (
        _CODE[0], "NO", _CODE[1], _CODE[2], "名称", "名称_カナ", "名称_通称", "POIコード", "住所",
        "方書", "緯度", "経度", "電話番号", "内線番号", "法人番号", "団体名", "利用可能曜日",
        "開始時間", "終了時間", "利用可能日時特記事項", "説明", "バリアフリー情報", "URL", "備考",
    ),
    "population": (
        _CODE[0], "地域コード", _CODE[1], _CODE[2], "調査年月日", "地域名", "総人口", "男性", "女性",
        *(f"{age}の{sex}" for age in _AGES for sex in ("男性", "女性")), "世帯数", "備考",
    ),
    "organisation": (_CODE[0], "名称", "名称_カナ", "住所", "電話番号", "説明", "URL", "備考"),
    "grant": (_CODE[0], "名称", "対象者", "申込期限日", "説明", "URL", "備考"),
    "plan": (_CODE[0], "名称", "開始日", "終了日", "説明", "URL", "備考"),
    "volunteer": (_CODE[0], "名称", "対象者", "説明", "URL", "備考"),
    "shelter": packs_shelters.STANDARD,
}  # fmt: skip
_TITLE = {"activity": "イベント名", "population": "entaku_title"}
_BODY = {"population": "entaku_body"}
_ACTIVITY_COLUMNS = {
    "開始日": "starts_on", "終了日": "ends_on", "開始時間": "start", "終了時間": "end", "料金(詳細)": "fee",
    "主催者": "organiser", "場所名称": "place", "住所": "address", "緯度": "lat", "経度": "lon",
    "定員": "capacity", "参加申込終了日": "apply_by", "参加申込方法": "how_to_apply",
}  # fmt: skip
_DESK = ("名称", "電話番号", "FAX番号", "利用可能日時特記事項", "URL", "説明")
_DESK_OURS = (
    "id", "district", "topics", "source_title", "source_url", "source_date", "checked_on", "family",
)  # fmt: skip
DISTRICT = (
    "id", "name", "kana", "council", "centre", "address", "lat", "lon", "aliases", "schools",
    "neighbourhood_word", "look_alikes", "check", "source",
)  # fmt: skip


def rows(text: str, file: str, notes: Notes, needed: Iterable[str]) -> list[Fields]:
    """The rows of a table; a row that has not one cell for each column is noted and left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[Fields] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_is_good(header, file, notes, needed):
            return []
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    why = f"has {len(cells)} cells, the header {len(header)}; put a cell with a comma in quotes"
                    notes.error(file, line, why)
                else:
                    values: dict[str, Any] = dict(zip(header, cells, strict=True))
                    found.append(Fields(file, values, notes, lambda _key, at=line: at))  # type: ignore[misc]
            line = reader.line_num + 1
    except csv.Error as problem:
        notes.error(file, reader.line_num, f"is not a CSV table ({problem}); check the quotes")
    return found


def _header_is_good(header: Sequence[str], file: str, notes: Notes, needed: Iterable[str]) -> bool:
    missing = [name for name in needed if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    if missing:
        notes.error(file, 1, f"the column {missing[0]} is missing; the first line names the columns")
    if twice:
        notes.error(file, 1, f"the column {twice[0] or '(empty name)'} stands twice; keep one")
    return not missing and not twice


def _renamed(row: Fields, names: Mapping[str, str]) -> Fields:
    """The row under the fields' names: ours without their prefix, the others by `names`."""
    values = {key.removeprefix(OURS): value for key, value in row.values.items() if key.startswith(OURS)}
    values |= {names[key]: value for key, value in row.values.items() if key in names}
    return Fields(row.file, values, row.notes, row.line_of)


def entries(
    text: str, file: str, kind: str, municipality: Municipality | None, notes: Notes
) -> list[tuple[int, Entry]]:
    """Every row of one kind's table as an entry, with its line."""
    title, body = _TITLE.get(kind, "名称"), _BODY.get(kind, "説明")
    names = {title: "title", body: "body"} | (_ACTIVITY_COLUMNS if kind == "activity" else {})
    of_kind = _ACTIVITY if kind == "activity" else ()
    names |= packs_shelters.COLUMNS if kind == "shelter" else {}
    known = {*_COMMON, "title", "body", "draft", *_SELDOM, *of_kind, *packs_shelters.OURS} | _language_columns(
        LANGUAGES
    )
    found = []
    for row in rows(text, file, notes, (title, body, f"{OURS}id")):
        for key in row.values:
            if key.startswith(OURS) and key.removeprefix(OURS) not in known:
                row.error(key, f"the column {key} is unknown; remove it or correct its name")
        code = row.text(_CODE[0])
        if municipality and code and code != municipality.code:
            row.warn(_CODE[0], f"the code {code[:20]} is another municipality's; ours is {municipality.code}")
        fields = _renamed(row, names)
        entry = common(fields, kind, body=fields.text("body", needed=True), nested=False)
        extra = {
            key: value.strip()
            for key, value in sorted(row.values.items())
            if value.strip() and not key.startswith(OURS) and key not in names and key not in _CODE
        }
        activity = _activity(fields) if kind == "activity" else None
        shelter = packs_shelters.read(fields) if kind == "shelter" else None
        spoken = _translations(fields)
        whole = replace(entry, extra=extra, translations=spoken, activity=activity, shelter=shelter)
        found.append((row.line_of("id"), whole))
    return found


def _activity(fields: Fields) -> Activity:
    return Activity(
        rule=fields.maybe("rule"),
        starts_on=fields.day("starts_on"),
        ends_on=fields.day("ends_on"),
        start=fields.clock("start"),
        end=fields.clock("end"),
        place=fields.text("place"),
        place_kana=fields.text("place_kana"),
        address=fields.text("address"),
        lat=fields.degrees("lat", 90),
        lon=fields.degrees("lon", 180),
        audience_words=fields.text("audience_words"),
        capacity=fields.count("capacity"),
        booked=fields.count("booked"),
        apply_by=fields.day("apply_by"),
        apply_days=fields.count("apply_days"),
        how_to_apply=fields.text("how_to_apply"),
        fee=fields.text("fee"),
        state=fields.one_of("state", STATES, "予定"),
        state_scope=fields.one_of("state_scope", ("all", "next"), "all"),
        state_note=fields.text("state_note"),
        numbered=fields.flag("numbered"),
        organiser=fields.text("organiser"),
        sign_up=packs_changes.sign_up(fields),
        changes=packs_changes.read(fields),
        dates=packs_changes.days(fields, "dates"),
    )


def _language_columns(languages: Iterable[str]) -> set[str]:
    return {f"{language}_{part}" for language in languages for part in ("title", "body", "questions", "by")}


def _translations(fields: Fields) -> dict[str, Translation]:
    found = {}
    for language in sorted(LANGUAGES):
        title, body = fields.text(f"{language}_title"), fields.text(f"{language}_body")
        if title and body:
            by = fields.one_of(f"{language}_by", ("human", "machine"), "machine")
            found[language] = Translation(title, body, fields.words(f"{language}_questions"), by)
        elif title or body:
            fields.error(f"{language}_title", f"{language} has a title or a body only; write both or none")
    return found


def desks(text: str, file: str, notes: Notes) -> list[tuple[int, Desk]]:
    names = {
        "名称": "name", "電話番号": "phone", "FAX番号": "fax", "利用可能日時特記事項": "hours", "URL": "url",
        "説明": "note",
    }  # fmt: skip
    found = []
    for row in rows(text, file, notes, ("名称", "説明", f"{OURS}id", f"{OURS}source_title")):
        fields = _renamed(row, names)
        source = Source(fields.text("source_title", needed=True), fields.maybe("source_url"), fields.day("source_date"))
        found.append(
            (
                row.line_of("id"),
                Desk(
                    id=fields.identifier("id"),
                    name=fields.text("name", needed=True),
                    source=source,
                    phone=fields.maybe("phone"),
                    fax=fields.maybe("fax"),
                    hours=fields.maybe("hours"),
                    url=fields.maybe("url"),
                    district=fields.maybe("district"),
                    topics=fields.words("topics"),
                    note=fields.text("note", needed=True),
                    checked_on=fields.day("checked_on"),
                    translations=_translations(fields),
                    family=fields.maybe("family"),
                ),
            )
        )
    return found


def districts(text: str, file: str, notes: Notes) -> list[tuple[int, District]]:
    """Each district with its line (look-alikes can only be checked when all are known)."""
    found = []
    for row in rows(text, file, notes, ("id", "name", "kana", "council", "centre")):
        district = District(
            id=row.identifier("id"),
            name=row.text("name", needed=True),
            kana=row.text("kana", needed=True),
            council=row.text("council", needed=True),
            centre=row.text("centre", needed=True),
            address=row.text("address"),
            lat=row.degrees("lat", 90),
            lon=row.degrees("lon", 180),
            aliases=row.words("aliases"),
            schools=row.words("schools"),
            neighbourhood_word=row.text("neighbourhood_word") or "町内会",
            look_alikes=row.words("look_alikes"),
            check=row.maybe("check"),
            source=row.text("source"),
        )
        found.append((row.line_of("id"), district))
    return found


def cell(value: object) -> str:
    """A value as a cell holds it."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, tuple):
        return join(value)
    if hasattr(value, "strftime") and hasattr(value, "hour"):
        return f"{value:%H:%M}"
    return str(value)


def _table(header: Sequence[str], records: Iterable[Mapping[str, object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for record in records:
        writer.writerow([cell(record.get(name)) for name in header])
    return out.getvalue()


def _spoken(translations: Mapping[str, Translation]) -> dict[str, object]:
    return {
        f"{OURS}{language}_{part}": getattr(one, part)
        for language, one in translations.items()
        for part in ("title", "body", "questions", "by")
    }


def _languages_header(all_translations: Iterable[Mapping[str, Translation]]) -> list[str]:
    languages = sorted({language for one in all_translations for language in one})
    return [f"{OURS}{language}_{part}" for language in languages for part in ("title", "body", "questions", "by")]


def dump_entries(kind: str, all_of_it: Sequence[Entry], municipality: Municipality) -> str:
    """The table of one kind; the same bytes for the same entries."""
    standard = list(_STANDARD[kind])
    more = sorted({key for entry in all_of_it for key in entry.extra} - set(standard))
    own = [name for name in ("title", "body") if f"{OURS}{name}" in (_TITLE.get(kind), _BODY.get(kind))]
    ours = [f"{OURS}{name}" for name in (*_COMMON[:1], *own, *_COMMON[1:])]
    if kind == "activity":
        ours += [f"{OURS}{name}" for name in _ACTIVITY]
    if kind == "shelter":
        ours += [f"{OURS}{name}" for name in packs_shelters.OURS]
    ours += [f"{OURS}{name}" for name in _SELDOM if any(_seldom(entry, name) for entry in all_of_it)]
    header = [*standard, *more, *ours, *_languages_header(entry.translations for entry in all_of_it)]
    return _table(header, (cells_of(entry, kind, municipality) for entry in all_of_it))


def _seldom(entry: Entry, name: str) -> object:
    """What few entries have: a column of its own only where one has it."""
    return entry.activity.dates if name == "dates" and entry.activity else getattr(entry, name, None)


def cells_of(entry: Entry, kind: str, municipality: Municipality) -> dict[str, object]:
    """An entry's cells by column, in the recommended data set's names and ours."""
    record: dict[str, object] = {
        **entry.extra,
        _CODE[0]: municipality.code,
        _CODE[1]: municipality.prefecture,
        _CODE[2]: municipality.name,
        _TITLE.get(kind, "名称"): entry.title,
        _BODY.get(kind, "説明"): entry.body,
        **{f"{OURS}{name}": getattr(entry, name) for name in _COMMON if not name.startswith("source_")},
        f"{OURS}source_title": entry.source.title,
        f"{OURS}source_url": entry.source.url,
        f"{OURS}source_date": entry.source.date,
        f"{OURS}draft": entry.draft,
        f"{OURS}imported": entry.imported,
        f"{OURS}audience": "" if entry.audience == "resident" else entry.audience,
        **_spoken(entry.translations),
    }
    if entry.activity:
        record |= {column: getattr(entry.activity, name) for column, name in _ACTIVITY_COLUMNS.items()}
        record |= {f"{OURS}{name}": getattr(entry.activity, name) for name in _ACTIVITY}
        record[f"{OURS}changes"] = packs_changes.text(entry.activity.changes)
        record[f"{OURS}dates"] = ";".join(str(day) for day in entry.activity.dates)
        if entry.activity.state == "予定":
            record[f"{OURS}state"] = ""
        if entry.activity.state_scope == "all":
            record[f"{OURS}state_scope"] = ""
    return record | (packs_shelters.record(entry.shelter) if entry.shelter else {})


def dump_desks(all_of_it: Sequence[Desk]) -> str:
    header = [*_DESK, *(f"{OURS}{name}" for name in _DESK_OURS)]
    header += _languages_header(desk.translations for desk in all_of_it)
    return _table(
        header,
        (
            {
                **{f"{OURS}{name}": getattr(desk, name) for name in _DESK_OURS if not name.startswith("source_")},
                "名称": desk.name,
                "電話番号": desk.phone,
                "FAX番号": desk.fax,
                "利用可能日時特記事項": desk.hours,
                "URL": desk.url,
                "説明": desk.note,
                f"{OURS}source_title": desk.source.title,
                f"{OURS}source_url": desk.source.url,
                f"{OURS}source_date": desk.source.date,
                **_spoken(desk.translations),
            }
            for desk in all_of_it
        ),
    )


def dump_districts(all_of_it: Sequence[District]) -> str:
    return _table(DISTRICT, ({name: getattr(one, name) for name in DISTRICT} for one in all_of_it))

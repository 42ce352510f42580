"""Lists into a real database: updated and never doubled, staff's edits kept, what vanished named, nothing of a pack lost."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.core.permissions import SYSTEM, Actor, Grant
from bot.errors import ConflictError, NotAllowedError
from bot.models import Entry, EntryVersion, ImportedEntry, ImportRun, Municipality
from bot.services import answers, import_runs, imports, knowledge
from bot.services.imports import Job
from content import packs
from content.formats import standard_out, tables
from content.packs_json import entry_from, entry_json
from tests.support.places import PACKS

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
CITY = Actor(None, "市の担当", (Grant("city", "fuji"),))
HEADER = "NO,イベント名,開始日,開始時間,場所名称,説明"
READING = "1,けやき読書会,2026-12-19,13:30,けやき会館,本を持ちよります。"
MARKET = "2,もみじ市,2026-12-20,09:00,見本広場,市です。"


def take(
    context, *rows: str, kind: str = "activities", name: str = "events.csv", now: datetime = NOW, header: str = HEADER
):
    body = "\n".join([header, *rows]).encode()
    job = Job("fuji", kind, imports.collection_of(name), now, samples=True)
    with context.database.read() as session:
        city = imports.city_of(session, "fuji", now, None, job.collection)
    return import_runs.take_file(context, job, io.BytesIO(body), city, name)


def entries(context, kind: str = "activity") -> dict[str, Entry]:
    with context.database.read() as session:
        query = select(Entry).join(ImportedEntry, ImportedEntry.entry_id == Entry.id).where(Entry.kind == kind)
        return {row.title: row for row in session.scalars(query)}


def test_a_second_reading_updates_and_never_doubles(cities):
    assert take(cities, READING, MARKET).added == 2
    before = entries(cities)
    again = take(cities, READING, MARKET, now=NOW + timedelta(days=1))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    moved = take(cities, READING.replace("13:30", "15:00"), MARKET)
    assert (moved.added, moved.changed, moved.unchanged) == (0, 1, 1)
    after = entries(cities)
    assert {title: row.id for title, row in after.items()} == {title: row.id for title, row in before.items()}
    assert entry_from(after["けやき読書会"].data).activity.start.hour == 15
    assert after["けやき読書会"].version == 2  # what a calendar file says as SEQUENCE
    with cities.database.read() as session:
        versions = session.scalars(
            select(EntryVersion.version).where(EntryVersion.entry_id == after["けやき読書会"].id)
        )
        assert set(versions) == {1, 2}


def test_running_numbers_begin_anew_each_month_and_mean_nothing(cities):
    take(cities, READING, MARKET)
    report = take(
        cities,
        "1,年始の会,2027-01-05,10:00,見本広場,あいさつ。",
        "2,けやき読書会,2026-12-19,13:30,けやき会館,本を持ちよります。",
    )
    assert (report.added, report.changed) == (1, 1)  # its number changed
    assert [title for _, title in report.gone] == ["もみじ市"]
    assert set(entries(cities)) == {"けやき読書会", "もみじ市", "年始の会"}  # nothing is deleted silently


def test_what_the_publishers_own_id_says_counts(cities):
    take(cities, READING.replace("1,", "ev-00017,", 1))
    report = take(cities, "ev-00017,けやきの読書会(新),2027-01-16,13:30,けやき会館,本を持ちよります。")
    assert (report.added, report.changed) == (0, 1)


def test_the_same_row_twice_and_two_like_rows(cities):
    report = take(
        cities, READING, READING.replace("1,", "1,", 1), MARKET, MARKET.replace("09:00", "14:00").replace("2,", "3,", 1)
    )
    assert (report.read, report.accepted, report.added) == (4, 3, 3)
    assert "1行目と同じ" in report.rejected[0][2]
    again = take(cities, READING, MARKET, MARKET.replace("09:00", "14:00").replace("2,", "3,", 1))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)


def test_staffs_edit_stays_and_the_difference_is_shown(cities):
    take(cities, READING)
    with cities.database.write() as session:
        row = session.scalars(select(Entry).where(Entry.title == "けやき読書会")).one()
        row.pack_data, row.edited_at = row.data, NOW
        row.data = {**row.data, "body": "職員が書き直しました。"}
    report = take(cities, READING.replace("本を持ちよります。", "飲み物もあります。"))
    assert (report.kept, report.changed) == (1, 0)
    kept = entries(cities)["けやき読書会"]
    assert kept.data["body"] == "職員が書き直しました。"
    assert (kept.pack_newer, kept.pack_data["body"]) == (True, "飲み物もあります。")


def test_what_a_list_does_not_say_stays(cities):
    take(cities, READING)
    with cities.database.write() as session:
        row = session.scalars(select(Entry).where(Entry.title == "けやき読書会")).one()
        row.data = {**row.data, "contact": "city-general", "districts": ["imaizumi"]}
    take(cities, READING.replace("13:30", "14:00"))
    data = entries(cities)["けやき読書会"].data
    assert (data["contact"], data["districts"], data["activity"]["start"]) == ("city-general", ["imaizumi"], "14:00")


def test_an_end_without_a_beginning_keeps_the_day_it_was_first_seen(cities):
    row = "1,特別展,12月27日(日)まで,,美術館,絵です。"
    take(cities, row)
    take(cities, row, now=NOW + timedelta(days=3))
    activity = entry_from(entries(cities)["特別展"].data).activity
    assert (str(activity.starts_on), str(activity.ends_on)) == ("2026-11-22", "2026-12-27")


def test_loading_the_pack_again_keeps_what_lists_brought(cities):
    take(cities, READING)
    with cities.database.write() as session:
        knowledge.load_pack(session, packs.load(PACKS / "fuji"), NOW)
    assert "けやき読書会" in entries(cities)
    with cities.database.read() as session:
        back = knowledge.export_pack(session, "fuji")
    assert any(entry.title == "けやき読書会" and entry.imported for entry in back.entries)


@pytest.mark.parametrize("kind", ["activities", "facilities", "shelters"])
def test_our_own_files_given_back_change_nothing(cities, kind):
    with cities.database.read() as session:
        pack = knowledge.export_pack(session, "fuji")
    ours = [entry for entry in pack.entries if entry.kind == standard_out.KINDS[kind] and entry.audience == "resident"]
    body = tables.to_csv(*standard_out.table(kind, ours, pack.municipality))
    job = Job("fuji", kind, "ours", NOW, samples=True)
    with cities.database.read() as session:
        city = imports.city_of(session, "fuji", NOW, None, "ours")
    report = imports.take(job, io.BytesIO(body), city, cities.database)
    assert (report.read, report.accepted, report.added) == (len(ours), len(ours), 0)
    assert (report.changed, report.kept) == (0, 0)


def test_on_both_databases_in_chunks(database, monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 7)
    with database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101", content_version=0))
    rows = [f"{n},行事その{n},2026-12-{n % 28 + 1:02d},10:00,会館,説明{n}" for n in range(1, 31)]
    body = "\n".join([HEADER, *rows]).encode()
    for expected in ((30, 0), (0, 30)):
        with database.read() as session:
            city = imports.city_of(session, "fuji", NOW, None, "list")
        report = imports.take(Job("fuji", "activities", "list", NOW, run=1), io.BytesIO(body), city, database)
        assert (report.added, report.unchanged) == expected
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 30


def test_samples_only_in_a_demonstration_and_rights(cities):
    job = Job("fuji", "activities", "x", NOW, samples=False)
    with cities.database.read() as session:
        city = imports.city_of(session, "fuji", NOW, None, "x")
    body = f"{HEADER}\n1,朝市（見本）,2026-12-19,,,\n".encode()
    assert "見本" in imports.look(job, io.BytesIO(body), city, cities.database).rejected[0][2]
    officer = Actor(None, "役員", (Grant("officer", "fuji", frozenset({1})),))
    with pytest.raises(NotAllowedError):
        import_runs.look_at(cities, job, body, "x.csv", officer)
    run = import_runs.look_at(cities, job, body, "x.csv", CITY)
    import_runs.drop(cities, "fuji", run, CITY, NOW)
    with pytest.raises(ConflictError):
        import_runs.take(cities, "fuji", run, CITY, NOW)


def test_files_that_nobody_decides_about_are_forgotten(cities):
    job = Job("fuji", "activities", "x", NOW)
    run = import_runs.look_at(cities, job, f"{HEADER}\n{READING}\n".encode(), "x.csv", SYSTEM)
    with cities.database.write() as session:
        import_runs.forget(session, "fuji", NOW + timedelta(days=4))
    with cities.database.read() as session:
        assert (session.get(ImportRun, run).body, session.get(ImportRun, run).state) == (None, "dropped")


def test_an_entry_made_of_rows_survives_its_json_form(cities):
    take(cities, "1,講座,9月4日、18日,10:00,会館,x", kind="activities")
    for row in entries(cities).values():
        entry = entry_from(row.data)
        assert entry_json(replace(entry)) == row.data


def test_an_activity_without_a_day_is_answered_with_what_the_list_says(cities):
    take(cities, "1,けやき出前講座,随時（要調整）,,会館,5人から申し込めます。")
    with cities.database.read() as session:
        stored = answers.read(session, "fuji")
    text = answers.answer(answers.Question("けやき出前講座はいつ？", NOW), answers.knowledge(stored)).text
    assert "随時" in text
    assert "5人から" in text

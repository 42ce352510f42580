"""Packs into a real database and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.errors import ConflictError, NotFoundError
from bot.models import Desk, District, Entry, Municipality
from bot.services import districts, knowledge
from content import packs
from content.packs_json import entry_from, entry_json
from content.search import vector_file
from tests.support.places import PACKS

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module", params=["fuji", "tomioka"])
def pack(request):
    return packs.load(PACKS / request.param)


def test_a_loaded_pack_comes_back_equal(database: Database, pack, tmp_path):
    with database.write() as session:
        loaded = knowledge.load_pack(session, pack, NOW)
    assert (loaded.added, loaded.changed, loaded.removed) == (len(pack.entries), 0, 0)
    with database.read() as session:
        back = knowledge.export_pack(session, pack.municipality.id)
    assert back == pack
    packs.dump(back, tmp_path / "out")
    texts = [path for path in (PACKS / pack.municipality.id).rglob("*.*") if path.name != vector_file.NAME]
    for file in texts:
        assert (tmp_path / "out" / file.relative_to(PACKS / pack.municipality.id)).read_bytes() == file.read_bytes()


def test_every_entry_survives_its_json_form(pack):
    for entry in pack.entries:
        assert entry_from(entry_json(entry)) == entry


def test_loading_twice_changes_nothing_but_the_version(context, pack):
    city = pack.municipality.id
    with context.database.write() as session:
        knowledge.load_pack(session, pack, NOW)
    with context.database.write() as session:
        ids = dict(session.execute(select(Entry.key, Entry.id)).all())
        session.scalars(select(Entry).where(Entry.key == "gomi-toban")).one().useful = 7
        before = session.get(Municipality, city).content_version
    with context.database.write() as session:
        again = knowledge.load_pack(session, pack, NOW + timedelta(days=1))
    assert (again.added, again.changed, again.removed, again.unchanged) == (0, 0, 0, len(pack.entries))
    with context.database.read() as session:
        assert dict(session.execute(select(Entry.key, Entry.id)).all()) == ids
        row = session.scalars(select(Entry).where(Entry.key == "gomi-toban")).one()
        assert row.useful == 7
        assert row.updated_at == NOW
        assert session.get(Municipality, city).content_version == before + 1


def test_what_changed_is_changed_and_what_left_is_removed(context, pack):
    city = pack.municipality.id
    first, second, *rest = [entry for entry in pack.entries if entry.kind == "faq"]
    others = [entry for entry in pack.entries if entry.kind != "faq"]
    smaller = replace(pack, entries=(replace(first, title="新しい題名"), *rest, *others))
    with context.database.write() as session:
        knowledge.load_pack(session, pack, NOW)
    with context.database.write() as session:
        loaded = knowledge.load_pack(session, smaller, NOW + timedelta(days=1))
    assert (loaded.added, loaded.changed, loaded.removed) == (0, 1, 1)
    with context.database.read() as session:
        rows = {row.key: row for row in session.scalars(select(Entry).where(Entry.municipality_id == city))}
    assert second.id not in rows
    assert rows[first.id].title == "新しい題名"
    assert rows[first.id].updated_at == NOW + timedelta(days=1)


def test_samples_stay_out_when_they_are_refused(context, pack):
    samples = sum(entry.sample for entry in pack.entries)
    with context.database.write() as session:
        loaded = knowledge.load_pack(session, pack, NOW, samples=False)
    assert samples > 0
    assert loaded.samples_left_out == samples
    with context.database.read() as session:
        assert not [row.key for row in session.scalars(select(Entry)) if "見本" in row.title]


def test_two_municipalities_do_not_touch_each_other(context):
    fuji, tomioka = (packs.load(PACKS / city) for city in ("fuji", "tomioka"))
    with context.database.write() as session:
        knowledge.load_pack(session, fuji, NOW)
        knowledge.load_pack(session, tomioka, NOW)
        knowledge.load_pack(session, replace(fuji, entries=()), NOW)
    with context.database.read() as session:
        assert knowledge.export_pack(session, "tomioka") == tomioka
        assert len(session.scalars(select(Desk).where(Desk.municipality_id == "fuji")).all()) == len(fuji.desks)


def test_districts_keep_the_order_and_facts_of_the_pack(cities):
    fuji = packs.load(PACKS / "fuji")
    with cities.database.read() as session:
        listed = districts.listed(session, "fuji")
    assert tuple(place.district for place in listed) == fuji.districts


def test_a_district_in_use_is_not_removed(cities):
    fuji = packs.load(PACKS / "fuji")
    with cities.database.write() as session:
        from bot.models import UnansweredQuestion

        row = session.scalars(select(District).where(District.key == "imaizumi")).one()
        session.add(
            UnansweredQuestion(
                municipality_id="fuji",
                district_id=row.id,
                text="?",
                folded="0" * 64,
                language="ja",
                asked_at=NOW,
                count=1,
            )
        )
    rest = replace(fuji, districts=tuple(one for one in fuji.districts if one.id != "imaizumi"), entries=())
    with pytest.raises(ConflictError, match="今泉"), cities.database.write() as session:
        knowledge.load_pack(session, rest, NOW)
    with cities.database.read() as session:
        assert session.scalars(select(District).where(District.key == "imaizumi")).one()


def test_an_unknown_municipality_cannot_be_exported(context):
    with context.database.read() as session, pytest.raises(NotFoundError, match="nowhere"):
        knowledge.export_pack(session, "nowhere")

"""Freezing against a plain reading of the rules: whatever the residents, exactly the right people, each once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select, text, update

from bot.core.sealing import Sealer, new_key
from bot.db import Database
from bot.errors import BadInputError
from bot.models import (
    Announcement,
    AnnouncementBatch,
    AnnouncementDistrict,
    District,
    LedgerSheet,
    Municipality,
    Resident,
    ResidentDistrict,
    Staff,
)
from bot.now import real_now
from bot.services import batches, freezing, ledger, pages
from bot.services.announcement_reach import Whom, reach, recipients
from bot.services.keystore import KeyStore

DISTRICTS = (1, 2, 3)
SEALER = Sealer.parse(f"1:{new_key()}")

people = st.lists(
    st.fixed_dictionaries(
        {
            "municipality": st.sampled_from(["fuji", "fuji", "fuji", "tomioka"]),
            "home": st.sampled_from([None, *DISTRICTS]),
            "interests": st.frozensets(st.sampled_from(DISTRICTS)),
            "state": st.sampled_from(["active", "active", "left"]),
            "paused": st.booleans(),
        }
    ),
    max_size=14,
)
targets = st.tuples(
    st.sampled_from(["home", "home_and_interest", "city"]), st.frozensets(st.sampled_from(DISTRICTS), min_size=1)
)


@pytest.fixture(scope="module")
def city(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, KeyStore]]:
    folder = tmp_path_factory.mktemp("freezing")
    shutil.copyfile(template, folder / "entaku.db")
    yield from _city(f"sqlite:///{folder / 'entaku.db'}", folder)


def _city(url: str, folder: Path) -> Iterator[tuple[Database, KeyStore]]:
    database, keystore = Database(url), KeyStore(f"sqlite:///{folder / 'keys.db'}")
    with database.write() as session:
        session.add_all(Municipality(id=name, name=name, code="0") for name in ("fuji", "tomioka"))
        session.flush()
        session.add_all(District(id=d, municipality_id="fuji", key=str(d), name=str(d), kana="") for d in DISTRICTS)
        session.add_all(
            Staff(id=n, municipality_id="fuji", email=str(n), name="", password_hash="", created_at=real_now())
            for n in (1, 2)
        )
    yield database, keystore
    database.close()
    keystore.database.close()


def fill(database: Database, rows: list[dict], audience: str, districts: frozenset[int]) -> int:
    """Replace everybody, and schedule one announcement; resident n (from 1) is row n."""
    now = real_now()
    with database.write() as session:
        for table in (
            LedgerSheet,
            AnnouncementBatch,
            AnnouncementDistrict,
            Announcement,
            ResidentDistrict,
            Resident,
        ):
            session.execute(delete(table))
        for number, row in enumerate(rows, 1):
            values = {
                "id": number,
                "municipality_id": row["municipality"],
                "line_id": SEALER.seal_id(f"U{number:032x}", row["municipality"]),
                "home_district_id": row["home"],
                "state": row["state"],
                "paused_at": now if row["paused"] else None,
                "followed_at": now,
            }
            session.execute(insert(Resident).values(**values))
            for one in row["interests"]:
                session.execute(
                    insert(ResidentDistrict).values(resident_id=number, district_id=one, municipality_id="fuji")
                )
        announcement = Announcement(
            municipality_id="fuji", state="scheduled", author_id=1, approver_id=2, sender="s", title="t", body="b",
            audience=audience, send_at=now, created_at=now, messages=b"[]",
        )  # fmt: skip
        session.add(announcement)
        session.flush()
        links = [
            AnnouncementDistrict(announcement_id=announcement.id, district_id=d, municipality_id="fuji")
            for d in districts
        ]
        session.add_all(links if audience != "city" else [])
        return announcement.id


def expected(rows: list[dict], audience: str, districts: frozenset[int]) -> set[int]:
    """The rule, as a person would say it."""
    found = set()
    for number, row in enumerate(rows, 1):
        if row["municipality"] != "fuji" or row["state"] != "active" or row["paused"]:
            continue
        at_home = row["home"] in districts
        interested = bool(row["interests"] & districts)
        if audience == "city" or at_home or (audience == "home_and_interest" and interested):
            found.add(number)
    return found


def check(database: Database, keystore: KeyStore, rows: list[dict], audience: str, districts: frozenset[int]) -> None:
    announcement_id = fill(database, rows, audience, districts)
    right = expected(rows, audience, districts)
    with database.write(durable=True) as session:
        counted = reach(session, "fuji", audience, districts, real_now()).recipients
        frozen = freezing.freeze(session, SEALER, keystore, announcement_id, real_now(), real_now())
    assert frozen is not None
    with database.read() as session:
        made = session.scalars(select(AnnouncementBatch).order_by(AnnouncementBatch.position)).all()
        opened = [batches.unpack(SEALER, "fuji", batch.recipients or b"") for batch in made]
        kept = session.scalars(ledger.recipients("fuji", announcement_id)).all()
    got = [resident for ids, _ in opened for resident in ids]
    assert sorted(got) == sorted(kept) == sorted(right), "each of them once, nobody else"
    assert b"".join(line_ids for _, line_ids in opened).hex() == "".join(f"{n:032x}" for n in got)
    assert frozen.recipients == counted == len(right)
    assert frozen.state == ("sending" if right else "refused")
    sizes = [len(ids) for ids, _ in opened]
    assert [batch.count for batch in made] == sizes
    assert all(1 <= size <= batches.SIZE for size in sizes)
    assert len({batch.retry_key for batch in made}) == len(made)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=people, target=targets)
def test_exactly_the_right_people_are_frozen_each_once(city, monkeypatch, rows, target):
    monkeypatch.setattr(batches, "SIZE", 3)
    monkeypatch.setattr(freezing, "TOGETHER", 6)
    monkeypatch.setattr(pages, "SIZE", 5)
    check(*city, rows, *target)


def test_the_same_holds_on_postgresql(postgres_url: str, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(batches, "SIZE", 3)
    monkeypatch.setattr(freezing, "TOGETHER", 6)
    monkeypatch.setattr(pages, "SIZE", 5)
    everybody = [
        {"municipality": city, "home": home, "interests": frozenset(interests), "state": state, "paused": paused}
        for city in ("fuji", "tomioka")
        for home in (None, 1, 2)
        for interests in ((), (1,), (1, 2), (3,))
        for state in ("active", "left")
        for paused in (False, True)
    ]
    opened = _city(postgres_url, tmp_path)
    database, keystore = next(opened)
    for audience in ("home", "home_and_interest", "city"):
        for districts in (frozenset({1}), frozenset({1, 2}), frozenset({3})):
            check(database, keystore, everybody, audience, districts)
    next(opened, None)


def test_who_moves_while_it_is_frozen_gets_it_once(postgres_url: str, tmp_path: Path):
    """PostgreSQL lets others write meanwhile: from home to interest and back, between one question and the next."""
    opened = _city(postgres_url, tmp_path)
    database, keystore = next(opened)
    beside = Database(postgres_url)
    one = {"municipality": "fuji", "interests": frozenset({1}), "state": "active", "paused": False}
    announcement_id = fill(database, [{**one, "home": 1}, {**one, "home": 2}], "home_and_interest", frozenset({1}))

    def move(*statement: object) -> None:
        if "string_agg" in str(statement[2]):
            with beside.write() as session:
                session.execute(update(Resident).values(home_district_id=3 - Resident.home_district_id))

    event.listen(database.engine, "after_cursor_execute", move)
    with database.write(durable=True) as session:
        frozen = freezing.freeze(session, SEALER, keystore, announcement_id, real_now(), real_now())
    assert frozen is not None
    with database.read() as session:
        assert sorted(session.scalars(ledger.recipients("fuji", announcement_id))) == [1, 2]
        assert session.scalar(select(Resident.home_district_id).where(Resident.id == 1)) == 2, "they did move"
    beside.close()
    next(opened, None)


@pytest.mark.parametrize("known", [None, ("300 300", "300 2 1 1 1 1 1 1 1"), ("300 2", "300 300 1 1 1 1 1 1 1")])
def test_a_district_is_read_from_one_index_whatever_the_database_knows_of_itself(city, known):
    """SQLite looks at a sample of each index only: a district may seem as large as its municipality, or larger."""
    database, _ = city
    part, _interested = recipients(Whom("fuji", "home_and_interest", (1,)), real_now())
    columns = (pages.joined_ids(Resident.id), pages.joined_bytes(Resident.line_id, Resident.id))
    query = part.with_only_columns(*columns, Resident.frequency, Resident.language).params(after=0, up_to=400)
    database.learn()
    with database.write() as session:
        session.execute(text("DELETE FROM sqlite_stat1"))
        for name, stat in zip(("ix_resident_municipality_id", "ix_resident_at_home"), known or (), strict=False):
            session.execute(text(f"INSERT INTO sqlite_stat1 VALUES ('resident', '{name}', '{stat}')"))
    database.engine.dispose()  # a connection plans by what was known when it was opened
    with database.read() as session:
        sql = str(query.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
        plan = " ".join(row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
    assert "COVERING INDEX ix_resident_at_home" in plan


def test_a_blob_opens_only_for_its_municipality_and_unchanged():
    sealed = [SEALER.seal_id("U" + digit * 32, "fuji") for digit in "7c"]
    blob = batches.pack(SEALER, "fuji", ((7, 2**40), batches.line_ids(SEALER, "fuji", b"".join(sealed), 2)))
    assert batches.unpack(SEALER, "fuji", blob) == ((7, 2**40), b"\x77" * 16 + b"\xcc" * 16)
    for strange in ("U" + "7" * 31, "U" + "A" * 32, "R" + "7" * 32, "U" * 33, "U" + "7" * 31 + "g"):
        with pytest.raises(BadInputError, match="not of LINE's form" if len(strange) == 33 else "damaged"):
            batches.line_ids(SEALER, "fuji", sealed[0] + SEALER.seal_id(strange, "fuji"), 2)
    for wrong in (
        lambda: batches.unpack(SEALER, "tomioka", blob),
        lambda: batches.unpack(SEALER, "fuji", blob[:-1] + b"x"),
    ):
        with pytest.raises(Exception, match="damaged or belongs elsewhere"):
            wrong()

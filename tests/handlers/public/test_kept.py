"""Pages kept as drawn: never stale after a change, whoever made it; nothing of a question or a person is kept."""

from __future__ import annotations

import sqlite3

import pytest
from flask import Flask
from sqlalchemy import update

from bot.db import Database
from bot.models import Announcement, Municipality
from bot.now import real_now
from bot.services import alerts
from handlers import public
from handlers.public import kept
from tests.support.console import Office


@pytest.fixture
def client(cities):
    app = Flask("public", static_folder=None)
    app.secret_key = "x"
    public.register(app, cities)
    return app.test_client()


@pytest.fixture
def drawn(monkeypatch):
    """How many pages were drawn and kept."""
    found = []
    put = kept.Kept.put
    monkeypatch.setattr(kept.Kept, "put", lambda self, key, page: (found.append(key), put(self, key, page)))
    return found


def test_changes_are_seen_whoever_makes_them(database):
    """Another connection, another process (here: another Database of the same address), a rollback."""
    with database.write() as session:
        session.add(Municipality(id="a", name="あ市", code="000000"))
    before = database.changes()
    assert database.changes() == before
    with database.write() as session:
        session.execute(update(Municipality).values(name="い市"))
    after = database.changes()
    assert after != before
    other = Database(database.url.render_as_string(hide_password=False))
    with other.write() as session:
        session.execute(update(Municipality).values(name="う市"))
    assert database.changes() != after
    other.close()


def test_signs_of_life_are_no_changes_and_hide_none(cities):
    database = cities.database
    before = database.changes()
    for _ in range(3):
        with database.write(shown=False) as session:
            alerts.beat(session, "tick", real_now())
    assert database.changes() == before
    other = sqlite3.connect(database.url.database)
    other.execute("UPDATE municipality SET name = 'か市' WHERE id = 'fuji'")
    other.commit()
    with database.write(shown=False) as session:
        alerts.beat(session, "tick", real_now())
    assert database.changes() != before
    other.close()


def test_what_was_approved_is_there_at_once(cities, client, drawn):
    assert "夜の防災訓練" not in client.get("/m/fuji/").text
    client.get("/m/fuji/")
    assert len(drawn) == 1
    office = Office(cities)
    row_id = office.draft(office.hire("officer", "今泉"), "今泉", title="夜の防災訓練")
    with cities.database.write() as session:
        frozen = {"state": "sent", "frozen_at": real_now(), "accepted": 1}
        session.execute(update(Announcement).where(Announcement.id == row_id).values(**frozen))
    assert "夜の防災訓練" in client.get("/m/fuji/").text


def test_each_look_and_language_has_its_own_and_questions_have_none(client, drawn):
    first = client.get("/m/fuji/accessibility")
    assert client.get("/m/fuji/accessibility").data == first.data
    assert "Accessibility" in client.get("/m/fuji/accessibility?lang=en").text
    client.set_cookie("entaku_look", "dark.large")
    assert 'data-colour="dark"' in client.get("/m/fuji/accessibility").text
    assert len(drawn) == 3
    asked = client.get("/m/fuji/ask?q=ごみの日")
    client.get("/m/fuji/entries/?q=ごみ")
    assert (len(drawn), asked.headers["Cache-Control"]) == (3, "no-store")


def test_a_browser_that_has_it_gets_nothing_again(client):
    page = client.get("/m/fuji/subjects/")
    again = client.get("/m/fuji/subjects/", headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.data, page.headers["Cache-Control"]) == (304, b"", "no-cache")


def test_the_oldest_go_first(cities):
    store = kept.Kept(cities, most=100)
    for name in "abc":
        store.put(name, kept._Drawn(("1", 1), b"x" * 40, ()))
    assert [name for name in "abc" if store.get(name, ("1", 1))] == ["b", "c"]
    assert store.get("b", ("2", 1)) is None

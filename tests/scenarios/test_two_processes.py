"""What a process remembers must not outlive what another one writes: two of them on one database."""

import pytest
from sqlalchemy import select, update

from bot.models import Entry, Municipality, Staff
from bot.now import real_now
from bot.services import answers, channels, districts
from bot.services.answers import Question
from bot.services.channels import ChannelBook, ChannelKeys, save_channel
from bot.services.context import open_context
from tests.support.console import Office, Visitor


@pytest.fixture
def other(cities):
    """A second process's context: the same settings, its own connections and memory."""
    opened = open_context(cities.settings)
    yield opened
    opened.database.close()
    opened.keystore.database.close()


def test_who_signed_in_at_one_web_is_signed_in_at_the_other_until_the_session_ends(cities, other):
    one, two = Office(cities), Office(other)
    person = one.hire("officer", "今泉")
    visitor = one.visit(person)
    moved = two.app.test_client()
    moved.set_cookie("entaku", visitor.client.get_cookie("entaku").value)
    there = Visitor(moved)
    assert there.get("/console/fuji/").status_code == 200
    with cities.database.write() as session:
        session.execute(update(Staff).where(Staff.id == person.id).values(session_version=Staff.session_version + 1))
    assert there.get("/console/fuji/").status_code in {302, 303}


def known(context):
    with context.database.read() as session:
        stored = answers.read(session, "fuji")
    return answers.knowledge(stored)


def test_what_one_process_takes_down_the_other_no_longer_answers(cities, other):
    question = Question("避難所はどこ", real_now(), district="imaizumi")
    found = answers.answer(question, known(other)).entries
    with cities.database.write() as session:
        keys = [one.entry.id for one in found]
        session.execute(
            update(Entry).where(Entry.municipality_id == "fuji", Entry.key.in_(keys)).values(published=False)
        )
        version = Municipality.content_version + 1
        session.execute(update(Municipality).where(Municipality.id == "fuji").values(content_version=version))
    left = {one.entry.id for one in answers.answer(question, known(other)).entries}
    assert found
    assert not left & set(keys)


def test_a_district_renamed_by_one_process_is_known_to_the_other(cities, other):
    def names(context):
        with context.database.read() as session:
            return [place.name for place in districts.listed(session, "fuji")]

    assert "今泉" in names(other)
    with cities.database.write() as session:
        place = session.scalars(select(districts.Row).where(districts.Row.name == "今泉")).one()
        place.name = "新今泉"
        version = Municipality.content_version + 1
        session.execute(update(Municipality).where(Municipality.id == "fuji").values(content_version=version))
    assert "新今泉" in names(other)


def test_a_new_access_token_is_used_by_every_process_within_half_a_minute(cities, other, monkeypatch):
    def save(token):
        with cities.database.write() as session:
            save_channel(session, cities.sealer, ChannelKeys("fuji", "U" + "0" * 32, b"secret", token))

    passed = [0.0]
    monkeypatch.setattr(channels.time, "monotonic", lambda: passed[0])
    save("old")
    book = ChannelBook(other.database, other.sealer)
    assert book.get("fuji").token == "old"
    save("new")
    assert book.get("fuji").token == "old", "remembered"
    passed[0] += channels.KEEP_SECONDS
    assert book.get("fuji").token == "new"

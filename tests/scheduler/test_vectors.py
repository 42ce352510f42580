"""Vectors made in the background and shared: an entry is understood after it was published, its words find it before."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from bot.errors import UnavailableError
from bot.models import Entry, Municipality, PassageVector
from bot.now import real_now
from bot.services import answers, knowledge, vectors
from content import packs
from content.search.index import query
from scheduler.sweeps import warm_indexes
from scheduler.vectors import VectorMaker
from tests.support.models import WordModel
from tests.support.places import PACKS


@pytest.fixture
def small(context):
    """A city of a few entries, understood by a quick model."""
    pack = packs.load(PACKS / "fuji")
    few = packs.Pack(
        pack.municipality, pack.districts, pack.desks, tuple(one for one in pack.entries if one.kind == "guide")
    )
    with context.database.write() as session:
        knowledge.load_pack(session, few, real_now())
    return context


def known(context):
    with context.database.read() as session:
        stored = answers.read(session, "fuji")
    return answers.knowledge(stored)


def rows(context):
    with context.database.read() as session:
        return session.scalar(select(func.count()).select_from(PassageVector))


def rename(context, title):
    key = min(one.id for one in known(context).entries.values() if one.kind == "guide")
    with context.database.write() as session:
        row = session.scalars(select(Entry).where(Entry.key == key)).one()
        row.title = title
        row.data = {**row.data, "title": title, "questions": []}
        session.execute(update(Municipality).values(content_version=Municipality.content_version + 1))
    return key


def test_everything_is_made_once_and_understood(small):
    model = WordModel()
    vectors.use(small.database, model)
    before = known(small)
    assert before.missing
    VectorMaker(small, model).make()
    assert known(small).missing == ()
    assert rows(small) == len(before.missing) == len(model.made)
    again = WordModel()
    VectorMaker(small, again).make()
    assert again.made == []


def test_a_published_entry_costs_its_own_texts_only(small):
    model = WordModel()
    vectors.use(small.database, model)
    VectorMaker(small, model).make()
    count = len(model.made)
    key = rename(small, "ドローンを飛ばすには")
    assert known(small).ranker.rank(query("ドローンを飛ばすには"))[0].id == key  # by its words, at once
    VectorMaker(small, model).make()
    assert 1 <= len(model.made) - count <= 6
    found = known(small).ranker.rank(query("無人航空機"))
    assert (found[0].id, found[0].meaning > 0.5) == (key, True)
    assert rows(small) == len(known(small).keys)  # those of the old texts are gone


def test_another_process_reads_what_one_made(small):
    model = WordModel()
    vectors.use(small.database, model)
    first = known(small)
    with small.database.write() as session:
        from content.search.meaning import made

        vectors.keep(session, "fuji", model.name, made(model, first.missing))
    assert known(small).missing
    warm_indexes(small)
    assert known(small).missing == ()


def test_vectors_of_another_model_are_not_used(small):
    vectors.use(small.database, WordModel())
    VectorMaker(small, WordModel()).make()
    other = WordModel(extra=3)
    other.name = "words-2"
    vectors.use(small.database, other)
    assert len(known(small).missing) == rows(small)
    VectorMaker(small, other).make()
    assert known(small).missing == ()
    assert known(small).encoder is other


def test_a_model_that_fails_leaves_answering_to_the_words(small):
    class Broken(WordModel):
        def questions(self, texts):
            raise UnavailableError("away")

        passages = questions

    vectors.use(small.database, Broken())
    VectorMaker(small, Broken()).make()
    warm_indexes(small)
    assert rows(small) == 0
    for entry in known(small).entries.values():
        found = known(small).ranker.rank(query(entry.title))
        assert (found[0].id, found[0].meaning) == (entry.id, 0.0)


def test_stopping_ends_after_the_step(small):
    model = WordModel()
    vectors.use(small.database, model)
    maker = VectorMaker(small, model)
    maker.stop()
    maker.make()
    assert (model.made, rows(small)) == ([], 0)


def test_broken_rows_are_made_again(small):
    model = WordModel()
    vectors.use(small.database, model)
    VectorMaker(small, model).make()
    with small.database.write() as session:
        one = session.scalars(select(PassageVector).limit(1)).one()
        one.vector = b"x"
        session.execute(update(Municipality).values(content_version=Municipality.content_version + 1))
    assert len(known(small).missing) == 1


def test_off_is_by_words(small):
    vectors.use(small.database, WordModel())
    assert known(small).encoder is not None
    vectors.use(small.database, None)
    assert known(small).encoder is None
    VectorMaker(small, None).make()
    assert rows(small) == 0

"""The model is asked outside of every transaction, by the worker, and what it understands reaches the resident."""

from __future__ import annotations

from bot.services import vectors
from scheduler.vectors import VectorMaker
from tests.handlers.chat.driver import Person
from tests.support.models import WordModel


class Watching(WordModel):
    """Notes whether a connection of this database was in use while it was asked."""

    def __init__(self, database):
        super().__init__()
        self.database, self.busy = database, []

    def questions(self, texts):
        self.busy.append(self.database.engine.pool.checkedout())
        return super().questions(texts)


def test_no_transaction_is_open_while_the_model_is_asked(cities):
    model = Watching(cities.database)
    vectors.use(cities.database, model)
    VectorMaker(cities, model).make()
    person = Person(cities).registered("今泉")
    model.busy.clear()
    seen = person.say("塵芥はいつ出せる")
    assert model.busy == [0] * len(model.busy)
    assert model.busy
    assert "ごみ" in seen

"""The cache of `ask` and `bench`: made once, used after; without a place to write, made each time."""

from __future__ import annotations

import pytest

from bot.embeddings import cache
from bot.errors import UnavailableError
from content.search import vector_file
from content.search.index import Document
from tests.support.models import WordModel

DOCUMENTS = [Document("a", ("ごみの日",), "朝8時まで"), Document("b", ("防災訓練",), "訓練です")]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ENTAKU_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_made_once():
    model = WordModel()
    first = cache.vectors(DOCUMENTS, model)
    again = WordModel()
    assert cache.vectors(DOCUMENTS, again).keys() == first.keys()
    assert (len(model.made), again.made) == (4, [])


def test_a_changed_text_alone_is_made():
    cache.vectors(DOCUMENTS, WordModel())
    model = WordModel()
    cache.vectors([DOCUMENTS[0], Document("b", ("防災訓練", "避難訓練"), "訓練です")], model)
    assert model.made == ["避難訓練"]


def test_shipped_files_come_first(tmp_path, folder):
    shipped = tmp_path / "vectors.bin"
    vector_file.write(shipped, WordModel.name, cache.vectors(DOCUMENTS, WordModel()))
    cache.file_of(WordModel.name).unlink()
    model = WordModel()
    cache.vectors(DOCUMENTS, model, [shipped])
    assert model.made == []


def test_a_folder_that_cannot_be_written_costs_time_only(folder):
    folder.write_text("a file where the folder should be")
    assert len(cache.vectors(DOCUMENTS, WordModel())) == 4


def test_no_patience_leaves_it_to_the_words():
    model = WordModel()
    assert cache.vectors(DOCUMENTS, model, seconds=0) == {}
    assert model.made == []


def test_a_model_that_fails_gives_what_is_there():
    class Broken(WordModel):
        def passages(self, texts):
            raise UnavailableError("away")

    cache.vectors(DOCUMENTS[:1], WordModel())
    assert len(cache.vectors(DOCUMENTS, Broken())) == 2

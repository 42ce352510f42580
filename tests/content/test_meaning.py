"""The view of meanings and its fusion with the words, with a model of a dozen words."""

from __future__ import annotations

import numpy as np
import pytest

from bot.errors import UnavailableError
from content.search import meaning
from content.search.index import Document, LexicalIndex, query
from content.search.meaning import MeaningView
from content.search.rank import Ranker
from tests.support.models import WordModel

DOCUMENTS = [
    Document("garbage", ("ごみの日はいつ", "収集日を知りたい"), "朝8時までに出してください。"),
    Document("drill", ("防災訓練",), "避難の道を確かめます。"),
    Document("nursery", ("保育所に入るには",), "窓口へどうぞ。"),
    Document("lamp", ("防犯灯が切れている",), "町内会長へ。"),
]


def vectors(documents=DOCUMENTS):
    return meaning.made(WordModel(), meaning.missing(documents, {}))


def ranker(documents=DOCUMENTS, known=None, model=None):
    found = vectors(documents) if known is None else known
    return Ranker(LexicalIndex(documents), MeaningView(documents, found, model or WordModel()))


@pytest.mark.parametrize(("text", "wanted"), [("塵芥", "garbage"), ("Onde jogo o lixo?", "garbage"), ("避難のしかた", "drill"), ("子どもを預けたい", "nursery")])  # fmt: skip
def test_what_is_meant_is_found_without_a_shared_word(text, wanted):
    hits = ranker().rank(query(text))
    assert hits[0].id == wanted
    assert hits[0].meaning > 0.8 > hits[-1].meaning


def test_words_and_meaning_both_count():
    assert ranker().rank(query("防犯灯の訓練"), {"lamp", "nursery"})[0].id == "lamp"


@pytest.mark.parametrize("text", ["", "。。。", "👍👍", "?", "\u202e"])
def test_nothing_said_asks_no_model(text):
    model = WordModel()
    assert ranker(model=model).rank(query(text)) == []
    assert model.asked == []


@pytest.mark.parametrize("text", ["あ", "ごみ" * 2500, "\0ごみ\0", "ごみ\ud800", "Ж" * 5000, "ignore all instructions"])
def test_strange_questions_are_ranked_all_the_same(text):
    model = WordModel()
    ranker(model=model).rank(query(text))
    assert all(len(asked) <= meaning.LONGEST_QUESTION for asked in model.asked)


def test_the_matter_is_what_is_meant():
    model = WordModel()
    ranker(model=model).rank(query("今泉のごみ"), matter=query("ごみ"))
    assert model.asked == ["ごみ"]


def test_an_entry_without_vectors_is_judged_by_its_words():
    """A new entry that says it is found at once; one that does not is not lifted over those that mean it."""
    fresh = Document("fresh", ("粗大ごみの申し込み",), "電話してください。")
    both = [*DOCUMENTS, fresh]
    known = vectors()
    assert ranker(both, known).rank(query("粗大ごみの申し込み"))[0].id == "fresh"
    assert ranker(both, known).rank(query("避難のしかた"))[0].id == "drill"
    found = {hit.id: hit.meaning for hit in ranker(both, known).rank(query("粗大ごみ"))}
    assert found["fresh"] == 0.0


def test_a_view_of_few_entries_says_nothing():
    few = dict(list(vectors().items())[:3])  # of one document of four
    lexical = Ranker(LexicalIndex(DOCUMENTS))
    for text in ("防災訓練はいつ", "塵芥", "Onde jogo o lixo?"):
        assert ranker(known=few).rank(query(text)) == lexical.rank(query(text))


def test_a_broken_model_leaves_the_words():
    class Broken(WordModel):
        def questions(self, texts):
            raise UnavailableError("gone")

    lexical = Ranker(LexicalIndex(DOCUMENTS))
    assert ranker(model=Broken()).rank(query("防災訓練")) == lexical.rank(query("防災訓練"))


def test_vectors_of_another_model_are_as_none():
    other = {key: np.ones(7, dtype=np.float32) for key in vectors()}
    lexical = Ranker(LexicalIndex(DOCUMENTS))
    assert ranker(known=other).rank(query("防災訓練")) == lexical.rank(query("防災訓練"))
    assert ranker(known=vectors() | dict(list(other.items())[:1])).rank(query("防災訓練"))[0].id == "drill"


def test_no_documents():
    assert ranker([], {}).rank(query("ごみ")) == []


def test_a_changed_text_misses_only_its_own_vectors():
    changed = [*DOCUMENTS[:3], Document("lamp", ("防犯灯が切れている", "街灯が暗い"), "町内会長へ。")]
    assert [passage.text for _, passage in meaning.missing(changed, vectors())] == ["街灯が暗い"]


def test_packing_keeps_the_direction():
    random = np.random.default_rng(1).normal(size=384).astype(np.float32)
    vector = meaning.units(random)
    assert float(meaning.unpacked(meaning.packed(vector)) @ vector) > 0.9998
    zero = meaning.unpacked(meaning.packed(np.zeros(4, dtype=np.float32)))
    assert zero.tolist() == [0, 0, 0, 0]

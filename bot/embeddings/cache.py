"""Vectors for what has no database (`ask` from the packs, `bench`): from files, the rest made now and kept.

The folder is ENTAKU_CACHE_DIR, else ~/.cache/entaku. A cache that cannot be read or written costs time only.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import structlog

from bot.errors import UnavailableError
from content.search import vector_file
from content.search.index import Document
from content.search.meaning import Encoder, Vectors, made, missing

log = structlog.get_logger(__name__)

AT_ONCE = 16  # passages made, then kept


def folder() -> Path:
    """Where vectors are kept between commands."""
    named = os.environ.get("ENTAKU_CACHE_DIR", "")
    return Path(named) if named else Path.home() / ".cache" / "entaku"


def file_of(model: str, where: Path | None = None) -> Path:
    """The cache file of a model: of another model there is another."""
    return (where or folder()) / f"vectors-{re.sub(r'[^A-Za-z0-9._-]', '-', model)}.bin"


def vectors(
    documents: Sequence[Document], encoder: Encoder, shipped: Iterable[Path] = (), seconds: float | None = None
) -> dict[str, Vectors]:
    """The vectors of the documents' passages by key: from the `shipped` files, the cache, else made.

    After `seconds` nothing more is made (None: all is). When the model fails, those that are there are returned.
    """
    found: dict[str, Vectors] = {}
    for path in shipped:
        found |= vector_file.read(path, encoder.name)
    if not missing(documents, found):
        return found
    cache = file_of(encoder.name)
    found |= vector_file.read(cache, encoder.name)
    waiting = iter(missing(documents, found))
    begun = time.monotonic()
    while (seconds is None or time.monotonic() - begun < seconds) and (chunk := list(islice(waiting, AT_ONCE))):
        try:
            fresh = made(encoder, chunk)
        except UnavailableError:
            break
        found |= fresh
        try:
            vector_file.append(cache, encoder.name, fresh)
        except OSError as error:
            log.warning("embeddings.cache", file=str(cache), error=error.strerror)
    return found

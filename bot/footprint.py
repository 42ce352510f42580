"""Keeps a long-lived process small: few arenas for many threads, and memory given back after heavy work.

Building an index walks through the whole dictionary of the morphological analyser (250 MB of mapped file); the
questions afterwards need a few pages of it. Only Linux with glibc knows how; elsewhere nothing happens.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from pathlib import Path

_ARENA_MAX = -8  # mallopt(3)
_DONT_NEED = 4  # madvise(2); a mapped file's pages come back from the page cache when they are read
_DICTIONARY = "/dicdir/"


def few_arenas(count: int = 2) -> None:
    """Let all threads share `count` heaps; glibc's usual eight per core keep what each of them once needed."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, count)


def give_back() -> None:
    """Return what heavy work left behind: free heap, and the dictionary's pages."""
    gc.collect()
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.malloc_trim(0)
        for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
            span, access, *_ = line.split(maxsplit=2)
            if _DICTIONARY in line and "w" not in access:
                begin, end = (int(edge, 16) for edge in span.split("-"))
                libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), _DONT_NEED)

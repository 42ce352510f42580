"""Vectors in a file: beside a pack (made once, shipped) and in a cache folder (grown by whoever needs more).

One line of ASCII says the format, the model and the dimensions; then records of equal size: key, CRC-32, the
vector as signed bytes. Records that do not add up are skipped, a file of another format or model counts as
empty: whatever is lost is made again. Writers append one block under a lock, so several may write at once.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from content.search.meaning import Vectors, packed, units

FORMAT = "entaku-vectors 1"
NAME = "vectors.bin"  # beside a pack
KEY_BYTES = 16
HEADER_AT_MOST = 200


def read(path: Path, model: str) -> dict[str, Vectors]:
    """The vectors by key that `model` made; {} when there is no such file, or it is of something else."""
    try:
        raw = path.read_bytes()
    except OSError:
        return {}
    dimensions, start = _header(raw, model)
    if not dimensions:
        return {}
    size = KEY_BYTES + 4 + dimensions
    records = [raw[at : at + size] for at in range(start, len(raw) - size + 1, size)]
    sound = [record for record in records if _record(record[:KEY_BYTES], record[KEY_BYTES + 4 :]) == record]
    if not sound:
        return {}
    bodies = np.frombuffer(b"".join(record[KEY_BYTES + 4 :] for record in sound), dtype=np.int8)
    vectors = units(bodies.reshape(len(sound), dimensions).astype(np.float32))
    return {record[:KEY_BYTES].hex(): vector for record, vector in zip(sound, vectors, strict=True)}


def append(path: Path, model: str, vectors: Mapping[str, Vectors]) -> None:
    """Add vectors; a file that is broken, or of another format or model, begins anew. Raises OSError."""
    if not vectors:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    dimensions = len(next(iter(vectors.values())))
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        found, start = _header(file.read(HEADER_AT_MOST), model)
        end, size = os.fstat(file.fileno()).st_size, KEY_BYTES + 4 + dimensions
        if found != dimensions:
            header = f"{FORMAT} {model} {dimensions}\n".encode("ascii")
            file.truncate(0)
            file.write(header)
        elif (end - start) % size:  # a writer that was killed or ran out of disk left part of a record
            file.truncate(end - (end - start) % size)
        file.write(b"".join(_record(bytes.fromhex(key), packed(vector)) for key, vector in vectors.items()))


def write(path: Path, model: str, vectors: Mapping[str, Vectors]) -> None:
    """Write a file of exactly these vectors, sorted by key, in one step. Raises OSError."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    append(fresh, model, dict(sorted(vectors.items())))
    fresh.replace(path)


def _record(key: bytes, body: bytes) -> bytes:
    return key + zlib.crc32(key + body).to_bytes(4, "little") + body


def _header(raw: bytes, model: str) -> tuple[int, int]:
    """(dimensions, where the records start); (0, 0) for another format or model."""
    line, newline, _ = raw[:HEADER_AT_MOST].partition(b"\n")
    start, _, dimensions = line.decode("ascii", "replace").rpartition(" ")
    if not newline or start != f"{FORMAT} {model}" or not dimensions.isdigit():
        return 0, 0
    return int(dimensions), len(line) + 1

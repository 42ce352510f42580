"""Vectors in files: whatever is in the way, what was lost is made again and nothing wrong is read."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from content.search import meaning, vector_file
from content.search.meaning import units

MODEL = "words-1"


def name_of(text):
    return meaning.key(meaning.Passage(text, asks=True))


VECTORS = {name_of(text): units(np.random.default_rng(len(text)).normal(size=8).astype(np.float32)) for text in ("a", "bb", "ccc")}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "folder" / "vectors.bin"
    vector_file.append(found, MODEL, VECTORS)
    return found


def same(found, wanted=VECTORS):
    return found.keys() == wanted.keys() and all(float(found[name] @ wanted[name]) > 0.999 for name in wanted)


def test_there_and_back(path):
    assert same(vector_file.read(path, MODEL))
    vector_file.append(path, MODEL, {name_of("d"): VECTORS[name_of("a")]})
    assert len(vector_file.read(path, MODEL)) == 4


def test_another_model_or_format_counts_as_nothing_and_is_begun_anew(path):
    assert vector_file.read(path, "words-2") == {}
    path.write_bytes(path.read_bytes().replace(b"entaku-vectors 1", b"entaku-vectors 0"))
    assert vector_file.read(path, MODEL) == {}
    vector_file.append(path, MODEL, VECTORS)
    assert same(vector_file.read(path, MODEL))


@pytest.mark.parametrize("content", [b"", b"\n", b"entaku-vectors 1", b"PK\x03\x04" * 100, b"\xff" * 5000, b"entaku-vectors 1 words-1 x\n"])  # fmt: skip
def test_nonsense_is_begun_anew(path, content):
    path.write_bytes(content)
    assert vector_file.read(path, MODEL) == {}
    vector_file.append(path, MODEL, VECTORS)
    assert same(vector_file.read(path, MODEL))


def test_a_damaged_record_is_left_out(path):
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 0xFF
    path.write_bytes(raw)
    assert set(vector_file.read(path, MODEL)) == set(list(VECTORS)[:2])


def test_half_a_record_is_cut_off(path):
    path.write_bytes(path.read_bytes()[:-5])
    assert len(vector_file.read(path, MODEL)) == 2
    vector_file.append(path, MODEL, {name: VECTORS[name] for name in list(VECTORS)[2:]})
    assert same(vector_file.read(path, MODEL))


def test_many_writers_lose_nothing(path):
    texts = [f"text {number}" for number in range(40)]

    def write(text):
        vector_file.append(path, MODEL, {name_of(text): VECTORS[name_of("a")]})

    threads = [threading.Thread(target=write, args=[text]) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert vector_file.read(path, MODEL).keys() == VECTORS.keys() | {name_of(text) for text in texts}


def test_writing_replaces_the_file_in_one_step(path):
    few = {name: VECTORS[name] for name in list(VECTORS)[:1]}
    vector_file.write(path, MODEL, few)
    assert same(vector_file.read(path, MODEL), few)
    assert [one.name for one in path.parent.iterdir()] == ["vectors.bin"]


def test_a_missing_file_and_nothing_to_add(tmp_path):
    assert vector_file.read(tmp_path / "none", MODEL) == {}
    vector_file.append(tmp_path / "none", MODEL, {})
    assert not (tmp_path / "none").exists()

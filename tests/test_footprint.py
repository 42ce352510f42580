"""Memory is given back, and what was mapped is read again as before."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot import footprint
from content.search import tokens


def mapped() -> int:
    """Resident kB of the dictionary's files."""
    total, ours = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first = line.split(maxsplit=1)[0]
        ours = "/dicdir/" in line if "-" in first and ":" not in first else ours
        total += int(line.split()[1]) if ours and first == "Rss:" else 0
    return total


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is resident")
def test_the_dictionary_leaves_and_comes_back():
    words = "今泉まちづくりセンターで防災訓練と夏祭りの打ち合わせをします"
    before = [word.lemma for word in tokens.words(tokens.fold(words))]
    for number in range(200):
        tokens.words(f"{words}{number}と鷹岡小学校{number}年生の運動会")
    resident = mapped()
    footprint.few_arenas()
    footprint.give_back()
    assert mapped() < resident / 2
    assert [word.lemma for word in tokens.words(tokens.fold(words))] == before

"""docs/packs.md names every key and column there is."""

from __future__ import annotations

from content.packs_entries import _KEYS
from content.packs_model import MARKDOWN_KINDS, STATES, TABLE_KINDS
from content.packs_tables import _ACTIVITY, _ACTIVITY_COLUMNS, _DESK, _DESK_OURS, DISTRICT
from tests.support.places import REPOSITORY

TEXT = (REPOSITORY / "docs" / "packs.md").read_text(encoding="utf-8")
PLACES = {"住所", "緯度", "経度"}  # of the standard's columns only those that need a word are named


def test_every_key_column_file_and_state_is_documented():
    named = [f"`{key}`" for key in (*_KEYS, *DISTRICT)]
    named += [f"`entaku_{name}`" for name in (*_ACTIVITY, *_DESK_OURS)]
    named += [*TABLE_KINDS.values(), *MARKDOWN_KINDS, *STATES, *_DESK]
    named += [f"`{name}`" for name in _ACTIVITY_COLUMNS if name not in PLACES]
    assert [word for word in named if word not in TEXT] == []

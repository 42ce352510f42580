"""A small city with LINE in a box, for the tests of what the clock does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.announcing import Office, open_office


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def small(template: Path, tmp_path: Path) -> Iterator[Office]:
    """On SQLite only, for what does not depend on the database; LINE's quota is 7."""
    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path, quota=7) as opened:
        yield opened

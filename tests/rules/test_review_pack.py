"""The review pack tells of every table: what the city's desk of personal data reads is what the database holds."""

from __future__ import annotations

import re

import bot.models  # noqa: F401 makes every table known
from bot.db import Base
from tests.support.places import REPOSITORY

PACK = REPOSITORY / "docs" / "review-pack"


def test_every_table_is_told_once_in_the_review_pack() -> None:
    rows = [line for line in (PACK / "tables.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    told = [name for line in rows for name in re.findall(r"`([a-z_]+)`", line.split("|")[1])]
    assert sorted(told) == sorted(Base.metadata.tables), "write it into docs/review-pack/tables.md"


def test_every_file_and_command_that_the_review_pack_names_is_there() -> None:
    words = "\n".join(path.read_text(encoding="utf-8") for path in PACK.glob("*.md"))
    files = set(re.findall(r"`((?:bot|handlers|tests|content|deploy|docs)/[\w./*-]+)`", words))
    assert len(files) > 10
    assert {name for name in files if not list(REPOSITORY.glob(name.removesuffix("/")))} == set()
    linked = re.findall(r"\]\(([\w./-]+)\)", words)
    assert {name for name in linked if not (PACK / name).exists()} == set()

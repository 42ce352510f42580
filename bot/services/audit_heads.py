"""The file of heads outside the database (`audit-heads.log`): one line a day, only ever appended.

    2026-11-22T09:00:00+09:00 1234 9f86d081884c7d65...

Who can change the database can make a whole new chain; not one that fits the heads that were copied elsewhere.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from bot.models import AuditChain
from bot.now import jst
from bot.services.audit_seals import Broken, Noted
from bot.settings import Settings

NAME: Final = "audit-heads.log"
_LINE: Final = re.compile(r"^(\S+) (\d+) ([0-9a-f]{64})$")
WORDS: Final = {
    "missing": "{position}番目の記録がありません。消されたか、順番が変えられました。",
    "changed": "{position}番目の記録(番号{row})の中身が、封をしたときと違います。",
    "seal": "{position}番目の記録(番号{row})が、封をしたときと違います。"
    "書きかえられたか、差しこまれたか、順番が変えられました。",
    "unsaid": "{position}番目の記録(番号{row})の中身が消されていますが、消したという記録がありません。",
    "tail": "終わりのほうの記録がありません({position}番目から)。消されたか、古いバックアップから戻されました。",
    "noted": "外に控えた記録と合いません({position}番目)。記録が作り直されたか、古いバックアップから戻されました。",
}


def words(broken: Broken) -> str:
    """What is broken first, for people."""
    return WORDS[broken.why].format(position=broken.position, row=broken.row_id)


def file_of(settings: Settings) -> Path | None:
    """Where the heads are written: the setting's file, else beside the key store; None where that is no file."""
    if settings.audit_heads is not None:
        return settings.audit_heads
    url = make_url(settings.keystore_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database).parent / NAME


def line_of(row: AuditChain, now: datetime) -> str:
    """One head: when it was written down, how many rows, the seal."""
    return f"{jst(now).isoformat(timespec='seconds')} {row.count} {row.seal.hex()}"


def append(file: Path, line: str) -> None:
    """Add a line. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="ascii") as handle:
        handle.write(line + "\n")


def read(file: Path) -> list[Noted]:
    """Every head that was written down; [] without a file. Lines that are none are left out."""
    if not file.exists():
        return []
    found = map(_LINE.match, file.read_text(encoding="ascii", errors="replace").splitlines())
    return [Noted(bytes.fromhex(one[3]), int(one[2]), one[1]) for one in found if one]

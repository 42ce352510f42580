"""Polis' export files: votes.csv, comments.csv and participants-votes.csv read; comments.csv written.

Columns are found by name.

Polis has agree as -1 inside; its export, like ours, has agree = 1.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.errors import BadInputError

VOTES = ("timestamp", "datetime", "comment-id", "voter-id", "vote")
# The Clojure exporter's (math/src/polismath/darwin/export.clj).
COMMENTS = (
    "timestamp",
    "comment-id",
    "author-id",
    "agrees",
    "disagrees",
    "moderated",
    "is-meta",
    "is-seed",
    "group-informed-consensus",
    "comment-body",
)
_REJECTED = -1


def read_votes(text: str, name: str = "votes.csv") -> dict[tuple[str, str], int]:
    """The latest vote of each voter on each statement: {(voter, statement): 1 agree, -1 disagree, 0 pass}.

    The file is a history. Without timestamps the later row counts; of two at the same moment the more
    agreeing one, so that the order of rows decides nothing. A row without a vote is one that never was.
    Raises BadInputError with the line.
    """
    latest: dict[tuple[str, str], tuple[int, int, int]] = {}
    for line, row in _rows(text, name, ("comment-id", "voter-id", "vote")):
        voter, statement, vote = row["voter-id"], row["comment-id"], row["vote"]
        if not vote:
            continue
        if not voter or not statement:
            raise BadInputError(f"{name}:{line}: voter-id or comment-id is empty; fill it in or take the row out.")
        value = _whole(vote, name, line, "vote")
        if value not in (-1, 0, 1):
            raise BadInputError(f"{name}:{line}: the vote is {vote!r}; write 1 (agree), -1 (disagree) or 0 (pass).")
        moment = _whole(row["timestamp"], name, line, "timestamp") if row.get("timestamp") else 0
        at = (moment, 0 if "timestamp" in row else line, value)
        latest[voter, statement] = max(at, latest.get((voter, statement), at))
    if not latest:
        raise BadInputError(f"{name}: holds no vote; export it again from the conversation.")
    return {key: value for key, (_, _, value) in latest.items()}


@dataclass(frozen=True)
class Comment:
    """What comments.csv says of a statement: rejected by moderation, or about the conversation itself (meta)."""

    rejected: bool
    meta: bool


def read_comments(text: str, name: str = "comments.csv") -> dict[str, Comment]:
    """Statements by id. Raises BadInputError with the line."""
    found = {}
    for line, row in _rows(text, name, ("comment-id", "moderated")):
        if not row["comment-id"]:
            raise BadInputError(f"{name}:{line}: comment-id is empty; fill it in or take the row out.")
        state = _whole(row["moderated"], name, line, "moderated") if row["moderated"] else 0
        found[row["comment-id"]] = Comment(state == _REJECTED, row.get("is-meta", "").lower() in {"true", "1", "t"})
    return found


def read_groups(text: str, name: str = "participants-votes.csv") -> dict[str, str]:
    """The published group of each voter who has one. Raises BadInputError with the line."""
    rows = _rows(text, name, ("participant", "group-id"))
    found = {row["participant"]: row["group-id"] for _, row in rows if row["participant"] and row["group-id"]}
    if not found:
        raise BadInputError(f"{name}: no participant has a group-id; leave --published out to compute groups.")
    return found


def _rows(text: str, name: str, needed: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [column.strip().lower() for column in next(reader, [])]
        missing = [column for column in needed if column not in header]
        if missing:
            raise BadInputError(f"{name}: the column {', '.join(missing)} is missing; its first line must name it.")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                padded = [*cells, *[""] * (len(header) - len(cells))]
                yield reader.line_num, {key: cell.strip() for key, cell in zip(header, padded, strict=False)}
    except csv.Error as error:
        raise BadInputError(f"{name}:{reader.line_num}: is no CSV ({error}); save it again as CSV UTF-8.") from error


def _whole(cell: str, name: str, line: int, column: str) -> int:
    try:
        number = float(cell) if "." in cell else int(cell)
        whole = int(number)
    except (ValueError, OverflowError):
        whole, number = 0, 0.5
    if whole != number:
        raise BadInputError(f"{name}:{line}: {column} is {cell[:40]!r}; it must be a whole number.")
    return whole


@dataclass(frozen=True)
class Written:
    """A statement as comments.csv has it; counts None where they may not be shown. `state`: 1 in, 0 waiting, -1 out."""

    id: str
    body: str
    state: int = 1
    seed: bool = False
    agrees: int | None = None
    disagrees: int | None = None


def comment_rows(statements: Iterable[Written]) -> list[tuple[str | int | None, ...]]:
    """The rows under COMMENTS. Moments and authors stay empty: we keep neither."""
    return [
        (None, one.id, None, one.agrees, one.disagrees, one.state, "false", str(one.seed).lower(), None, one.body)
        for one in statements
    ]

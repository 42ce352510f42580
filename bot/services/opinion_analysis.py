"""What is worked out of a round's votes at close, once, in memory, and what of it is kept: no voter, no row, no cell.

{"clear": bool, "failed": bool, "common": [id],
 "groups": [{"size": n, "x": x, "y": y, "marks": [{"id": id, "agrees": bool}]}]}

Lists of 一致・対立・わからない need nothing of this: bot.services.opinions makes them of the stored tallies.
Why so little is kept stands in docs/decisions/0015-analysis.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import structlog

from bot.core import opinion_groups, opinion_statistics, permutation, tally
from bot.core.opinion_groups import Grouping
from bot.core.opinion_matrix import Floats, Matrix, matrix
from bot.core.opinion_statistics import ENOUGH, SHOWN_PER_GROUP, Tallies, tallies

log = structlog.get_logger(__name__)

COMMON_FROM = 0.6  # geometric mean over the groups of the share that agrees
ROUNDED_TO = 5  # people; a group's exact size could be subtracted from the voters

Votes = Mapping[tuple[str, str], int]


def analyse(votes: Votes) -> dict[str, Any] | None:
    """What may be kept of {(voter, statement): +1 | -1 | 0}; None with fewer than ten voters.

    The same votes give the same result whatever the voters are called. A fault in the mathematics must not keep a
    round from being counted: then it says `failed`.
    """
    arranged = matrix(_in_one_order(votes))
    if not tally.publishable(len(arranged.voters)):
        return None
    try:
        groups, common = _groups(arranged)
    except (ArithmeticError, MemoryError, ValueError):
        log.exception("opinions.failed", voters=len(arranged.voters), statements=len(arranged.statements))
        return {"clear": False, "failed": True, "groups": [], "common": []}
    return {"clear": bool(groups), "failed": False, "groups": groups, "common": common}


def _in_one_order(votes: Votes) -> dict[tuple[str, str], int]:
    """Voters numbered by what they answered: their numbers are drawn anew at each run (statement_votes.opened)."""
    rows: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for (voter, statement), answer in votes.items():
        rows[voter].append((statement, answer))
    ordered = sorted(sorted(row) for row in rows.values())
    return {(str(number), statement): answer for number, row in enumerate(ordered) for statement, answer in row}


def _groups(arranged: Matrix) -> tuple[list[dict[str, Any]], list[int]]:
    """Groups and the statements common to all of them; nothing unless they are clear and of five people or more."""
    grouping = opinion_groups.group(arranged)
    sizes = grouping.sizes
    if len(sizes) < 2 or min(sizes) < permutation.LEAST_SHOWN:
        return [], []
    if not permutation.is_clear(permutation.p_value(arranged), sizes):
        return [], []
    counted = tallies(arranged.votes, grouping.labels)
    everybody = tallies(arranged.votes, np.zeros(len(arranged.voters), dtype=np.int64)).seen[0]
    few = [bool(seen < ENOUGH) for seen in everybody]
    names = [int(name) for name in arranged.statements]
    marks = opinion_statistics.representative(counted, few)
    found = [
        {
            "size": ROUNDED_TO * round(size / ROUNDED_TO),
            "x": x,
            "y": y,
            "marks": [{"id": names[one.statement], "agrees": one.agrees} for one in telling],
        }
        for size, (x, y), telling in zip(sizes, _centres(grouping), marks, strict=True)
    ]
    return found, [names[at] for at in _common(counted, few)]


def _common(counted: Tallies, few: Sequence[bool]) -> list[int]:
    """Statements that every group tends to agree with, the most agreed first."""
    shared = opinion_statistics.group_consensus(counted)
    enough = [at for at in range(len(few)) if not few[at] and shared[at] >= COMMON_FROM]
    return sorted(enough, key=lambda at: (-shared[at], at))[:SHOWN_PER_GROUP]


def _centres(grouping: Grouping) -> list[tuple[float, float]]:
    """Where groups stand to one another: the first at 0, the furthest apart at 1, to one decimal."""
    points = grouping.at.points
    centres: Floats = np.array([points[grouping.labels == number].mean(axis=0) for number in range(grouping.k)])
    widest = max(float(np.linalg.norm(one - other)) for one in centres for other in centres)
    return [(round(float(x), 1) + 0.0, round(float(y), 1) + 0.0) for x, y in (centres - centres[0]) / (widest or 1.0)]

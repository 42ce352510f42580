"""`entaku bench groups`: our opinion groups beside red-dwarf's, on Polis exports with published groups."""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from statistics import mean, median
from typing import Any

import click

from bot.errors import BadInputError

ROUNDS = 5  # each in turn; the median counts


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def command(folder: Path, *, as_json: bool) -> None:
    """Group every conversation in FOLDER (a folder each with votes.csv, comments.csv, participants-votes.csv).

    `ari` is the adjusted Rand index against the published groups, of those grouped by both; CPU seconds are
    of the whole pipeline without the permutation test, medians of rounds in turn.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    places = sorted(path.parent for path in folder.glob("*/votes.csv"))
    if not places:
        raise BadInputError(f"{folder} holds no conversation; each is a folder with votes.csv and comments.csv.")
    measured = [_measure(place) for place in places]
    if as_json:
        click.echo(json.dumps({"conversations": measured}))
        return
    for one in measured:
        click.echo("  ".join(f"{name} {value}" for name, value in one.items()))
    for name in ("cpu_s", "peer_cpu_s", "ari", "peer_ari"):
        click.echo(f"mean {name}: {mean(one[name] for one in measured):.3f}")


def _measure(place: Path) -> dict[str, Any]:
    from content.formats import polis

    votes = polis.read_votes((place / "votes.csv").read_text(encoding="utf-8-sig"))
    comments = polis.read_comments((place / "comments.csv").read_text(encoding="utf-8-sig"))
    published = polis.read_groups((place / "participants-votes.csv").read_text(encoding="utf-8-sig"))
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    groups: dict[str, Mapping[str, int]] = {}
    for _ in range(ROUNDS + 1):  # the first warms up
        for name, run in (("ours", _ours), ("peer", _peer)):
            begun = time.process_time()
            groups[name] = run(votes, comments)
            times[name].append(time.process_time() - begun)
    return {
        "name": place.name,
        "cpu_s": round(median(times["ours"][1:]), 4),
        "peer_cpu_s": round(median(times["peer"][1:]), 4),
        "ari": round(_agreement(groups["ours"], published), 3),
        "peer_ari": round(_agreement(groups["peer"], published), 3),
    }


def _ours(votes: dict[tuple[str, str], int], comments: Mapping[str, Any]) -> Mapping[str, int]:
    import numpy as np

    from bot.core import opinion_groups, opinion_statistics
    from bot.core.opinion_matrix import matrix

    hidden = {key for key, one in comments.items() if one.rejected or one.meta}
    arranged = matrix(votes, comments, hidden)
    grouping = opinion_groups.group(arranged)
    counted = opinion_statistics.tallies(arranged.used, grouping.labels)
    opinion_statistics.informed_consensus(counted)
    opinion_statistics.representative(counted, arranged.hidden.tolist())
    opinion_statistics.priorities(arranged, grouping.at, grouping.labels)
    opinion_statistics.sort_out(opinion_statistics.tallies(arranged.used, np.zeros(len(arranged.voters), np.int64)))
    return {voter: int(label) for voter, label in zip(arranged.voters, grouping.labels, strict=True) if label >= 0}


def _peer(votes: dict[tuple[str, str], int], comments: Mapping[str, Any]) -> Mapping[str, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from reddwarf.implementations.base import run_pipeline

        rows = [
            {"participant_id": int(voter), "statement_id": int(one), "vote": vote, "modified": 0}
            for (voter, one), vote in votes.items()
        ]
        result = run_pipeline(
            votes=rows,
            mod_out_statement_ids=[int(key) for key, one in comments.items() if one.rejected],
            meta_statement_ids=[int(key) for key, one in comments.items() if one.meta],
            random_state=0,
        )
    labels = result.participants_df["cluster_id"].dropna()
    return {str(voter): int(label) for voter, label in labels.items()}


def _agreement(groups: Mapping[str, int], published: Mapping[str, str]) -> float:
    """The adjusted Rand index (Hubert and Arabie 1985) over the voters that both have grouped."""
    from math import comb

    both = [(groups[voter], published[voter]) for voter in published if voter in groups]
    cells: dict[tuple[int, str], int] = {}
    rows: dict[int, int] = {}
    columns: dict[str, int] = {}
    for row, column in both:
        cells[row, column] = cells.get((row, column), 0) + 1
        rows[row] = rows.get(row, 0) + 1
        columns[column] = columns.get(column, 0) + 1
    together = sum(comb(count, 2) for count in cells.values())
    in_rows, in_columns = (sum(comb(count, 2) for count in side.values()) for side in (rows, columns))
    expected = in_rows * in_columns / (comb(len(both), 2) or 1)
    highest = (in_rows + in_columns) / 2
    return 1.0 if highest == expected else (together - expected) / (highest - expected)

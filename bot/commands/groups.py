"""`entaku groups`: the opinion groups of a conversation in Polis' export files."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from bot.errors import BadInputError

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("votes", type=_FILE)
@click.option("--comments", type=_FILE, help="comments.csv: which statements were moderated out or meta.")
@click.option("--k", type=click.IntRange(2, 20), help="So many groups, instead of the best number.")
@click.option("--published", type=_FILE, help="participants-votes.csv: take its groups instead of computing them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def command(votes: Path, *, comments: Path | None, k: int | None, published: Path | None, as_json: bool) -> None:
    """Group the voters of VOTES (Polis' votes.csv) and say what each group and everybody thinks.

    `clear` says whether the groups are more than chance (199 shuffles, p <= .02) and have five people each.
    """
    from content.formats import polis

    voted = polis.read_votes(_text(votes), votes.name)
    said = polis.read_comments(_text(comments), comments.name) if comments else {}
    groups = polis.read_groups(_text(published), published.name) if published else None
    result = analysed(voted, said, k, groups)
    if as_json:
        click.echo(json.dumps(result))
        return
    click.echo(f"{result['clustered']} of {result['participants']} voters in {result['k']} groups")
    click.echo(f"clear: {'yes' if result['clear'] else 'no'} (p = {result['p_value']})")
    for one in result["statements"]:
        click.echo(
            f"{one['id']:>6}  agree {one['agree']:>4}  disagree {one['disagree']:>4}  pass {one['pass']:>4}"
            f"  consensus {one['group_consensus']:.3f}"
        )


def analysed(
    voted: dict[tuple[str, str], int], said: dict[str, Any], k: int | None, published: dict[str, str] | None
) -> dict[str, Any]:
    """The object that `--json` prints; `said` has what comments.csv says of each statement."""
    import numpy as np

    from bot.core import opinion_groups, opinion_statistics, permutation
    from bot.core.opinion_matrix import in_order, matrix

    begun = time.process_time()
    hidden = {key for key, one in said.items() if one.rejected or one.meta}
    votes = matrix(voted, said, hidden)
    grouping = opinion_groups.group(votes, k)
    labels = grouping.labels
    if published is not None:
        number = {name: at for at, name in enumerate(in_order(published.values()))}
        labels = np.array([number[published[one]] if one in published else -1 for one in votes.voters], dtype=np.int64)
        if not (labels >= 0).any():
            raise BadInputError("No voter of the votes is among the published participants; are both of one export?")
    p = permutation.p_value(votes, k)
    counted = opinion_statistics.tallies(votes.votes, labels)
    everybody = opinion_statistics.tallies(votes.votes, np.zeros(len(votes.voters), dtype=np.int64))
    meta = [said[one].meta if one in said else False for one in votes.statements]
    columns = (
        everybody.agreed[0].tolist(),
        everybody.disagreed[0].tolist(),
        (everybody.seen - everybody.agreed - everybody.disagreed)[0].tolist(),
        opinion_statistics.informed_consensus(counted).tolist(),
        opinion_statistics.group_consensus(counted).tolist(),
        opinion_statistics.priorities(votes, grouping.at, labels, meta).tolist(),
    )
    names = ("agree", "disagree", "pass", "gic", "group_consensus", "priority")
    sizes = np.bincount(labels[labels >= 0])
    return {
        "participants": len(votes.voters),
        "clustered": int((labels >= 0).sum()),
        "k": len(sizes),
        "clear": permutation.is_clear(p, grouping.sizes),
        "p_value": round(p, 4),
        "groups": {voter: int(label) for voter, label in zip(votes.voters, labels, strict=True) if label >= 0},
        "statements": [
            {"id": one, **dict(zip(names, values, strict=True))}
            for one, *values in zip(votes.statements, *columns, strict=True)
        ],
        "cpu_s": round(time.process_time() - begun, 3),
    }


def _text(path: Path) -> str:
    """A UTF-8 file, with or without BOM. Raises BadInputError."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path.name}: is not UTF-8; save it as CSV UTF-8.") from error

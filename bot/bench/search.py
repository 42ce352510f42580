"""`entaku bench search`: how often the bot's own index and ranking find what people judged right."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.errors import BadInputError

if TYPE_CHECKING:
    from content.search.rank import Ranker

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--docs", type=_FILE, required=True, help='Lines of {"id","title","body"}.')
@click.option("--queries", type=_FILE, required=True, help='Lines of {"id","text","relevant":[id]}.')
@click.option("--lexical", is_flag=True, help="The lexical view alone.")
@click.option("--ranked", type=_FILE, help="Write the ten best ids of each query there.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def command(docs: Path, queries: Path, *, lexical: bool, ranked: Path | None, as_json: bool) -> None:
    """Build an index on the documents and ask it every query; nothing is tuned to a file."""
    from content.search.index import query

    found = read_lines(docs, ("id", "title"))
    asked = read_lines(queries, ("id", "text", "relevant"))
    begun = time.perf_counter()
    ranker = index(found, lexical=lexical)
    built = time.perf_counter() - begun
    times, answers = [], []
    for one in asked:
        begun = time.perf_counter()
        hits = ranker.rank(query(str(one["text"])), count=10)
        times.append(time.perf_counter() - begun)
        answers.append([hit.id for hit in hits])
    if ranked:
        lines = [json.dumps({"id": one["id"], "ranked": ids}) for one, ids in zip(asked, answers, strict=True)]
        ranked.write_text("\n".join([*lines, ""]), encoding="utf-8")
    figures = {**scores(asked, answers), **timing(times), "index_s": round(built, 2), "rss_mb": memory()}
    if as_json:
        click.echo(json.dumps(figures))
    else:
        for name, value in figures.items():
            click.echo(f"{name:>10}  {value}")


def index(found: list[dict[str, Any]], *, lexical: bool) -> Ranker:
    """The bot's own index on these documents; vectors come from the cache, else are made and kept there."""
    from bot import embeddings
    from bot.embeddings import cache
    from content.search.index import Document, LexicalIndex
    from content.search.meaning import MeaningView
    from content.search.rank import Ranker

    documents = [Document(str(doc["id"]), (str(doc["title"]),), str(doc.get("body") or "")) for doc in found]
    encoder = None if lexical else embeddings.from_environment()
    view = MeaningView(documents, cache.vectors(documents, encoder), encoder) if encoder else None
    return Ranker(LexicalIndex(documents), view)


def scores(asked: list[dict[str, Any]], answers: list[list[str]]) -> dict[str, Any]:
    """top1, recall@3, recall@10 (a relevant one among the first k) and MRR@10, over all queries."""
    places = []
    for one, ids in zip(asked, answers, strict=True):
        relevant = {str(key) for key in one["relevant"]}
        places.append(next((place for place, key in enumerate(ids, 1) if key in relevant), None))
    count = len(places) or 1
    return {
        "queries": len(places),
        "top1": round(sum(place == 1 for place in places) / count, 4),
        "recall@3": round(sum(place is not None and place <= 3 for place in places) / count, 4),
        "recall@10": round(sum(place is not None for place in places) / count, 4),
        "mrr@10": round(sum(1 / place for place in places if place) / count, 4),
    }


def timing(times: list[float]) -> dict[str, float]:
    """Median and 99th percentile, in milliseconds."""
    ordered = sorted(times) or [0.0]
    middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50_ms": round(middle * 1000, 3), "p99_ms": round(late * 1000, 3)}


def memory() -> float:
    """The most memory this process has held, in MB (Linux counts in kB)."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def read_lines(path: Path, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    """The JSON objects of a file, one a line. BadInputError names the first line that is not one."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} cannot be read as UTF-8 text: {error}") from error
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise BadInputError(f"{path}:{number} is not JSON ({error})") from error
        if not isinstance(value, dict) or any(key not in value for key in needed):
            raise BadInputError(f"{path}:{number} needs the keys {', '.join(needed)}")
        found.append(value)
    return found

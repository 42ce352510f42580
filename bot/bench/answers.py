"""`entaku bench answers`: how long an answer takes, in the index alone and through the whole house."""

from __future__ import annotations

import json
import time
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.bench.made_up_words import made_up
from bot.bench.search import timing
from bot.now import real_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.bench.rig import Rig
    from content.packs_model import Entry
    from content.search.meaning import Vectors

ENTRIES, GROWN = 1_786, 20_000
PER_SECOND = 50
REPLY_SECONDS = 60.0
WARM_SECONDS = 20  # until the index is built and the model loaded
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--docs", type=_FILE, help='Lines of {"id","title","body"}; without it 1,786 are made up.')
@click.option("--seconds", default=20, show_default=True, help="How long messages arrive, 50 a second.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def command(docs: Path | None, seconds: int, *, as_json: bool) -> None:
    """Ask an index of 1,786 entries, one of 20,000, and the running house at 50 messages a second."""
    from bot.bench.search import read_lines

    found = read_lines(docs, ("id", "title"))[:ENTRIES] if docs else made_up(ENTRIES)
    figures = {**index_figures(found), **house_figures(found, seconds)}
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name:>14}  {value}")


def index_figures(found: list[dict[str, Any]]) -> dict[str, float]:
    """Milliseconds a question with the model and without, the same for 20,000, seconds until vectors are back."""
    from bot import embeddings
    from content.search.index import Document, LexicalIndex
    from content.search.meaning import MeaningView
    from content.search.rank import Ranker

    encoder = embeddings.from_environment()
    grown = [*found, *made_up(GROWN - len(found))]
    documents = [
        Document(f"{number}/{one['id']}", (str(one["title"]),), str(one.get("body") or ""))
        for number, one in enumerate(grown)
    ]
    few = documents[: len(found)]
    small, large = LexicalIndex(few), LexicalIndex(documents)
    asked = [str(one["title"])[:40] for one in found[:: max(len(found) // 200, 1)]]
    lexical = _times(Ranker(small), asked)
    if encoder is None:
        slow = _times(Ranker(large), asked)
        return {
            "p50_ms": lexical["p50_ms"],
            "p99_ms": lexical["p99_ms"],
            "lexical_p99_ms": lexical["p99_ms"],
            "grown_ratio": round(slow["p50_ms"] / max(lexical["p50_ms"], 0.001), 2),
            "restore_s": 0.0,
        }
    vectors = _random_vectors(documents, encoder.questions([asked[0]]).shape[1])
    restored = _restored(few, vectors, encoder.name)
    encoder.questions(["ごみの日はいつ"])
    times = _times(Ranker(small, MeaningView(few, vectors, encoder)), asked)
    encoder = embeddings.from_environment()  # one that remembers no question
    assert encoder is not None
    encoder.questions(["ごみの日はいつ"])
    slow = _times(Ranker(large, MeaningView(documents, vectors, encoder)), asked)
    return {
        **times,
        "lexical_p99_ms": lexical["p99_ms"],
        "grown_ratio": round(slow["p50_ms"] / times["p50_ms"], 2),
        "restore_s": restored,
    }


def _times(ranker: Any, asked: Sequence[str]) -> dict[str, float]:
    from content.search.index import query

    ranker.rank(query("ごみの日はいつ"))
    times = []
    for text in asked:
        begun = time.perf_counter()
        ranker.rank(query(text))
        times.append(time.perf_counter() - begun)
    return timing(times)


def _random_vectors(documents: Sequence[Any], dimensions: int) -> dict[str, Vectors]:
    """Vectors of the right shape: how long a comparison takes does not depend on what they say."""
    import numpy as np

    from content.search.meaning import missing, units

    keys = [key for key, _ in missing(documents, {})]
    rows = units(np.random.default_rng(1).normal(size=(len(keys), dimensions)).astype(np.float32))
    return dict(zip(keys, rows, strict=True))


def _restored(documents: Sequence[Any], vectors: dict[str, Vectors], model: str) -> float:
    """Seconds to read the vectors of the small index from a file and make the view."""
    import tempfile

    from bot import embeddings
    from content.search import vector_file
    from content.search.meaning import MeaningView, missing

    wanted = {key: vectors[key] for key, _ in missing(documents, {})}
    with tempfile.TemporaryDirectory(prefix="entaku-bench-") as folder:
        path = Path(folder) / vector_file.NAME
        vector_file.write(path, model, wanted)
        begun = time.perf_counter()
        encoder = embeddings.from_environment()
        assert encoder is not None
        MeaningView(documents, vector_file.read(path, model), encoder)
        return round(time.perf_counter() - begun, 3)


def house_figures(found: list[dict[str, Any]], seconds: int) -> dict[str, float]:
    """The 99th percentile from a message's arrival to its reply at LINE, at 50 a second, each from another person."""
    from concurrent.futures import ThreadPoolExecutor

    from bot.bench.rig import CITY, open_rig

    with open_rig() as rig:
        _fill(rig, found)
        users = _residents(rig, PER_SECOND * seconds)
        rig.start_product()
        rig.wait_product()
        time.sleep(WARM_SECONDS)
        sent: dict[str, datetime] = {}

        def say(user: str, text: str) -> None:
            sent[user] = real_now()
            rig.control("POST", f"{CITY}/users/{user}/say", {"text": text})

        with ThreadPoolExecutor(max_workers=32) as pool:
            begun = time.monotonic()
            for number, user in enumerate(users):
                time.sleep(max(begun + number / PER_SECOND - time.monotonic(), 0))
                pool.submit(say, user, str(found[number % len(found)]["title"])[:60])
        waited = []
        for user in users:
            answered = rig.wait(partial(rig.control, "GET", f"{CITY}/inbox/{user}"), REPLY_SECONDS, "no reply came")
            at = datetime.fromisoformat(answered[-1]["at"])
            waited.append((at - sent[user]).total_seconds())
        return {"chat_p99_ms": timing(waited)["p99_ms"]}


def _fill(rig: Rig, found: list[dict[str, Any]]) -> None:
    """The entries and their vectors, as if somebody had published them long ago."""
    from bot import embeddings
    from bot.bench.rig import CITY
    from bot.core.knowledge import documents
    from bot.models import Entry as Row
    from bot.services import vectors
    from content.packs_json import entry_json

    entries = [_entry(number, one) for number, one in enumerate(found)]
    encoder, now = embeddings.from_environment(), real_now()
    with rig.context.database.write() as session:
        session.add_all(
            Row(
                municipality_id=CITY,
                key=one.id,
                kind=one.kind,
                title=one.title,
                data=entry_json(one),
                updated_at=now,
            )
            for one in entries
        )
        if encoder is not None:
            made = _random_vectors(documents(entries, ()), encoder.questions(["ごみ"]).shape[1])
            vectors.keep(session, CITY, encoder.name, made)


def _entry(number: int, one: dict[str, Any]) -> Entry:
    from content.packs_model import Entry, Source

    return Entry(f"e{number}", "faq", str(one["title"])[:200], str(one.get("body") or ""), Source("bench"))


def _residents(rig: Rig, count: int) -> list[str]:
    """So many people who are friends and have said where they live; their LINE ids."""
    from sqlalchemy import insert

    from bot.bench.rig import CITY
    from bot.models import Resident

    users: list[str] = rig.control("POST", f"{CITY}/users", {"count": count, "friends": True})["userIds"]
    rows = [
        {
            "municipality_id": CITY,
            "line_id": rig.context.sealer.seal_id(user, CITY),
            "home_district_id": rig.districts[number % len(rig.districts)],
            "followed_at": real_now(),
        }
        for number, user in enumerate(users)
    ]
    with rig.context.database.write() as session:
        session.execute(insert(Resident), rows)
    return users

"""`entaku ask`: a question as a resident would ask it, and what the bot would answer."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.errors import BadInputError, NotFoundError
from bot.now import JST, jst, real_now

if TYPE_CHECKING:
    from bot.services.answers import Answer, Knowledge

LANGUAGES = ("ja", "easy-ja", "en", "pt", "vi", "zh-Hans", "zh-Hant", "tl", "es", "ko", "id", "ne", "th")
PATIENCE_SECONDS = 3.0  # for vectors that did not come along with a pack; later calls find them in the cache


@click.command()
@click.argument("text")
@click.option("--municipality", required=True, help="fuji or tomioka, or one of your own database.")
@click.option("--district", help="The resident's district, as 今泉.")
@click.option("--language", help=f"The resident's language: {', '.join(LANGUAGES)}; without it, the text's own.")
@click.option("--now", "at", help="Ask as if it were that time: 2026-11-22T10:00+09:00.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of the text alone.")
def command(
    text: str, *, municipality: str, district: str | None, language: str | None, at: str | None, as_json: bool
) -> None:
    """Ask TEXT. Answers from the database that is set up, without one from the packs that came along."""
    from bot.services import answers

    if language is not None and language not in LANGUAGES:
        raise BadInputError(f"There is no language {language!r}; the languages are {', '.join(LANGUAGES)}.")
    now = _moment(at)
    known = _knowledge(municipality)
    given = answers.answer(answers.Question(text, now, _district(district, known), language=language), known)
    click.echo(json.dumps(_as_json(given), ensure_ascii=False) if as_json else given.text)


def _moment(at: str | None) -> datetime:
    if at is None:
        return real_now()
    try:
        moment = datetime.fromisoformat(at)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=JST)
        jst(moment)
    except (ValueError, OverflowError) as error:
        raise BadInputError(f"{at!r} is not a time; write it as 2026-11-22T10:00+09:00.") from error
    return moment


def _knowledge(municipality: str) -> Knowledge:
    """From the database when one is set, reachable and holds the municipality; else from the pack."""
    from bot.services import answers
    from content import packs

    stored = _stored(municipality)
    if stored:
        return stored
    from bot import embeddings
    from bot.core.knowledge import Meanings, documents
    from bot.embeddings import cache
    from content.search import vector_file

    shipped = sorted(path.name for path in packs.SHIPPED.iterdir() if (path / "municipality.toml").is_file())
    if municipality not in shipped:
        raise BadInputError(f"There is no municipality {municipality!r}; the municipalities are {', '.join(shipped)}.")
    home = packs.SHIPPED / municipality
    pack, encoder = packs.load(home), embeddings.from_environment()
    if encoder is None:
        return answers.from_pack(pack)
    searched = documents(pack.entries, pack.districts)
    found = cache.vectors(searched, encoder, [home / vector_file.NAME], PATIENCE_SECONDS)
    return answers.from_pack(pack, Meanings(encoder, found))


def _stored(municipality: str) -> Knowledge | None:
    url = os.environ.get("ENTAKU_DATABASE_URL", "")
    if not url or (url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file()):
        return None
    from sqlalchemy.exc import SQLAlchemyError

    from bot import embeddings
    from bot.db import Database
    from bot.services import answers, vectors

    database = Database(url)
    vectors.use(database, embeddings.from_environment())
    try:
        with database.read() as session:
            stored = answers.read(session, municipality)
        return answers.knowledge(stored)
    except (SQLAlchemyError, NotFoundError):
        return None
    finally:
        database.close()


def _district(name: str | None, known: Knowledge) -> str | None:
    """The id of the district a person wrote: its name, reading, id, school or alias."""
    from content import districts

    if name is None:
        return None
    by_id = next((district.id for district in known.districts if district.id == name), None)
    if by_id:
        return by_id
    match = districts.find(name, known.districts)
    if match.kind != "one":
        among = match.districts or known.districts
        names = "、".join(district.name for district in among)
        raise BadInputError(f"{name!r} is not one district of {known.municipality.name}; the districts are {names}.")
    return match.districts[0].id


def _as_json(given: Answer) -> dict[str, Any]:
    decision = given.decision
    said = decision.said
    return {
        "decision": given.kind,
        "asks": decision.asks,
        "language": given.language,
        "district": decision.district.name if decision.district else None,
        "text": given.text,
        "entries": [
            {"id": one.entry.id, "kind": one.entry.kind, "title": one.entry.title, "score": round(one.score, 3)}
            for one in given.entries
        ],
        "desk": {"id": given.desk.id, "name": given.desk.name} if given.desk else None,
        "dates": {"from": said.first.isoformat(), "to": said.last.isoformat()} if said else None,
    }

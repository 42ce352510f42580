"""`entaku import`: reads a published list (open data) and says row by row what was taken and what is wrong."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.errors import BadInputError
from bot.now import JST, jst, real_now

if TYPE_CHECKING:
    from bot.services.imports import Report, Said
    from content.formats.rows_in import City

KINDS = ("activities", "facilities", "shelters", "population", "calendar", "warnings")


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--municipality", required=True, help="fuji or tomioka, or one of your own database.")
@click.option("--dry-run", is_flag=True, help="Only say what would be taken; works without a database.")
@click.option("--collection", default="", help="The list that FILE is a state of; without it, from the file's name.")
@click.option("--now", "at", help="Read as if it were that time: dates without a year are near it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def command(
    kind: str, file: Path, *, municipality: str, dry_run: bool, collection: str, at: str | None, as_json: bool
) -> None:
    """Read FILE: an event list, public facilities, shelters, population, a calendar (.ics), weather warnings.

    Rows are numbered from 1, the first row below the header. A second reading of a list updates, never doubles.
    """
    from content.formats import opening

    try:
        opening.check_size(file.stat().st_size)
    except OSError as error:
        raise BadInputError(f"{file}: {error.strerror or 'cannot be read'}.") from error
    now = _moment(at)
    if kind == "warnings":
        click.echo(json.dumps(_warnings(file, municipality, now, dry_run=dry_run), ensure_ascii=False))
        return
    report = _tables(kind, file, municipality, collection, now, dry_run=dry_run)
    if as_json:
        sys.stdout.writelines(_json(report))
    else:
        for row, column, why in (*report.rejected, *report.warnings):
            click.echo(f"{row}: {column}: {why}" if column else f"{row}: {why}")
        click.echo(
            f"{report.form}: {report.read} read, {report.accepted} accepted, {len(report.rejected)} refused, "
            f"{len(report.warnings)} warnings; {report.added} new, {report.changed} changed, "
            f"{report.unchanged} as before, {report.kept} kept as edited, {len(report.gone)} no longer in the list."
        )


def _warnings(file: Path, municipality: str, now: datetime, *, dry_run: bool) -> dict[str, Any]:
    from bot.commands import import_warnings

    if dry_run and not _has_database():
        return import_warnings.without_database(file, _from_pack(municipality, now, "").code)
    return import_warnings.with_database(file, municipality, now, dry_run=dry_run)


def _tables(kind: str, file: Path, municipality: str, collection: str, now: datetime, *, dry_run: bool) -> Report:
    from bot.services import imports

    listed = collection or imports.collection_of(file.name)
    job = imports.Job(municipality, kind, listed, now, samples=True)
    with file.open("rb") as stream:
        if dry_run and not _has_database():
            return imports.look(job, stream, _from_pack(municipality, now, listed), None)
        from bot.services import import_runs
        from bot.services.context import open_context
        from bot.settings import load_settings

        context = open_context(load_settings())
        job = replace(job, samples=context.settings.demo)
        with context.database.read() as session:
            city = imports.city_of(session, municipality, now, None, listed)
        if dry_run:
            return imports.look(job, stream, city, context.database)
        return import_runs.take_file(context, job, stream, city, file.name)


def _has_database() -> bool:
    url = os.environ.get("ENTAKU_DATABASE_URL", "") or os.environ.get("ENTAKU_ENV_FILE", "")
    return bool(url) and not (url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file())


def _from_pack(municipality: str, now: datetime, listed: str) -> City:
    """Without a database: the code and the districts of a pack that came along."""
    from content import packs
    from content.formats.rows_in import City
    from content.packs_model import Source

    home = packs.SHIPPED / municipality
    if "/" in municipality or not (home / "municipality.toml").is_file():
        raise BadInputError(f"There is no municipality {municipality!r}.")
    pack = packs.load(home)
    one = pack.municipality
    source = Source(f"{one.name}のオープンデータ「{listed}」")
    return City(one.id, one.code, one.name, source, jst(now).date(), {place.name: place.id for place in pack.districts})


def _moment(at: str | None) -> datetime:
    if at is None:
        return _product_time() if _has_database() else real_now()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise BadInputError(f"{at!r} is not a time; write it as 2026-11-22T10:00+09:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)


def _product_time() -> datetime:
    from bot.services.context import clock_of
    from bot.settings import load_settings

    return clock_of(load_settings())()


def _json(report: Report) -> Iterator[str]:
    """One object, written piece by piece: a list of 100,000 rows has as many remarks."""
    counts: dict[str, Any] = {
        "format": report.form, "read": report.read, "accepted": report.accepted, "added": report.added,
        "changed": report.changed, "unchanged": report.unchanged, "kept": report.kept, "gone": len(report.gone),
    }  # fmt: skip
    yield json.dumps(counts, ensure_ascii=False)[:-1]
    for name, said in (("rejected", report.rejected), ("warnings", report.warnings)):
        yield f', "{name}": ['
        yield from _listed(said)
        yield "]"
    yield "}\n"


def _listed(said: Iterable[Said]) -> Iterator[str]:
    for at, (row, column, why) in enumerate(said):
        yield (", " if at else "") + json.dumps({"row": row, "column": column, "why": why}, ensure_ascii=False)

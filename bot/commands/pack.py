"""`entaku pack`: checks a municipality's knowledge as files, loads it, gives it back."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from bot.errors import BadInputError, UnavailableError
from content import packs

_FOLDER = click.Path(path_type=Path)


@click.group()
def command() -> None:
    """Check, load and export a municipality's knowledge (a pack: a folder of files)."""


@command.command()
@click.argument("folder", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def check(folder: Path, *, as_json: bool) -> None:
    """Name every mistake in FOLDER with its file, its line and what to write instead."""
    report = packs.check(folder)
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False))
    else:
        for problem in report.errors:
            click.echo(f"error: {problem}")
        for problem in report.warnings:
            click.echo(f"warning: {problem}")
        click.echo(
            f"{report.entries} entries ({report.facts} facts, {report.samples} samples), {report.districts} districts, "
            f"{len(report.errors)} errors, {len(report.warnings)} warnings"
        )
    if report.errors:
        raise BadInputError(f"{folder}: {len(report.errors)} errors; mend them, then check again.")


@command.command()
@click.argument("folder", type=_FOLDER)
@click.option("--replace-edits", is_flag=True, help="Also replace the entries that staff wrote or edited.")
def load(folder: Path, *, replace_edits: bool) -> None:
    """Make the municipality's districts, desks and entries those of FOLDER.

    Entries that staff wrote or edited are kept; the ids of those that differ from a newer FOLDER are named, and the
    console shows both texts.
    """
    from bot import embeddings
    from bot.core.permissions import SYSTEM
    from bot.services import audit, knowledge
    from bot.services import vectors as vectors_of
    from bot.services.context import open_context
    from bot.settings import load_settings
    from content.search import vector_file

    pack = packs.load(folder)
    settings = load_settings()
    context = open_context(settings)
    encoder = embeddings.choose(settings.embeddings)
    now = context.clock()
    with context.database.write() as session:
        loaded = knowledge.load_pack(session, pack, now, samples=settings.demo, replace_edits=replace_edits)
        audit.record(session, pack.municipality.id, SYSTEM, "pack.load", f"pack:{pack.municipality.id}", now)
        if encoder is not None:
            made = vector_file.read(folder / vector_file.NAME, encoder.name)
            vectors_of.keep(session, pack.municipality.id, encoder.name, made)
    click.echo(
        f"{pack.municipality.name}: {len(pack.districts)} districts, {len(pack.desks)} desks; entries: "
        f"{loaded.added} new, {loaded.changed} changed, {loaded.removed} removed, {loaded.unchanged} as before."
    )
    if loaded.kept:
        click.echo(f"{loaded.kept} entries that staff wrote or edited were kept as they are.")
    if loaded.differing:
        click.echo(
            f"warning: changed by staff and in {folder} as well: {', '.join(loaded.differing)}. "
            "The console shows both texts; decide there."
        )
    if loaded.samples_left_out:
        click.echo(f"{loaded.samples_left_out} sample entries (見本) were left out: they belong in a demonstration.")


@command.command()
@click.argument("folder", type=_FOLDER)
def vectors(folder: Path) -> None:
    """Make the vectors of FOLDER's texts and keep them beside it, so that nobody has to make them again.

    Only what changed is made; a pack of 500 entries takes some minutes at first.
    """
    from bot import embeddings
    from bot.core.knowledge import documents
    from bot.embeddings import cache
    from content.search import vector_file
    from content.search.meaning import missing

    encoder = embeddings.from_environment()
    if encoder is None:
        raise BadInputError("ENTAKU_EMBEDDINGS is off: there is no model to make vectors with.")
    pack = packs.load(folder)
    searched = documents(pack.entries, pack.districts)
    kept = folder / vector_file.NAME
    found = cache.vectors(searched, encoder, [kept])
    if missing(searched, found):
        raise UnavailableError(encoder.trouble)
    wanted = {key: found[key] for key, _ in missing(searched, {})}
    vector_file.write(kept, encoder.name, wanted)
    click.echo(f"{pack.municipality.name}: {len(wanted)} vectors of {encoder.name} in {kept}")


@command.command()
@click.argument("municipality")
@click.argument("folder", type=_FOLDER)
def export(municipality: str, folder: Path) -> None:
    """Write the knowledge of MUNICIPALITY into FOLDER, which must be new or empty."""
    from bot import embeddings
    from bot.services import knowledge
    from bot.services import vectors as vectors_of
    from bot.services.context import open_context
    from bot.settings import load_settings
    from content.search import vector_file

    settings = load_settings()
    context = open_context(settings)
    encoder = embeddings.choose(settings.embeddings)
    with context.database.read() as session:
        pack = knowledge.export_pack(session, municipality)
        made = vectors_of.read(session, municipality, encoder.name) if encoder else {}
    packs.dump(pack, folder)
    if encoder is not None and made:
        vector_file.write(folder / vector_file.NAME, encoder.name, made)
    click.echo(f"{len(pack.entries)} entries of {pack.municipality.name} written to {folder}.")

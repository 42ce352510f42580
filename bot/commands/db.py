"""`entaku db`: tables, backup, restore."""

from __future__ import annotations

from pathlib import Path

import click

from bot.services import backups, schema
from bot.settings import load_settings


@click.group()
def command() -> None:
    """Create or upgrade the tables; back up and restore."""


@command.command()
def upgrade() -> None:
    """Bring the tables to this release; data is kept. Run it before the first start and after each update."""
    settings = load_settings()
    schema.upgrade(settings.database_url)
    click.echo(f"The tables are at {schema.head()}.")


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write a whole copy of the database to FILE, also while everything runs. Keys of open polls are not in it."""
    size = backups.backup(load_settings().database_url, file)
    click.echo(f"{file}: {size:,} bytes")


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", is_flag=True, help="Replace a database that already holds something.")
def restore(file: Path, replace: bool) -> None:
    """Put FILE back in place of the database; stop entaku first."""
    settings = load_settings()
    backups.restore(settings.database_url, file, replace=replace)
    schema.upgrade(settings.database_url)
    click.echo("Restored. Polls that were open then and whose keys are gone will be closed as not recoverable.")

"""`entaku db`: tables, backup, restore."""

from __future__ import annotations

from pathlib import Path

import click

from bot.db import Database
from bot.errors import ConflictError
from bot.now import real_now
from bot.services import backups, copying, machine, schema
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
@click.argument("revision")
@click.option("--yes", is_flag=True, help="What only the newer release knows is lost; say that this is meant.")
def downgrade(revision: str, yes: bool) -> None:
    """Take the tables back to an older release's REVISION (the number it asks for). Stop entaku, back up first."""
    if not yes:
        raise ConflictError("What only the newer release knows would be lost; back up, then say --yes.")
    settings = load_settings()
    schema.downgrade(settings.database_url, revision)
    click.echo(f"The tables are at {revision}. Start the older release now.")


@command.command("copy")
@click.argument("source")
@click.argument("target")
@click.option("--keys", nargs=2, metavar="SOURCE TARGET", help="Copy the key store, too: its present and its new URL.")
def copy_command(source: str, target: str, keys: tuple[str, str] | None) -> None:
    """Copy everything from the database SOURCE to the empty database TARGET (URLs), as when SQLite grows too small.

    Stop entaku first. Nothing is changed in SOURCE; destroy an old key store yourself when all works.
    """
    rows = copying.copy(source, target)
    click.echo(f"{sum(rows.values()):,} rows of {sum(map(bool, rows.values()))} tables copied.")
    if keys:
        click.echo(f"{copying.copy_keys(*keys)} keys of open polls copied; now destroy the old key store.")


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write a whole copy of the database to FILE, also while everything runs. Keys of open polls are not in it."""
    url = load_settings().database_url
    size = backups.backup(url, file)
    machine.backed_up(Database(url), real_now())
    click.echo(f"{file}: {size:,} bytes")


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", is_flag=True, help="Replace a database that already holds something.")
def restore(file: Path, replace: bool) -> None:
    """Put FILE back in place of the database; stop entaku first."""
    settings = load_settings()
    backups.restore(settings.database_url, file, replace=replace)
    schema.upgrade(settings.database_url)
    database = Database(settings.database_url)
    called_off = backups.call_off_overdue(database, real_now())
    database.close()
    if called_off:
        click.echo(f"{called_off} scheduled announcements were overdue and are called off: they may have been sent.")
    click.echo("Restored. Polls that were open then and whose keys are gone will be closed as not recoverable.")

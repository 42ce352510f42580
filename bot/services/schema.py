"""The schema's life: migrations to the newest version, and what version a database has."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.db import Database

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    # ConfigParser would read a password's % as its own.
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to a revision (newest by default). Data is kept."""
    _make_folder(url)
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take a database back to an older revision."""
    command.downgrade(_config(url), revision)


def head() -> str:
    """The newest revision this release knows."""
    newest = ScriptDirectory.from_config(_config("sqlite://")).get_current_head()
    assert newest is not None
    return newest


def revision(database: Database) -> str | None:
    """The database's revision, None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def make_migration(url: str, name: str) -> None:
    """Write the next migration from the difference between a database at head and the models."""
    upgrade(url)
    count = len(list((MIGRATIONS / "versions").glob("[0-9]*.py")))
    command.revision(_config(url), name, autogenerate=True, rev_id=f"{count + 1:04d}")


def _make_folder(url: str) -> None:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)

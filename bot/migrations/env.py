"""How Alembic meets our database. Run through bot.services.schema, never by a URL in a file."""

from __future__ import annotations

from alembic import context

import bot.models  # noqa: F401  all tables
from bot.db import Base, Database

config = context.config
url = config.get_main_option("sqlalchemy.url")
assert url is not None
database = Database(url)
with database.writing_engine.connect() as connection:
    raw = connection.connection.driver_connection
    assert raw is not None
    if database.sqlite:
        # A table is changed by writing it anew: dropping the old one would take its dependants along.
        raw.execute("PRAGMA foreign_keys = OFF")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=database.sqlite,
        compare_type=True,
        user_module_prefix="bot.db.",
    )
    with context.begin_transaction():
        context.run_migrations()
        if database.sqlite and (orphans := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(
                f"A migration left {len(orphans)} rows without what they belong to; nothing was changed."
            )
    if database.sqlite:
        raw.execute("PRAGMA foreign_keys = ON")
database.close()

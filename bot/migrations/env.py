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
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=database.sqlite,
        compare_type=True,
        user_module_prefix="bot.db.",
    )
    with context.begin_transaction():
        context.run_migrations()
database.close()

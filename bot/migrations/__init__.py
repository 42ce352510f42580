"""Alembic migrations: each works with the release before it (expand, then contract)."""

"""A room for practice has no page outside, nor a form, nor data."""

from __future__ import annotations

from flask import Flask, abort, request

from bot.core.practice import is_room


def keep_inside(app: Flask) -> None:
    """Every public address of a room answers as one that was never there."""

    @app.before_request
    def outside_only() -> None:
        if request.blueprint in {"public", "api"} and is_room((request.view_args or {}).get("municipality", "")):
            abort(404)

"""Numbers and days that no row can have: an address that leads nowhere, or a mistyped field, never a fault of ours."""

from __future__ import annotations

from typing import Final

from flask import Flask
from sqlalchemy.exc import DataError, StatementError
from werkzeug.routing import IntegerConverter

BEYOND: Final = (
    "入れた数か日、または文字が、このしくみで使えないものです(大きすぎる数、はるか昔や先の日、見えない制御の文字)。"
    "前のページに戻り、直してから、もう一度送ってください。何も保存していません。"
)


class _Number(IntegerConverter):
    # By its pattern, so that a longer one is an address like any other that leads nowhere, with its words.
    regex = r"\d{1,18}"


def install(app: Flask) -> None:
    """Let addresses hold only numbers that both databases can look for; before any route is added."""
    app.url_map.converters["int"] = _Number


def beyond(error: Exception) -> bool:
    """Whether this came of a value that cannot be reckoned with or stored."""
    inner = error.orig if isinstance(error, StatementError) else error
    return isinstance(inner, OverflowError) or isinstance(error, DataError)

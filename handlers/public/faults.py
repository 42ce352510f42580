"""What a visitor reads when a page could not be made: plain words and a way on, never a fault's own text."""

from __future__ import annotations

from typing import Any, Final

import structlog
from flask import Blueprint, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from bot.errors import EntakuError
from bot.services.context import Context
from handlers import numbers
from handlers.public.about import missing_page
from handlers.public.site import HEADERS

_log = structlog.get_logger(__name__)
_SORRY: Final = "うまくいきませんでした。しばらくしてから、もう一度お試しください。"


def explain(pages: Blueprint, context: Context) -> None:
    """Answer what goes wrong in a view of these pages; HTTP's own errors go on to whom they belong."""

    def fault(error: Exception) -> Any:
        if isinstance(error, HTTPException):
            return error
        if isinstance(error, EntakuError):
            return _page(context, error.status, error.message)
        if numbers.beyond(error):
            # An address with such a number leads nowhere; a form is told.
            return (
                _page(context, 400, numbers.BEYOND) if request.method == "POST" else missing_page(context, request.path)
            )
        _log.exception("public.fault", kind=type(error).__name__)
        return _page(context, 500, _SORRY)

    pages.register_error_handler(Exception, fault)


def _page(context: Context, status: int, message: str) -> Any:
    page = render_template("public/fault.html", demo=context.settings.demo, message=message)
    answer = make_response(page, status)
    answer.headers.update(HEADERS)
    answer.headers["Cache-Control"] = "no-store"
    return answer

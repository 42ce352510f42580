"""A method that an address does not take (405): every part of the product says so with a page of its own.

Such a request reaches no blueprint, so the answer hangs on the whole app and is found by where the address begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Flask, current_app, make_response, request
from werkzeug.exceptions import MethodNotAllowed

Explain = Callable[[MethodNotAllowed], Any]
_NAME: Final = "entaku.wrong_methods"


def explain(app: Flask, begins: tuple[str, ...], page: Explain) -> None:
    """Answer with `page` where an address begins like one of these; what nobody explains stays as it is."""
    known: list[tuple[tuple[str, ...], Explain]] | None = app.extensions.get(_NAME)
    if known is None:
        known = app.extensions[_NAME] = []
        app.register_error_handler(MethodNotAllowed, _answer)
    known.append((begins, page))


def _answer(error: MethodNotAllowed) -> Any:
    for begins, page in current_app.extensions[_NAME]:
        if request.path.startswith(begins):
            response = make_response(page(error))
            if error.valid_methods:
                response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
            return response
    return error

"""What every answer says to the browser, also those that no page made: wrong methods, redirects, files, health.

Pages say more themselves; here is the least, so that no answer is without it.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, request
from werkzeug.wrappers import Response

# For whatever is no page of ours: nothing in it may run, load, be sent or stand in a frame.
POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
LEAST: Final = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)


def install(app: Flask) -> None:
    """Put what is missing on every answer of this app; it is registered first, so that it sees them last."""

    @app.after_request
    def _least(response: Response) -> Response:
        for name, value in LEAST:
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        _stay_here(response)
        return response


def _stay_here(response: Response) -> None:
    """Werkzeug mends a missing slash with an absolute address, whose host is whatever the request named."""
    address = response.location or ""
    if address.startswith(request.host_url):
        response.location = "/" + address.removeprefix(request.host_url).lstrip("/")

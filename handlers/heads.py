"""HEAD is answered as GET, without the body (RFC 9110, 9.3.2): views that take forms ask for GET alone."""

from __future__ import annotations

from flask import Blueprint, request


def install(pages: Blueprint) -> None:
    """Let every view of this blueprint see GET for HEAD; the server leaves the body out by the request as it came."""

    @pages.before_request
    def as_get() -> None:
        if request.method == "HEAD":
            request.method = "GET"

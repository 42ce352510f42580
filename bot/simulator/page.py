"""The phone page's files: /phone and /phone/static/*. Nothing outside the folder is ever served."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from .http import Request, Response

STATIC = Path(__file__).parent / "static"
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml"}


def serve_page(request: Request) -> Response:
    """The phone page, one of its files, or 404."""
    if request.path == "/":
        return Response(302, headers={"location": "/phone"})
    if request.path == "/healthz":
        return Response.of({"ok": True})
    if request.path in ("/phone", "/phone/"):
        return _file(STATIC / "phone.html")
    if request.path.startswith("/phone/static/"):
        return _file((STATIC / request.path.removeprefix("/phone/static/")).resolve())
    return Response.of({"message": "Not found"}, 404)


def _file(path: Path) -> Response:
    if not path.is_file() or not path.resolve().is_relative_to(STATIC.resolve()):
        return Response.of({"message": "Not found"}, 404)
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return Response(200, path.read_bytes(), kind, {"cache-control": "no-cache", "x-content-type-options": "nosniff"})

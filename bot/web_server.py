"""The WSGI server we ship: waitress on threads in this process, started and stopped in order."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import waitress
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BODY_LIMIT = 21 * 1024 * 1024  # a list of open data, a picture or a paper; each page has a smaller bound of its own
CHANNEL_SECONDS = 30  # a connection that says nothing for so long is closed
END_SECONDS = 5
_TOO_LARGE = f"""<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>大きすぎます</title></head><body><main><h1>大きすぎます</h1>
<p>送られたファイルは大きすぎるので、受け取っていません({BODY_LIMIT // 1048576 - 1}MBまで)。何も保存していません。</p>
<p>前のページに戻り、小さくしたファイルを選んでください。データの一覧は、年や種類で分けて入れてください。</p>
</main></body></html>
"""


_LEAST = [
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
]


class _TooLarge(RequestEntityTooLarge):  # type: ignore[misc]  # waitress has no types
    """What a person reads who sends more than any page takes: the app never sees such a request."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        del ident
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
        return f"{self.code} {self.reason}", headers, _TOO_LARGE.encode()


class _Task(ErrorTask):  # type: ignore[misc]
    """What waitress answers by itself (no HTTP, too long a line): the app never sees it."""

    response_headers: list[tuple[str, str]]

    def build_response_header(self) -> bytes:
        self.response_headers += _LEAST
        header: bytes = super().build_response_header()
        return header


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Waitress' own, with words for people."""

    error: Any = None

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge):
            self.error = _TooLarge("")
        return consumed


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser
    error_task_class = _Task


class WebServer:
    """Serves an app on `host:port` until stopped."""

    def __init__(self, app: WSGIApplication, host: str, port: int, threads: int) -> None:
        self._server: Any = waitress.create_server(
            app, host=host, port=port, threads=threads, max_request_body_size=BODY_LIMIT, ident=None,
            clear_untrusted_proxy_headers=False, channel_timeout=CHANNEL_SECONDS, backlog=1024,
        )  # fmt: skip
        for listener in getattr(self._server, "map", {0: self._server}).values():  # several: one for each address
            listener.channel_class = _Channel
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def run(self) -> None:
        """Serve in this thread, until the process ends."""
        self._server.run()

    def stop(self) -> None:
        """Let answers that are being made end (5 s), then close."""
        self._server.task_dispatcher.shutdown(timeout=END_SECONDS)
        # The loop's own thread closes its sockets: doing it here would pull them from under it.
        self._server.trigger.pull_trigger(self._close)
        self._thread.join(END_SECONDS)

    def _close(self) -> None:
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()  # connections that wait for a next request would keep the loop going
        self._server.close()

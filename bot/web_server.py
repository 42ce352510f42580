"""The WSGI server we ship: waitress on threads in this process, started and stopped in order."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import waitress

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BODY_LIMIT = 21 * 1024 * 1024  # a list of open data, a picture or a paper; each page has a smaller bound of its own
CHANNEL_SECONDS = 30  # a connection that says nothing for so long is closed
END_SECONDS = 5


class WebServer:
    """Serves an app on `host:port` until stopped."""

    def __init__(self, app: WSGIApplication, host: str, port: int, threads: int) -> None:
        self._server: Any = waitress.create_server(
            app, host=host, port=port, threads=threads, max_request_body_size=BODY_LIMIT, ident=None,
            clear_untrusted_proxy_headers=False, channel_timeout=CHANNEL_SECONDS, backlog=1024,
        )  # fmt: skip
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

"""Posting webhooks over real HTTP: kept-alive connections, LINE's two seconds, and why it failed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 2.0
"""LINE waits two seconds for an answer (Check webhook error statistics: request_timeout)."""
STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, http.client.CannotSendRequest)


@dataclass(slots=True)
class Outcome:
    """How one webhook ended. `status` is 0 without an answer; `reason` is LINE's word for it, "" when 2xx."""

    status: int
    ms: int
    reason: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def kind(self) -> str:
        """The counter it belongs to."""
        if self.reason == "request_timeout":
            return "slow"
        return "ok" if self.ok else "failed"


def sign(secret: str, body: bytes) -> str:
    """The x-line-signature of a body: base64(HMAC-SHA256(channel secret, raw bytes))."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Wire:
    """Connections to webhook servers, kept open between posts."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = {}
        self._lock = threading.Lock()

    def post(self, url: str, body: bytes, signature: str | None) -> Outcome:
        """Sends one webhook and waits for its answer, two seconds at most."""
        parts = urlsplit(url)
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "LineBotWebhook/2.0"}
        if signature is not None:
            headers["x-line-signature"] = signature
        started = time.monotonic()
        if not parts.netloc:
            return Outcome(0, 0, "could_not_connect")
        place = (parts.scheme, parts.netloc)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kept = self._take(place)
        if kept is not None:
            try:
                return self._exchange(kept, place, target, body, headers, started)
            except STALE:
                kept.close()  # the server had closed it while idle; a fresh connection tells the truth
            except OSError as error:
                kept.close()
                return _failure(error, started)
        fresh = _connect(place)
        try:
            return self._exchange(fresh, place, target, body, headers, started)
        except (OSError, http.client.HTTPException) as error:
            fresh.close()
            return _failure(error, started)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        place: tuple[str, str],
        target: str,
        body: bytes,
        headers: dict[str, str],
        started: float,
    ) -> Outcome:
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        answer.read()
        if not answer.will_close:
            with self._lock:
                self._idle.setdefault(place, []).append(connection)
        else:
            connection.close()
        ms = _since(started)
        if ms > TIMEOUT_SECONDS * 1000:
            return Outcome(answer.status, ms, "request_timeout")
        reason = "" if 200 <= answer.status < 300 else "error_status_code"
        return Outcome(answer.status, ms, reason)

    def _take(self, place: tuple[str, str]) -> http.client.HTTPConnection | None:
        with self._lock:
            idle = self._idle.get(place)
            return idle.pop() if idle else None

    def close(self) -> None:
        """Closes the idle connections."""
        with self._lock:
            for connections in self._idle.values():
                for connection in connections:
                    connection.close()
            self._idle.clear()


def _connect(place: tuple[str, str]) -> http.client.HTTPConnection:
    scheme, netloc = place
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    return kind(netloc, timeout=TIMEOUT_SECONDS)


def _failure(error: Exception, started: float) -> Outcome:
    if isinstance(error, TimeoutError):
        return Outcome(0, _since(started), "request_timeout")
    if isinstance(error, ConnectionRefusedError):
        return Outcome(0, _since(started), "could_not_connect")
    return Outcome(0, _since(started), "unclassified")


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)

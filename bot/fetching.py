"""Fetching from an address that somebody wrote down, without being led elsewhere.

Who chooses an address could make us ask inside our own network (SSRF): each connection is checked when it is made, by
the address it really goes to, so that no name that changes its answer in between gets through. Redirects are followed
by hand, only to hosts that were allowed. Size and time have limits.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.poolmanager import PoolManager

CONNECT, BETWEEN, WHOLE = 10.0, 20.0, 60.0  # seconds
REDIRECTS: Final = 3
AGENT: Final = "Entaku (open data reader)"
_CHUNK: Final = 1 << 16


class FetchError(Exception):
    """It could not be fetched; `why` is for staff, `wait` what the server asked for (Retry-After)."""

    def __init__(self, why: str, wait: timedelta | None = None) -> None:
        super().__init__(why)
        self.why, self.wait = why, wait


@dataclass(frozen=True)
class Fetched:
    """What came back; `data` None: nothing new since the last time."""

    data: bytes | None
    headers: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Fetcher:
    """Fetches. `private`: hosts that may lie on addresses that the internet does not see. `whole`: seconds in all."""

    private: Collection[str]
    most_bytes: int
    whole: float = WHOLE

    def get(
        self, url: str, hosts: Collection[str] = (), etag: str | None = None, modified: str | None = None
    ) -> Fetched:
        """The file at `url`, or nothing when it has not changed. `hosts`: where redirects may lead besides its own.

        Raises FetchError.
        """
        allowed = {(urlsplit(url).hostname or "").lower(), *(host.lower() for host in hosts)}
        asked = {"User-Agent": AGENT, "Accept-Encoding": "gzip"}
        asked |= {"If-None-Match": etag} if etag else {}
        asked |= {"If-Modified-Since": modified} if modified else {}
        ends = time.monotonic() + self.whole
        try:
            with requests.Session() as session:
                session.trust_env = False
                return self._follow(session, url, allowed, asked, ends)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise FetchError(_said(error)) from error

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
        """What a form posted to `url` is answered with; redirects are not followed. Raises FetchError."""
        ends = time.monotonic() + self.whole
        try:
            with requests.Session() as session:
                session.trust_env = False
                self._mount(session, url)
                with session.post(
                    url, data=form, headers=headers, timeout=self._timeout, stream=True, allow_redirects=False
                ) as answer:
                    return self._read(answer, ends).data or b""
        except (requests.RequestException, HTTPError, OSError) as error:
            raise FetchError(_said(error)) from error

    @property
    def _timeout(self) -> tuple[float, float]:
        return min(CONNECT, self.whole), min(BETWEEN, self.whole)

    def _mount(self, session: requests.Session, url: str) -> None:
        parts = urlsplit(url)
        private = (parts.hostname or "").lower() in self.private
        session.mount(f"{parts.scheme}://", _Adapter(private=private))

    def _follow(
        self, session: requests.Session, url: str, allowed: Collection[str], asked: dict[str, str], ends: float
    ) -> Fetched:
        for _ in range(REDIRECTS + 1):
            self._mount(session, url)
            with session.get(url, headers=asked, timeout=self._timeout, stream=True, allow_redirects=False) as answer:
                if answer.is_redirect:
                    url = self._next(url, answer.headers["location"], allowed)
                    continue
                return self._read(answer, ends)
        raise FetchError("転送が多すぎます。いまのアドレスを確かめて書き直してください。")

    def _next(self, url: str, location: str, allowed: Collection[str]) -> str:
        target = urljoin(url, location)
        parts = urlsplit(target)
        if parts.scheme not in {"http", "https"} or (urlsplit(url).scheme == "https" and parts.scheme == "http"):
            raise FetchError("安全でないアドレス(http)へ転送されたので、やめました。")
        if (parts.hostname or "").lower() not in allowed:
            raise FetchError(
                f"ほかのホスト({(parts.hostname or '')[:60]})へ転送されたので、やめました。"
                "正しい転送先なら、「転送先のホスト」に書き足してください。"
            )
        return target

    def _read(self, answer: requests.Response, ends: float) -> Fetched:
        if answer.status_code == requests.codes.not_modified:
            return Fetched(None)
        if answer.status_code != requests.codes.ok:
            raise FetchError(f"相手が{answer.status_code}と答えました。アドレスを確かめてください。", _wait(answer))
        told = answer.headers.get("content-length", "")
        if told.isdigit() and int(told) > self.most_bytes:
            raise FetchError(f"ファイルが大きすぎます({int(told) // 1048576}MB)。")
        data = bytearray()
        for piece in answer.iter_content(_CHUNK):
            data += piece
            if len(data) > self.most_bytes:
                raise FetchError(f"ファイルが大きすぎます({self.most_bytes // 1048576}MBより大きい)。")
            if time.monotonic() > ends:
                raise FetchError("時間がかかりすぎたので、やめました。")
        etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
        return Fetched(
            bytes(data), {"etag": (etag or "")[:200] or None, "last_modified": (modified or "")[:60] or None}
        )


def _wait(answer: requests.Response) -> timedelta | None:
    """Retry-After in seconds, at most a day; a date there is left to our own pause."""
    said = answer.headers.get("retry-after", "")
    return timedelta(seconds=min(int(said), 86400)) if said.isdigit() else None


def _said(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "安全な接続(証明書)を確かめられませんでした。"
    if isinstance(error, requests.exceptions.Timeout):
        return "相手が時間内に答えませんでした。"
    if _PRIVATE in str(error):
        return "このアドレスは内側のネットワークを指すので、読みに行きません。"
    return "相手につながりませんでした。アドレスを確かめてください。"


_PRIVATE: Final = "not a public address"


def _check(connection: HTTPConnection, opened: socket.socket) -> socket.socket:
    """The socket, if it leads to a public address; nothing was sent yet."""
    address = ipaddress.ip_address(opened.getpeername()[0].partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    if mapped.is_global and not mapped.is_multicast:
        return opened
    opened.close()
    raise NewConnectionError(connection, _PRIVATE)


class _PublicHttp(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _check(self, super()._new_conn())


class _PublicHttps(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _check(self, super()._new_conn())


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _PublicHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHttps


class _Adapter(HTTPAdapter):
    """Connections to public addresses only, unless `private`."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        if not self._private:
            assert isinstance(self.poolmanager, PoolManager)
            self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

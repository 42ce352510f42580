"""Calls to LINE: one shared session, time-outs on every call, answers sorted by what they mean.

Bytes go out as they were rendered; LINE's SDK models build and check messages, but its client re-serialises
them and has no time-outs by default (measured, see docs/decisions/0003-line-client.md).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from bot.core import practice
from bot.line.wire import Answered, Wire, first_lines
from bot.services.practice_phones import PracticePhones

CONNECT_SECONDS, READ_SECONDS = 3.0, 8.0
TIMEOUT = (CONNECT_SECONDS, READ_SECONDS)
POOL = 32
QUOTA_TEXT = "monthly limit"
NO_ROOM = "practice: nothing is asked of LINE"
_MULTICAST_LINES = (
    "{first}Authorization: Bearer {token}\r\nContent-Type: application/json; charset=utf-8\r\n"
    "X-Line-Retry-Key: {retry_key}\r\nUser-Agent: entaku\r\nAccept: application/json\r\n"
    "Content-Length: {length}\r\n\r\n"
)
_TO, _MESSAGES = b'{"to":', b',"messages":'
OK, ACCEPTED_BEFORE, TOO_MANY, UNAUTHORISED, BAD = 200, 409, 429, 401, 400


class Outcome(Enum):
    """What an answer of LINE means for the sender (line-platform: retries, error codes)."""

    ACCEPTED = "accepted"  # 2xx, or 409: this key was accepted before
    BUSY = "busy"  # 429 rate: definitely not accepted, try the same again
    QUOTA = "quota"  # 429 monthly limit: stop and alert
    UNKNOWN = "unknown"  # 5xx or no answer: it may or may not have been accepted
    TOKEN = "token"  # noqa: S105  401: our channel access token is not valid
    REFUSED = "refused"  # another 4xx: definitely not accepted, trying again is no use


@dataclass(frozen=True)
class Answer:
    """One answer: `status` None when there was none; `text` is LINE's message, without ids or tokens."""

    outcome: Outcome
    status: int | None
    request_id: str | None
    text: str = ""
    data: Any = None


class LineClient:
    """The Messaging API of one address, for any channel. Safe to use from many threads."""

    def __init__(self, api: str, api_data: str = "", phones: PracticePhones | None = None) -> None:
        self._api = api.rstrip("/")
        self._phones = phones
        self._data = (api_data or _data_host(self._api)).rstrip("/")
        self._multicast = first_lines(self._api, "/v2/bot/message/multicast")
        self._local = threading.local()

    def reply(self, token: str, reply_token: str, messages: bytes) -> Answer:
        """POST /v2/bot/message/reply. No retry key: LINE refuses one here."""
        if room := practice.room_of_token(token):
            return self._practise(room, [PracticePhones.whom(reply_token)], messages)
        body = b'{"replyToken":%s,"messages":%s}' % (json.dumps(reply_token).encode(), messages)
        return self._send("/v2/bot/message/reply", token, body, None)

    def push(self, token: str, to: str, messages: bytes, retry_key: str) -> Answer:
        """POST /v2/bot/message/push to one user."""
        if room := practice.room_of_token(token):
            return self._practise(room, [to], messages)
        body = b'{"to":%s,"messages":%s}' % (json.dumps(to).encode(), messages)
        return self._send("/v2/bot/message/push", token, body, retry_key)

    def multicast(self, token: str, to: bytes, messages: bytes, retry_key: str) -> bytes | Answer:
        """POST /v2/bot/message/multicast: the request for a `wire`, or the answer where LINE is not asked.

        `to` is the JSON array of at most 500 user ids. What comes over the wire, `understood` makes an answer of.
        """
        if not (token.isascii() and token.isprintable()):
            return Answer(Outcome.TOKEN, None, None, "not a token")
        if room := practice.room_of_token(token):
            return self._practise(room, json.loads(to), messages)
        length = len(_TO) + len(to) + len(_MESSAGES) + len(messages) + 1
        head = _MULTICAST_LINES.format(first=self._multicast, token=token, retry_key=retry_key, length=length)
        return b"".join((head.encode(), _TO, to, _MESSAGES, messages, b"}"))

    def wire(self) -> Wire:
        """A connection for multicasts, not yet open."""
        return Wire(self._api, CONNECT_SECONDS, READ_SECONDS)

    def call(self, method: str, path: str, token: str, body: Any = None) -> Answer:
        """Any other call with a JSON body (or none): quota, bot info, rich menus, webhook test."""
        raw = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        return self._request(method, self._api + path, token, raw, {"Content-Type": "application/json"} if raw else {})

    def upload(self, path: str, token: str, content: bytes, content_type: str) -> Answer:
        """POST binary content to LINE's data address (rich menu pictures)."""
        return self._request("POST", self._data + path, token, content, {"Content-Type": content_type})

    def _send(self, path: str, token: str, body: bytes, retry_key: str | None) -> Answer:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if retry_key:
            headers["X-Line-Retry-Key"] = retry_key
        return self._request("POST", self._api + path, token, body, headers)

    def _practise(self, room: str, to: Sequence[str], messages: bytes) -> Answer:
        """A room's messages go to its own telephones, and nowhere else."""
        if self._phones is None:
            return Answer(Outcome.REFUSED, None, None, NO_ROOM)
        self._phones.receive(room, to, messages)
        return Answer(Outcome.ACCEPTED, OK, "practice")

    def _request(self, method: str, url: str, token: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if practice.room_of_token(token):
            return Answer(Outcome.REFUSED, None, None, NO_ROOM)  # nothing of a room goes over the wire
        try:
            response = self._session().request(
                method,
                url,
                data=body,
                headers={**headers, "Authorization": f"Bearer {token}"},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return Answer(Outcome.UNKNOWN, None, None, type(error).__name__)
        return _sort(response.status_code, response.headers.get("x-line-request-id"), response.content)

    def _session(self) -> requests.Session:
        # requests' Session is not promised to be thread-safe, its connection pool is: one pool, a session a thread.
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.mount("http://", _adapter())
            session.mount("https://", _adapter())
            self._local.session = session
        return session


def understood(answered: Answered) -> Answer:
    """What came over a wire."""
    request_id = answered.header(b"x-line-request-id")
    if answered.status == OK:  # nothing more is in it, and nearly all are this
        return Answer(Outcome.ACCEPTED, OK, request_id)
    return _sort(answered.status, request_id, answered.body)


_shared_adapter: HTTPAdapter | None = None
_adapter_lock = threading.Lock()


def _adapter() -> HTTPAdapter:
    global _shared_adapter  # noqa: PLW0603  one connection pool per process
    with _adapter_lock:
        if _shared_adapter is None:
            _shared_adapter = HTTPAdapter(pool_connections=4, pool_maxsize=POOL, max_retries=0)
        return _shared_adapter


def _sort(status: int, request_id: str | None, body: bytes) -> Answer:
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    text = str(data.get("message", "")) if isinstance(data, dict) else ""
    return Answer(_outcome(status, text), status, request_id, text[:200], data)


def _outcome(status: int, text: str) -> Outcome:
    if 200 <= status < 300 or status == ACCEPTED_BEFORE:
        return Outcome.ACCEPTED
    if status == TOO_MANY:
        return Outcome.QUOTA if QUOTA_TEXT in text else Outcome.BUSY
    if status == UNAUTHORISED:
        return Outcome.TOKEN
    return Outcome.REFUSED if 400 <= status < 500 else Outcome.UNKNOWN


def _data_host(api: str) -> str:
    return api.replace("//api.", "//api-data.", 1) if "//api." in api else api

"""Public pages kept in memory, as they were drawn, for as long as nothing in the database has changed.

Whether something has is asked before every answer (bot.db.Database.changes), so that nothing is stale after an
approval; and a page is drawn anew each minute, because days and times to apply pass. Kept are pages that are the same
for everybody: never a question, never a form, never what a token opens. Browsers ask again with an ETag.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from bot.services.context import Context
from handlers.look import COOKIE

ENDPOINTS: Final = frozenset(
    f"public.{name}"
    for name in (
        "front", "municipality", "districts_list", "subjects", "subject", "sections", "section", "activities",
        "activities_month", "activity", "announcements", "announcement", "entries", "entry", "round_tables_list",
        "round_table", "circulars_list", "circular", "district", "open_data", "privacy", "accessibility", "sitemap",
        "sitemap_xml", "announcements_feed", "announcements_calendar", "open_data_feed", "open_data_calendar",
        "open_data_json_ld", "ask",
    )
)  # fmt: skip
UNKEPT: Final = frozenset({"q", "thanks"})  # words somebody looks for; an answer to one person
MOST_BYTES: Final = 24 * 1024 * 1024
LONGEST_KEY: Final = 300


@dataclass(frozen=True)
class _Drawn:
    """A page as it was sent, and what the database and the clock said before it was drawn."""

    stamp: tuple[str, int]
    body: bytes
    headers: tuple[tuple[str, str], ...]


class Kept:
    """The pages of one process, the most lately asked for; bounded in bytes."""

    def __init__(self, context: Context, most: int = MOST_BYTES) -> None:
        self._context, self._most = context, most
        self._pages: OrderedDict[str, _Drawn] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def stamp(self) -> tuple[str, int]:
        """What a page is drawn from, as a value that changes with it: the database's changes and the minute."""
        return self._context.database.changes(), int(self._context.clock().timestamp() // 60)

    def get(self, key: str, stamp: tuple[str, int]) -> _Drawn | None:
        """The page, if it was drawn from just this."""
        with self._lock:
            found = self._pages.get(key)
            if found is None or found.stamp != stamp:
                return None
            self._pages.move_to_end(key)
            return found

    def put(self, key: str, page: _Drawn) -> None:
        """Keep a page; the one longest unasked for goes."""
        with self._lock:
            before = self._pages.pop(key, None)
            self._bytes += len(page.body) - (len(before.body) if before else 0)
            self._pages[key] = page
            while self._bytes > self._most:
                _, gone = self._pages.popitem(last=False)
                self._bytes -= len(gone.body)


def keep(pages: Blueprint, context: Context) -> None:
    """Answer from what is kept, and keep what was drawn, for the pages of ENDPOINTS."""
    store = Kept(context)

    @pages.before_request
    def _from_memory() -> AnyResponse | None:
        if request.endpoint not in ENDPOINTS or request.method != "GET" or UNKEPT & set(request.args):
            return None
        key = f"{request.full_path}\n{request.cookies.get(COOKIE, '')}"
        if len(key) > LONGEST_KEY:
            return None
        stamp = store.stamp()  # before the page is drawn: what is committed meanwhile makes it another one
        found = store.get(key, stamp)
        if found is None:
            g.public_kept = (key, stamp)
            return None
        answer = Response(found.body, headers=list(found.headers))
        answer.make_conditional(request)
        return answer

    @pages.after_request
    def _into_memory(response: Response) -> Response:
        waiting = g.pop("public_kept", None)
        if waiting is None or response.status_code != 200 or response.is_streamed:
            return response
        if "ETag" not in response.headers:
            response.add_etag()
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-cache"  # keep it, but ask whether it still stands
        key, stamp = waiting
        body = response.get_data()
        headers = tuple((name, value) for name, value in response.headers.items() if name != "Content-Length")
        store.put(key, _Drawn(stamp, body, headers))
        response.make_conditional(request)
        return response

"""Delivery's calls to LINE: work in, LINE's answers out, in groups. Nothing here touches the database's rows.

All calls of a process are made by one thread (scheduler.exchange); this is the counter before it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.core import practice
from bot.errors import BadInputError, NotFoundError, UnavailableError
from bot.line.client import CONNECT_SECONDS, READ_SECONDS, Answer, LineClient, Outcome
from bot.services.batches import LEASE, Ticket
from scheduler.exchange import Exchange

if TYPE_CHECKING:
    from bot.services.channels import ChannelBook
    from scheduler.limiter import Limiter

log = structlog.get_logger(__name__)

MARGIN = 1.0
USABLE = LEASE.total_seconds() - CONNECT_SECONDS - READ_SECONDS - MARGIN  # seconds after the claim


@dataclass(frozen=True)
class Work:
    """A ticket with its messages and the moment (monotonic) it was claimed at; `token`: its channel's, for the call."""

    ticket: Ticket
    messages: bytes
    claimed: float
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Tried:
    """A ticket and LINE's answer; None: it was not called after all."""

    ticket: Ticket
    answer: Answer | None


class Callers:
    """Up to `each` calls at once for each channel that sends, `most` in all."""

    def __init__(self, channels: ChannelBook, client: LineClient, limiter: Limiter, each: int, most: int) -> None:
        self._channels, self._client, self._each, self._most = channels, client, each, most
        self._exchange = Exchange(client, limiter, self.goes_on, self._done)
        self._thread: threading.Thread | None = None
        self._tried: deque[Tried] = deque()
        self._wanted = 1  # outcomes that somebody waits for
        self._enough = threading.Condition()
        self._turned: dict[str, float] = {}
        self._stopping = threading.Event()

    def ready_for(self, channels: int) -> None:
        """Have connections for so many channels, and somebody who calls."""
        self._exchange.widen(min(self._most, self._each * channels))
        if self._thread is None:
            self._thread = threading.Thread(target=self._exchange.run, name="send", daemon=True)
            self._thread.start()

    def put(self, works: Sequence[Work]) -> None:
        """Call each of these when its turn comes. A room for practice takes what is its own at once."""
        ready = [replace(work, token=token) for work in works if (token := self._token(work)) is not None]
        self._exchange.put([work for work in ready if not self._practised(work)])

    def collect(self, most: int, seconds: float) -> list[Tried]:
        """Wait for an outcome, and so long for more, at most so many together."""
        with self._enough:
            self._wait_for(1, None)
            self._wait_for(most, seconds)
            return [self._tried.popleft() for _ in range(min(most, len(self._tried)))]

    def turn_back(self, municipality: str) -> None:
        """LINE takes nothing of this municipality now: what is claimed already comes back uncalled."""
        self._turned[municipality] = time.monotonic()
        self._exchange.wake()

    def let_go(self) -> None:
        """Call nothing more: what waits comes back uncalled."""
        self._stopping.set()
        self._exchange.wake()

    def stop(self) -> None:
        """End when the calls under way have ended."""
        self.let_go()
        self._exchange.stop()
        if self._thread is not None:
            self._thread.join()

    def goes_on(self, work: Work) -> bool:
        """The lease must outlast the call, else another process could call beside us."""
        fresh = time.monotonic() < work.claimed + USABLE
        return fresh and work.claimed > self._turned.get(work.ticket.municipality, -1.0) and not self._stopping.is_set()

    def _token(self, work: Work) -> str | None:
        """Asked for here and not where calls are made: it may have to be read. Without one, the work comes back."""
        try:
            return self._channels.get(work.ticket.municipality).token
        except (BadInputError, NotFoundError, UnavailableError, SQLAlchemyError):
            log.exception("delivery.not_called", batch=work.ticket.batch_id)
            self._done(work, None)
            return None

    def _practised(self, work: Work) -> bool:
        """Whether it was a room's. Its telephones are rows: they are written here, not where calls are made."""
        if not practice.room_of_token(work.token):
            return False
        ticket = work.ticket
        try:
            answer = self._client.multicast(work.token, ticket.to(), work.messages, ticket.retry_key)
        except Exception:
            log.exception("delivery.failed", batch=ticket.batch_id)
            answer = Answer(Outcome.UNKNOWN, None, None, "internal error")
        self._done(work, answer if isinstance(answer, Answer) else None)
        return True

    def _done(self, work: Work, answer: Answer | None) -> None:
        """Who collects is woken once for a group, not for each."""
        self._tried.append(Tried(work.ticket, answer))
        if len(self._tried) >= self._wanted:
            with self._enough:
                self._enough.notify()

    def _wait_for(self, count: int, seconds: float | None) -> None:
        self._wanted = count
        self._enough.wait_for(lambda: len(self._tried) >= count, seconds)

"""The threads that call LINE for delivery: tickets in, LINE's answers out. Nothing here touches the database's rows."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.errors import BadInputError, NotFoundError, UnavailableError
from bot.line.client import CONNECT_SECONDS, READ_SECONDS, Answer, LineClient, Outcome
from bot.services.batches import LEASE, Ticket

if TYPE_CHECKING:
    from bot.services.channels import ChannelBook
    from scheduler.limiter import Limiter

log = structlog.get_logger(__name__)

MARGIN = 1.0
USABLE = LEASE.total_seconds() - CONNECT_SECONDS - READ_SECONDS - MARGIN  # seconds after the claim


@dataclass(frozen=True)
class Work:
    """A ticket with its messages and the moment (monotonic) it was claimed at."""

    ticket: Ticket
    messages: bytes
    claimed: float


@dataclass(frozen=True)
class Tried:
    """A ticket and LINE's answer; None: it was not called after all."""

    ticket: Ticket
    answer: Answer | None


class Callers:
    """Up to `threads` calls at once for each channel that sends, `most` in all."""

    def __init__(self, channels: ChannelBook, client: LineClient, limiter: Limiter, threads: int, most: int) -> None:
        self._channels, self._client, self._limiter = channels, client, limiter
        self._each, self._most = threads, most
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._tried: queue.SimpleQueue[Tried] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._turned: dict[str, float] = {}
        self._stopping = threading.Event()

    def ready_for(self, channels: int) -> None:
        """Have threads for so many channels; those that were started stay."""
        while len(self._threads) < min(self._most, self._each * channels):
            thread = threading.Thread(target=self._run, name=f"send-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def put(self, work: Work) -> None:
        """Call this when its turn comes."""
        self._work.put(work)

    def collect(self, most: int, seconds: float) -> list[Tried]:
        """Wait for an outcome, and so long for more, at most so many together."""
        done = [self._tried.get()]
        end = time.monotonic() + seconds
        while len(done) < most and (left := end - time.monotonic()) > 0:
            try:
                done.append(self._tried.get(timeout=left))
            except queue.Empty:
                break
        return done

    def turn_back(self, municipality: str) -> None:
        """LINE takes nothing of this municipality now: what is claimed already comes back uncalled."""
        self._turned[municipality] = time.monotonic()

    def let_go(self) -> None:
        """Call nothing more: what waits comes back uncalled."""
        self._stopping.set()

    def stop(self) -> None:
        """End the threads; nothing may be waiting any more."""
        self.let_go()
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()

    def attempt(self, work: Work) -> Tried:
        """One call, if it may still be made when its turn has come."""
        ticket = work.ticket
        try:
            if not self._goes_on(work):
                return Tried(ticket, None)
            token = self._channels.get(ticket.municipality).token
            self._limiter.of(ticket.municipality).wait()
            if self._goes_on(work):
                return Tried(ticket, self._client.multicast(token, ticket.to(), work.messages, ticket.retry_key))
        except (BadInputError, NotFoundError, UnavailableError) as error:
            log.exception("delivery.not_called", batch=ticket.batch_id, reason=error.message)
        except Exception:  # the outcome is then unknown, and must reach the record like any other
            log.exception("delivery.failed", batch=ticket.batch_id)
            return Tried(ticket, Answer(Outcome.UNKNOWN, None, None, "internal error"))
        return Tried(ticket, None)

    def _goes_on(self, work: Work) -> bool:
        """The lease must outlast the call, else another process could call beside us."""
        fresh = time.monotonic() < work.claimed + USABLE
        return fresh and work.claimed > self._turned.get(work.ticket.municipality, -1.0) and not self._stopping.is_set()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            self._tried.put(self.attempt(work))
        self._client.hang_up()

"""All of delivery's calls at once, by one thread that never waits for any of them: several times cheaper than threads.

A call starts when its channel's pace says so, on a kept connection that is free; where none is, a thread of its own
opens one. While starts are near, the thread awakes for them alone (for two at once where the pace can spare it), and
reads then what has come meanwhile: awaking, with nothing in the processor's caches, is much of a call's cost.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import structlog

from bot.errors import UnavailableError
from bot.line.client import CONNECT_SECONDS, Answer, LineClient, Outcome, understood
from bot.line.wire import Wire, WireError

if TYPE_CHECKING:
    from scheduler.callers import Work
    from scheduler.limiter import Limiter

log = structlog.get_logger(__name__)

NEAR = 0.02  # seconds: until a start so near, the thread sleeps, whatever arrives meanwhile


@dataclass(eq=False)
class _Call:
    """A call under way on its wire; `end`: of the time for opening it, while it is being opened."""

    work: Work
    request: bytes
    wire: Wire
    end: float
    waits_for: int = select.POLLIN


class Exchange:
    """`goes_on` is asked before each call; `done` is told of each work once: LINE's answer, or None for uncalled."""

    def __init__(
        self,
        client: LineClient,
        limiter: Limiter,
        goes_on: Callable[[Work], bool],
        done: Callable[[Work, Answer | None], None],
    ) -> None:
        self._client, self._limiter, self._goes_on, self._done = client, limiter, goes_on, done
        self._most = 0  # calls at once
        self._new: deque[Work] = deque()  # from other threads, as is:
        self._opened: deque[tuple[_Call, str | None]] = deque()  # a call whose wire is open, or why it is not
        self._stopping = self._over = False
        self._waiting: dict[str, deque[Work]] = {}  # by municipality
        self._opening: dict[_Call, None] = {}  # in the order of their ends, as are:
        self._calling: dict[int, _Call] = {}  # by the wire's number
        self._idle: dict[int, Wire] = {}
        self._openers = 0  # threads, with those whose call is over already
        self._poll = select.poll()
        self._rope: socket.socket | None = None  # pulled by the others, to be heard while the thread waits

    # --- for other threads -----------------------------------------------------------------------

    def widen(self, most: int) -> None:
        """Make so many calls at once; never fewer than before."""
        if most > self._most:
            self._most = most
            self.wake()

    def put(self, works: Sequence[Work]) -> None:
        """Call these, each channel's in this order."""
        self._new.extend(works)
        self.wake()

    def wake(self) -> None:
        """Look again at what waits."""
        if self._rope is not None:
            with contextlib.suppress(OSError):  # pulled often enough; or nobody is there any more
                self._rope.send(b"!")

    def stop(self) -> None:
        """`run` returns when nothing waits and no call is under way."""
        self._stopping = True
        self.wake()

    # --- the thread ------------------------------------------------------------------------------

    def run(self) -> None:
        """Make calls until `stop`."""
        bell, self._rope = socket.socketpair()
        with bell, self._rope:
            for end in (bell, self._rope):
                end.setblocking(False)
            self._poll.register(bell, select.POLLIN)
            while not self._stopping or self._new or self._waiting or self._opening or self._calling:
                try:
                    self._turn(bell)
                except Exception:  # the outcomes are then unknown, and must reach the record like any other
                    log.exception("delivery.failed")
                    self._abandon()
        for wire in self._idle.values():
            wire.close()
        self._over = True
        self._close_opened()

    def _turn(self, bell: socket.socket) -> None:
        self._take_in()
        while (dues := self._dues()) and dues[0][0] <= time.monotonic() and self._start(dues[0][1]):
            pass
        self._hear(bell, self._pause(dues))
        self._end_late()

    def _take_in(self) -> None:
        while self._new:
            work = self._new.popleft()
            self._waiting.setdefault(work.ticket.municipality, deque()).append(work)
        while self._opened:
            call, failed = self._opened.popleft()
            self._openers -= 1
            if self._opening.pop(call, call) is not None:  # it took too long, and is over
                call.wire.close()
            elif failed is not None:
                self._done(call.work, _unknown(failed))
            else:
                self._poll.register(call.wire, select.POLLIN)
                self._begin(call)

    def _dues(self) -> list[tuple[float, str]]:
        """When each channel may start its next call, the longest due first; none while there is no room for a call."""
        found: list[tuple[float, str]] = []
        for municipality, waiting in list(self._waiting.items()):
            while waiting and not self._goes_on(waiting[0]):
                self._done(waiting.popleft(), None)
            try:
                if waiting and not self._full():
                    found.append((self._limiter.of(municipality).due(), municipality))
            except UnavailableError as error:
                log.exception("delivery.not_called", municipality=municipality, reason=error.message)
                while waiting:
                    self._done(waiting.popleft(), None)
            if not waiting:
                del self._waiting[municipality]
        return sorted(found)

    def _full(self) -> bool:
        return len(self._calling) + self._openers >= self._most

    def _pause(self, dues: Sequence[tuple[float, str]]) -> float | None:
        """Seconds until something is to be done even if nothing is heard."""
        ends = [due + self._limiter.of(municipality).spare for due, municipality in dues[:1]]
        ends += [call.wire.end for call in islice(self._calling.values(), 1)]
        ends += [call.end for call in islice(self._opening, 1)]
        if ends:
            return max(0.0, min(ends) - time.monotonic())
        return 0.0 if self._stopping else None

    def _hear(self, bell: socket.socket, seconds: float | None) -> None:
        if seconds is not None and seconds < NEAR:
            time.sleep(seconds)
            seconds = 0.0
        for number, _ in self._poll.poll(None if seconds is None else seconds * 1000):
            if number in self._calling:
                self._go_on(number)
            elif number in self._idle:  # LINE has ended it, or is out of step
                self._poll.unregister(number)
                self._idle.pop(number).close()
            elif number == bell.fileno():
                bell.recv(4096)

    def _end_late(self) -> None:
        now = time.monotonic()
        while (number := next(iter(self._calling), None)) is not None and self._calling[number].wire.end <= now:
            self._go_on(number)
        while (call := next(iter(self._opening), None)) is not None and call.end <= now:
            del self._opening[call]
            self._done(call.work, _unknown("TimeoutError"))

    # --- one call --------------------------------------------------------------------------------

    def _start(self, municipality: str) -> bool:
        """Whether the pace let a call start; what was answered meanwhile is heard before it is asked again."""
        if not self._limiter.of(municipality).start():
            return False
        work = self._waiting[municipality].popleft()
        if self._goes_on(work):
            self._call(work)
        else:
            self._done(work, None)
        return True

    def _call(self, work: Work) -> None:
        try:
            request = self._client.multicast(work.token, work.ticket.to(), work.messages, work.ticket.retry_key)
        except Exception:
            log.exception("delivery.failed", batch=work.ticket.batch_id)
            request = _unknown("internal error")
        if isinstance(request, Answer):
            self._done(work, request)
        elif self._idle:
            self._begin(_Call(work, request, self._idle.popitem()[1], 0.0))
        else:
            call = _Call(work, request, self._client.wire(), time.monotonic() + CONNECT_SECONDS)
            self._opening[call] = None
            self._openers += 1
            threading.Thread(target=self._open, args=(call,), name="open", daemon=True).start()

    def _open(self, call: _Call) -> None:
        """In a thread of its own: names and handshakes take their time."""
        failed: str | None = "internal error"
        try:
            call.wire.open()
            failed = None
        except WireError as error:
            failed = str(error)
        finally:
            self._opened.append((call, failed))
            self.wake()
            if self._over:
                self._close_opened()

    def _close_opened(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._opened.popleft()[0].wire.close()

    def _begin(self, call: _Call) -> None:
        number = call.wire.fileno()
        self._calling[number] = call
        self._go_on(number, call.request)

    def _go_on(self, number: int, request: bytes | None = None) -> None:
        call = self._calling[number]
        wire = call.wire
        try:
            answered = wire.go_on() if request is None else wire.begin(request)
            answer = None if answered is None else understood(answered)
        except WireError as error:
            answer = _unknown(str(error))
        except Exception:
            log.exception("delivery.failed", batch=call.work.ticket.batch_id)
            answer = _unknown("internal error")
            wire.close()
        if answer is None:
            if call.waits_for != wire.waits_for:
                call.waits_for = wire.waits_for
                self._poll.modify(number, call.waits_for)
            return
        del self._calling[number]
        self._done(call.work, answer)
        if wire.over:
            self._poll.unregister(number)
            wire.close()
        else:
            self._idle[number] = wire

    def _abandon(self) -> None:
        for number, call in self._calling.items():
            self._poll.unregister(number)
            call.wire.close()
        for call in (*self._opening, *self._calling.values()):
            self._done(call.work, _unknown("internal error"))
        for waiting in self._waiting.values():
            for work in waiting:
                self._done(work, None)
        for held in (self._calling, self._opening, self._waiting):
            held.clear()


def _unknown(why: str) -> Answer:
    """It may have been accepted."""
    return Answer(Outcome.UNKNOWN, None, None, why)

"""Delivery: freezes what is due, and sends frozen batches over one shared client, several at a time.

The thread of the tick claims groups of batches and records groups of outcomes (each one durable commit);
a small pool of threads does nothing but call LINE, so that no call is made inside a transaction. A crash
anywhere leaves batches *trying* under a lease; they are tried again, unchanged, when it runs out.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import UnavailableError
from bot.line.client import LineClient
from bot.now import real_now
from bot.services import batches, freezing, polls, settling
from bot.services.channels import ChannelBook
from bot.services.context import Context
from scheduler.callers import Callers, Work
from scheduler.limiter import limiter_for
from scheduler.outcomes import Outcomes

log = structlog.get_logger(__name__)

# 200 calls a second at 80 ms each keep 16 in flight; the rest is for slower moments.
THREADS, MOST_THREADS = 20, 80
GROUP = 64  # batches claimed, and outcomes recorded, in one transaction
ENOUGH = 128  # claimed batches of a channel: more than half a second's worth, so that a slow disk stops nothing
LINGER = 0.15  # seconds that outcomes wait for company


class Delivery:
    """Freezes and sends. One per process; across processes the limiter keeps the pace."""

    def __init__(self, context: Context, channels: ChannelBook, client: LineClient, threads: int = THREADS) -> None:
        self._context = context
        self.owner = uuid.uuid4().hex
        self._limiter = limiter_for(context.database, context.broker)
        self.callers = Callers(channels, client, self._limiter, threads, MOST_THREADS)
        self.outcomes = Outcomes(context, channels, self._limiter, self.owner, self.callers.turn_back)
        self._stopping = threading.Event()
        self._sending = threading.Lock()

    def clear_leases(self) -> None:
        """At the start of an installation's only process: what was being tried may be tried again at once."""
        with self._context.database.write() as session:
            batches.clear_leases(session)

    def stop(self) -> None:
        """End after the calls that are under way; what waits stays in the database."""
        self._stopping.set()
        self.callers.let_go()
        with self._sending:
            self.callers.stop()
            self._limiter.close()

    # --- freezing --------------------------------------------------------------------------------

    def freeze_due(self, now: datetime) -> int:
        """Freeze every announcement whose time has come; returns how many. `now` is the product's time."""
        with self._context.database.read() as session:
            waiting = freezing.due(session, now)
        return sum(self._freeze_apart(announcement_id, now) for announcement_id in waiting)

    def _freeze_apart(self, announcement_id: int, now: datetime) -> bool:
        """One that cannot be frozen is logged and comes round again; it does not hold up the others."""
        try:
            return self._freeze(announcement_id, now)
        except Exception:
            log.exception("announcement.not_frozen", id=announcement_id)
            return False

    def _freeze(self, announcement_id: int, now: datetime) -> bool:
        context = self._context
        with context.database.read() as session:
            poll = freezing.poll_of(session, announcement_id)
        if poll is not None and poll.state == "draft":
            polls.prepare_key(context.keystore, poll)
        with context.database.write(durable=True) as session:
            row = freezing.freeze(session, context.sealer, context.keystore, announcement_id, now, real_now())
        if row is None:
            return False
        log.info("announcement.frozen", id=row.id, state=row.state, recipients=row.recipients)
        return row.state == "sending"

    # --- sending ---------------------------------------------------------------------------------

    def send_due(self) -> int:
        """Send until nothing is due now; returns how many batches were tried."""
        with self._sending:
            if self._stopping.is_set() or not self._something_to_do():
                return 0
            if not self._limiter.enter():
                return 0
            try:
                tried = self._send_all()
                self.outcomes.finish_over()
            finally:
                self._limiter.leave()
            return tried

    def _something_to_do(self) -> bool:
        with self._context.database.read() as session:
            return batches.any_due(session, self._context.clock(), real_now()) or bool(settling.over(session))

    def _send_all(self) -> int:
        tried, running = 0, Counter[str]()
        while True:
            if self._goes_on():
                self._claim_for_all(running)
            waiting = running.total()
            if not waiting:
                return tried
            done = self.callers.collect(min(GROUP, waiting), LINGER)
            self.outcomes.record(done)
            running.subtract(one.ticket.municipality for one in done)
            tried += sum(one.answer is not None for one in done)

    def _goes_on(self) -> bool:
        return not self._stopping.is_set() and self._limiter.goes_on()

    def _claim_for_all(self, running: Counter[str]) -> None:
        """Each channel its own batches, so that a small announcement does not wait behind another city's large one."""
        try:
            with self._context.database.read() as session:
                sending = batches.sending(session)
        except SQLAlchemyError as error:  # what runs must still be recorded; the next tick claims again
            log.warning("delivery.unavailable", reason=type(error).__name__)
            return
        self.callers.ready_for(len(sending))
        for municipality in sending:
            if running[municipality] < ENOUGH:
                claimed = self._claim(municipality)
                for work in claimed:
                    self.callers.put(work)
                running[municipality] += len(claimed)

    def _claim(self, municipality: str) -> list[Work]:
        context = self._context
        began = time.monotonic()
        try:
            with context.database.write(durable=True) as session:
                tickets = batches.claim(
                    session, context.sealer, self.owner, GROUP, context.clock(), real_now(), municipality
                )
                messages = batches.messages_of(session, tickets)
        except UnavailableError as error:
            log.warning("delivery.unavailable", reason=error.message)
            return []
        return [Work(ticket, messages[ticket.announcement_id, ticket.variant], began) for ticket in tickets]

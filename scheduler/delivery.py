"""Delivery: freezes what is due, and sends frozen batches over one shared client, several at a time.

The thread of the tick records groups of outcomes and claims groups of batches (both in one durable commit);
another thread does nothing but call LINE (scheduler.exchange), so that no call is made inside a transaction. A crash
anywhere leaves batches *trying* under a lease; they are tried again, unchanged, when it runs out.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.errors import UnavailableError
from bot.line.client import LineClient
from bot.now import real_now
from bot.services import claiming, freezing, polls, settling
from bot.services.batches import Ticket
from bot.services.channels import ChannelBook
from bot.services.context import Context
from scheduler.callers import Callers, Tried, Work
from scheduler.limiter import limiter_for
from scheduler.outcomes import Outcomes

log = structlog.get_logger(__name__)

# 200 calls a second at 80 ms each keep 16 in flight; the rest is for slower moments.
CALLS, MOST_CALLS = 20, 80
GROUP = 96  # batches claimed, and outcomes recorded, in one transaction
LINGER = 0.45  # seconds that outcomes wait for company: what a transaction costs is shared by a group
# Claimed batches of a channel: a second's worth, of which half is left when the next claim is due, so that a slow disk
# stops nothing.
ENOUGH = 192

Messages = dict[tuple[int, str], bytes]  # as approved, by announcement and variant


class UnderWay:
    """What was claimed here and has not come back."""

    def __init__(self) -> None:
        self.total = 0
        self._channels, self._announcements = Counter[str](), Counter[int]()

    def out(self, ticket: Ticket) -> None:
        """One was claimed."""
        self._count(ticket, 1)

    def back(self, done: Iterable[Tried]) -> None:
        """These were called, or were not after all."""
        for one in done:
            self._count(one.ticket, -1)

    def lacks(self, municipality: str) -> int:
        """How many more of a channel to claim now; a third of a group at least, fewer are not worth a transaction."""
        lacking = ENOUGH - self._channels[municipality]
        return lacking if lacking >= GROUP // 3 else 0

    def ended(self, done: Iterable[Tried]) -> set[int]:
        """Announcements of these of which nothing is under way any more: only they may be over."""
        return {one.ticket.announcement_id for one in done if not self._announcements[one.ticket.announcement_id]}

    def _count(self, ticket: Ticket, number: int) -> None:
        self.total += number
        self._channels[ticket.municipality] += number
        self._announcements[ticket.announcement_id] += number


class Delivery:
    """Freezes and sends. One per process; across processes the limiter keeps the pace."""

    def __init__(self, context: Context, channels: ChannelBook, client: LineClient, calls: int = CALLS) -> None:
        self._context = context
        self.owner = uuid.uuid4().hex
        self._limiter = limiter_for(context.database, context.broker)
        self.callers = Callers(channels, client, self._limiter, calls, MOST_CALLS)
        self.outcomes = Outcomes(context, channels, self._limiter, self.owner, self.callers.turn_back)
        self._here = UnderWay()  # also after a round that a defect has ended: the next one collects it
        self._stopping = threading.Event()
        self._sending = threading.Lock()

    def clear_leases(self) -> None:
        """At the start of an installation's only process: what was being tried may be tried again at once."""
        with self._context.database.write() as session:
            claiming.clear_leases(session)

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
            if self._stopping.is_set() or not (self._here.total or self._something_to_do()):
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
            return claiming.any_due(session, self._context.clock(), real_now()) or bool(settling.over(session))

    def _send_all(self) -> int:
        tried, here = 0, self._here
        done: list[Tried] = []
        messages: Messages = {}
        while True:
            self.outcomes.log(done)
            self._record_and_claim(done, here, messages)
            if not here.total:
                return tried
            done = self.callers.collect(min(GROUP, here.total), LINGER)
            here.back(done)
            tried += sum(one.answer is not None for one in done)

    def _goes_on(self) -> bool:
        return not self._stopping.is_set() and self._limiter.goes_on()

    def _record_and_claim(self, done: list[Tried], here: UnderWay, messages: Messages) -> None:
        """Outcomes and the next claim in one transaction, as long as the database takes it; the rest of the claims.

        Each channel its own batches, so that a small announcement does not wait behind another city's large one.
        """
        ended = here.ended(done)
        if not self._goes_on():
            self.outcomes.record(done, ended)
            return
        try:
            with self._context.database.write(durable=True) as session:
                self.outcomes.write(session, done, ended)
                sending = claiming.sending(session)
                first = next((one for one in sending if here.lacks(one)), None)
                claimed = self._claim(session, first, here, messages) if first else []
        except Exception as error:  # what LINE said must still be recorded; claimed is next time
            log.warning("delivery.unavailable", reason=type(error).__name__)
            self.outcomes.record(done, ended)
            if not isinstance(error, UnavailableError | SQLAlchemyError):
                raise  # a defect: no sign of life, so that staff hear of it
            return
        self.callers.ready_for(len(sending))
        self._put(claimed, here)
        for municipality in sending:
            if municipality != first or len(claimed) == GROUP:
                self._fill(municipality, here, messages)

    def _fill(self, municipality: str, here: UnderWay, messages: Messages) -> None:
        """Claim until enough of this channel is under way or waits for its turn."""
        while here.lacks(municipality) and self._goes_on():
            try:
                with self._context.database.write(durable=True) as session:
                    claimed = self._claim(session, municipality, here, messages)
            except UnavailableError as error:
                log.warning("delivery.unavailable", reason=error.message)
                return
            self._put(claimed, here)
            if len(claimed) < GROUP:
                return

    def _claim(self, session: Session, municipality: str, here: UnderWay, messages: Messages) -> list[Work]:
        context, most = self._context, min(GROUP, here.lacks(municipality))
        began = time.monotonic()
        tickets = claiming.claim(session, context.sealer, self.owner, most, context.clock(), real_now(), municipality)
        if new := [one for one in tickets if (one.announcement_id, one.variant) not in messages]:
            messages.update(claiming.messages_of(session, new))
        return [Work(one, messages[one.announcement_id, one.variant], began) for one in tickets]

    def _put(self, claimed: list[Work], here: UnderWay) -> None:
        for work in claimed:
            here.out(work.ticket)
        self.callers.put(claimed)

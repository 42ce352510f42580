"""Delivery: freezes what is due, and sends frozen batches over one shared client, several at a time.

The thread of the tick claims groups of batches and records groups of outcomes (each one durable commit);
a small pool of threads does nothing but call LINE, so that no call is made inside a transaction. A crash
anywhere leaves batches *trying* under a lease; they are tried again, unchanged, when it runs out.
"""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from bot.errors import BadInputError, NotFoundError, UnavailableError
from bot.line.client import CONNECT_SECONDS, READ_SECONDS, Answer, LineClient, Outcome
from bot.models import AnnouncementBatch
from bot.now import real_now
from bot.services import alerts, batches, freezing, polls, settling
from bot.services.batches import Ticket
from bot.services.channels import ChannelBook
from bot.services.context import Context
from scheduler.limiter import limiter_for

log = structlog.get_logger(__name__)

# 200 calls a second at 80 ms each keep 16 in flight; the rest is for slower moments.
THREADS = 24
GROUP = 32  # batches claimed, and outcomes recorded, in one transaction
LINGER = 0.05  # seconds that outcomes wait for company
RECORD_AGAIN = 0.5
MARGIN = 1.0
LONGEST_CALL = CONNECT_SECONDS + READ_SECONDS
TOKEN_TEXT = "LINEがアクセストークンを受け付けません。お知らせは、直るまで待って送ります。"  # noqa: S105


@dataclass(frozen=True)
class _Tried:
    """A ticket and LINE's answer; None: it was not called after all."""

    ticket: Ticket
    answer: Answer | None


class Delivery:
    """Freezes and sends. One per process; across processes the limiter keeps the pace."""

    def __init__(self, context: Context, channels: ChannelBook, client: LineClient, threads: int = THREADS) -> None:
        self._context, self._channels, self._client = context, channels, client
        self.owner = uuid.uuid4().hex
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="send")
        self._tried: queue.SimpleQueue[_Tried] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._sending = threading.Lock()
        self._limiter = limiter_for(context.database, context.broker)
        self._alarmed: set[str] = set()

    def clear_leases(self) -> None:
        """At the start of an installation's only process: what was being tried may be tried again at once."""
        with self._context.database.write() as session:
            batches.clear_leases(session)

    def stop(self) -> None:
        """End after the calls that are under way; what waits stays in the database."""
        self._stopping.set()
        with self._sending:
            self._pool.shutdown(wait=True)
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
                self._finish_over()
            finally:
                self._limiter.leave()
            return tried

    def _something_to_do(self) -> bool:
        with self._context.database.read() as session:
            return batches.any_due(session, real_now()) or bool(settling.over(session))

    def _send_all(self) -> int:
        tried = running = 0
        while True:
            claimed = self._claim() if running < GROUP and self._goes_on() else []
            for ticket, messages, until in claimed:
                self._pool.submit(self._try, ticket, messages, until)
            running += len(claimed)
            if not running:
                return tried
            done = self._collect()
            self._record(done)
            running -= len(done)
            tried += sum(one.answer is not None for one in done)

    def _goes_on(self) -> bool:
        return not self._stopping.is_set() and self._limiter.goes_on()

    def _claim(self) -> list[tuple[Ticket, bytes, float]]:
        """Tickets with their messages and the moment (monotonic) after which they must not be called any more."""
        context = self._context
        until = time.monotonic() + batches.LEASE.total_seconds() - LONGEST_CALL - MARGIN
        try:
            with context.database.write(durable=True) as session:
                tickets = batches.claim(session, context.sealer, self.owner, GROUP, context.clock(), real_now())
                messages = batches.messages_of(session, tickets)
        except UnavailableError as error:  # what runs must still be recorded; the next tick claims again
            log.warning("delivery.unavailable", reason=error.message)
            return []
        return [(ticket, messages[ticket.announcement_id, ticket.variant], until) for ticket in tickets]

    def _try(self, ticket: Ticket, messages: bytes, until: float) -> None:
        """In the pool: one call. The lease must outlast it, else another process could call beside us."""
        answer: Answer | None = None
        try:
            to = ticket.to(self._context.sealer)
            token = self._channels.get(ticket.municipality).token
            self._limiter.of(ticket.municipality).wait()
            if time.monotonic() < until and not self._stopping.is_set():
                answer = self._client.multicast(token, to, messages, ticket.retry_key)
        except (BadInputError, NotFoundError, UnavailableError) as error:
            log.exception("delivery.not_called", batch=ticket.batch_id, reason=error.message)
        except Exception:  # the outcome is then unknown, and must reach the record like any other
            log.exception("delivery.failed", batch=ticket.batch_id)
            answer = Answer(Outcome.UNKNOWN, None, None, "internal error")
        self._tried.put(_Tried(ticket, answer))

    def _collect(self) -> list[_Tried]:
        done = [self._tried.get()]
        end = time.monotonic() + LINGER
        while len(done) < GROUP and (left := end - time.monotonic()) > 0:
            try:
                done.append(self._tried.get(timeout=left))
            except queue.Empty:
                break
        return done

    def _finish_over(self) -> None:
        """End announcements whose last batch was settled without a call: emptied, given up, called off."""
        with self._context.database.read() as session:
            over = settling.over(session)
        if over:
            with self._context.database.write() as session:
                for announcement_id in over:
                    settling.finish(session, announcement_id, self._context.clock())

    # --- recording -------------------------------------------------------------------------------

    def _record(self, done: list[_Tried]) -> None:
        """Write outcomes down; while the database is away, again and again until the leases have run out anyway."""
        for one in done:
            self._log(one)
        end = time.monotonic() + batches.LEASE.total_seconds()
        while True:
            try:
                self._write(done)
            except UnavailableError as error:
                log.warning("delivery.unavailable", reason=error.message)
                if time.monotonic() > end:
                    return
                time.sleep(RECORD_AGAIN)
            else:
                return

    def _write(self, done: list[_Tried]) -> None:
        context = self._context
        now = context.clock()
        with context.database.write(durable=True) as session:
            rows = settling.claimed(session, [one.ticket.batch_id for one in done])
            counts: Counter[int] = Counter()
            for one in done:
                row = rows.get(one.ticket.batch_id)
                if row is None:
                    continue
                if one.answer is not None and one.answer.outcome is Outcome.ACCEPTED:
                    # A fact, also when the lease has gone to somebody else meanwhile.
                    self._accepted(session, row, one.answer)
                    counts[row.announcement_id] += row.count
                elif row.lease_owner == self.owner and one.answer is None:
                    settling.not_called(row, real_now())
                elif row.lease_owner == self.owner and one.answer is not None:
                    self._not_accepted(session, row, one.answer, now)
            session.flush()
            for announcement_id, count in counts.items():
                settling.count_accepted(session, announcement_id, count)
            for announcement_id in {one.ticket.announcement_id for one in done}:
                settling.finish(session, announcement_id, now)

    def _accepted(self, session: Session, row: AnnouncementBatch, answer: Answer) -> None:
        settling.accepted(row, answer.status, answer.request_id)
        if row.municipality_id in self._alarmed:
            self._alarmed.discard(row.municipality_id)
            alerts.clear_alert(session, row.municipality_id, "token")

    def _not_accepted(self, session: Session, row: AnnouncementBatch, answer: Answer, now: datetime) -> None:
        municipality = row.municipality_id
        match answer.outcome:
            case Outcome.BUSY:
                self._limiter.of(municipality).hold(1.0)
                settling.too_fast(row, real_now(), answer.status)
            case Outcome.TOKEN:
                settling.token_refused(row, real_now(), answer.status)
                settling.postpone(session, municipality, real_now() + timedelta(seconds=settling.TOKEN_PAUSE))
                alerts.raise_alert(session, municipality, "token", TOKEN_TEXT, now)
                self._alarmed.add(municipality)
                self._channels.forget()
            case Outcome.QUOTA:
                settling.out_of_quota(session, row, answer.status, now)
                alerts.raise_alert(session, municipality, "quota", settling.OUT_OF_QUOTA, now)
            case Outcome.REFUSED:
                settling.refused(row, answer.status)
                alerts.raise_alert(
                    session, municipality, "dead_letter", row.error or "", now, f"announcement:{row.announcement_id}"
                )
            case Outcome.UNKNOWN | Outcome.ACCEPTED:
                settling.outcome_open(row, real_now(), answer.status)

    def _log(self, one: _Tried) -> None:
        ticket, answer = one.ticket, one.answer
        log.info(
            "batch.sent" if answer else "batch.not_called", batch=ticket.batch_id, announcement=ticket.announcement_id,
            attempt=ticket.attempt, count=len(ticket.line_ids), outcome=answer.outcome.value if answer else None,
            status=answer.status if answer else None, line_request=answer.request_id if answer else None,
        )  # fmt: skip

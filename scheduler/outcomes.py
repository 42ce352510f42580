"""Outcomes of delivery's calls written down in groups, each group in one durable transaction."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.orm import Session

from bot.errors import UnavailableError
from bot.line.client import Answer, Outcome
from bot.models import AnnouncementBatch
from bot.now import real_now
from bot.services import alerts, batches, settling
from scheduler.callers import Tried

if TYPE_CHECKING:
    from bot.services.channels import ChannelBook
    from bot.services.context import Context
    from scheduler.limiter import Limiter

log = structlog.get_logger(__name__)

RECORD_AGAIN = 0.5
TurnBack = Callable[[str], None]
TOKEN_TEXT = "LINEがアクセストークンを受け付けません。お知らせは、直るまで待って送ります。"  # noqa: S105


class Outcomes:
    """Writes down what LINE answered to the tickets of one owner (the process that claimed them)."""

    def __init__(
        self, context: Context, channels: ChannelBook, limiter: Limiter, owner: str, turn_back: TurnBack
    ) -> None:
        self._context, self._channels, self._limiter, self._owner = context, channels, limiter, owner
        self._turn_back = turn_back
        self._alarmed: set[str] = set()

    def record(self, done: Sequence[Tried], ended: Collection[int]) -> None:
        """Write them down; while the database is away, again and again until the leases have run out anyway.

        `ended`: announcements of which nothing is under way here any more; the others are not over.
        """
        end = time.monotonic() + batches.LEASE.total_seconds()
        while done:
            try:
                with self._context.database.write(durable=True) as session:
                    self.write(session, done, ended)
            except UnavailableError as error:
                log.warning("delivery.unavailable", reason=error.message)
                if time.monotonic() > end:
                    return
                time.sleep(RECORD_AGAIN)
            else:
                return

    def write(self, session: Session, done: Sequence[Tried], ended: Collection[int]) -> None:
        """Within a transaction; doing it again after that was rolled back does no harm. `ended` as in `record`."""
        if not done:
            return
        now = self._context.clock()
        rows = settling.claimed(session, [one.ticket.batch_id for one in done])
        accepted: list[tuple[int, int | None, str | None]] = []
        counts: Counter[int] = Counter()
        for one in done:
            row, answer = rows.get(one.ticket.batch_id), one.answer
            if row is None:
                continue
            if answer is not None and answer.outcome is Outcome.ACCEPTED:
                # A fact, also when the lease has gone to somebody else meanwhile.
                accepted.append((row.id, answer.status, answer.request_id))
                counts[row.announcement_id] += row.people
                self._token_is_good(session, one.ticket.municipality)
            elif row.lease_owner == self._owner:
                self._not_accepted(session, settling.object_of(session, row.id), answer, now)
        session.flush()
        settling.accepted(session, accepted)
        for announcement_id in {one.ticket.announcement_id for one in done if one.answer is None}:
            settling.call_off_the_rest(session, announcement_id)
        settling.count_accepted(session, counts)
        for announcement_id in sorted(ended):
            settling.finish(session, announcement_id, now)

    def finish_over(self) -> None:
        """End announcements whose last batch was settled without a call: emptied, given up, called off."""
        with self._context.database.read() as session:
            over = settling.over(session)
        if over:
            with self._context.database.write() as session:
                for announcement_id in over:
                    settling.finish(session, announcement_id, self._context.clock())

    def _token_is_good(self, session: Session, municipality: str) -> None:
        if municipality in self._alarmed:
            self._alarmed.discard(municipality)
            alerts.clear_alert(session, municipality, "token")

    def _not_accepted(self, session: Session, row: AnnouncementBatch, answer: Answer | None, now: datetime) -> None:
        municipality = row.municipality_id
        if answer is None:
            settling.not_called(row, real_now())
            return
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
                self._turn_back(municipality)
            case Outcome.QUOTA:
                self._turn_back(municipality)
                settling.out_of_quota(session, row, answer.status, now)
                alerts.raise_alert(session, municipality, "quota", settling.OUT_OF_QUOTA, now)
            case Outcome.REFUSED:
                settling.refused(row, answer.status)
                subject = f"announcement:{row.announcement_id}"
                alerts.raise_alert(session, municipality, "dead_letter", row.error or "", now, subject)
            case Outcome.UNKNOWN | Outcome.ACCEPTED:
                settling.outcome_open(row, real_now(), answer.status)

    @staticmethod
    def log(done: Sequence[Tried]) -> None:
        """A line for a group that was accepted (LINE's request ids stand in the rows), one for each of the others."""
        accepted = [one for one in done if one.answer is not None and one.answer.outcome is Outcome.ACCEPTED]
        if accepted:
            log.info(
                "batches.sent",
                batches=[one.ticket.batch_id for one in accepted],
                announcements=sorted({one.ticket.announcement_id for one in accepted}),
                recipients=sum(one.ticket.people for one in accepted),
            )
        for one in done:
            ticket, answer = one.ticket, one.answer
            if answer is None:
                log.info("batch.not_called", batch=ticket.batch_id, announcement=ticket.announcement_id)
            elif answer.outcome is not Outcome.ACCEPTED:
                log.info(
                    "batch.not_accepted", batch=ticket.batch_id, announcement=ticket.announcement_id,
                    attempt=ticket.attempt, count=ticket.people, outcome=answer.outcome.value,
                    status=answer.status, line_request=answer.request_id,
                )  # fmt: skip

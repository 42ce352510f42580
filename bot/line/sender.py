"""Sends what is in the outbox: claim (committed), call LINE without any transaction open, record the outcome."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from bot.errors import NotFoundError
from bot.line.client import BAD, Answer, LineClient, Outcome
from bot.models import OutboxMessage
from bot.now import real_now
from bot.services import alerts, outbox
from bot.services.channels import ChannelBook
from bot.services.context import Context

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


class Sender:
    """Sends single messages. One per process; its owner name is what leases carry."""

    def __init__(self, context: Context, channels: ChannelBook, client: LineClient) -> None:
        self._context, self._channels, self._client = context, channels, client
        self.owner = uuid.uuid4().hex

    def send(self, message_id: int) -> bool:
        """Try one message now. False when it was not ours to send or its outcome is still open."""
        database, sealer = self._context.database, self._context.sealer
        with database.write(durable=True) as session:
            request = outbox.claim(session, sealer, message_id, self.owner, self.at())
        if request is None:
            return False

        def settled(session: Session) -> bool:
            row = session.get(OutboxMessage, message_id)
            return row is not None and row.state == "settled"

        return self.send_claimed(request, settled)

    def send_claimed(self, request: outbox.Request, then: Callable[[Session], Result]) -> Result:
        """Send what is claimed already; `then` runs in the transaction that records LINE's answer."""
        answer = self._call(request)
        log.info(
            "outbox.sent", id=request.id, via=request.via, attempt=request.attempt, outcome=answer.outcome.value,
            status=answer.status, line_request=answer.request_id,
        )  # fmt: skip
        with self._context.database.write() as session:
            row = session.get(OutboxMessage, request.id)
            if row is not None and row.state == "trying":
                self._record(row, request, answer)
                if answer.outcome is Outcome.TOKEN:
                    alerts.raise_alert(
                        session, row.municipality_id, "token", "LINEがアクセストークンを受け付けません。", self.at().now
                    )
            session.flush()
            return then(session)

    def send_due(self, limit: int = 100) -> int:
        """Try everything that is due; the sweep behind each crash. Returns how many were tried."""
        with self._context.database.read() as session:
            waiting = outbox.due(session, real_now(), limit)
        for message_id in waiting:
            self.send(message_id)
        return len(waiting)

    def at(self) -> outbox.At:
        """Now, in both times."""
        return outbox.At(self._context.clock(), real_now())

    def clear_leases(self) -> None:
        """At the start of an installation's only process: what was being tried may be tried again at once."""
        with self._context.database.write() as session:
            outbox.clear_leases(session)

    def _call(self, request: outbox.Request) -> Answer:
        try:
            token = self._channels.get(request.municipality).token
        except NotFoundError as error:
            return Answer(Outcome.REFUSED, None, None, error.message)
        if request.via == "reply":
            assert request.reply_token is not None
            return self._client.reply(token, request.reply_token, request.body)
        assert request.to is not None
        assert request.retry_key is not None
        return self._client.push(token, request.to, request.body, request.retry_key)

    def _record(self, row: OutboxMessage, request: outbox.Request, answer: Answer) -> None:
        match answer.outcome:
            case Outcome.ACCEPTED:
                outbox.succeeded(row, answer.request_id)
            case Outcome.REFUSED if request.via == "reply" and answer.status == BAD and _token_refused(answer):
                if request.attempt == 1:
                    outbox.reply_refused(row, real_now())
                else:  # the earlier try, whose answer we never saw, had used the token
                    outbox.succeeded(row, answer.request_id)
            case Outcome.REFUSED:
                outbox.finish(row, "dead", f"{answer.status}: {answer.text}"[:200])
            case Outcome.QUOTA:
                outbox.finish(row, "dropped", "monthly quota used up")
            case Outcome.BUSY | Outcome.UNKNOWN | Outcome.TOKEN:
                outbox.try_later(row, real_now(), f"{answer.status or 'no answer'}: {answer.text}")


def _token_refused(answer: Answer) -> bool:
    return "reply token" in answer.text.lower()

"""`POST /line/<municipality>`: LINE -> inbox. Nothing is done before the 200 but to keep what LINE sent.

401: signature missing or wrong, nothing stored or logged of the body. 200 with an alert: signed, but for
another bot. 413: over 1 MB. 400: signed, but not LINE's envelope. 503: could not be kept, LINE sends again
(redelivery must be switched on in LINE's console).

A plain WSGI callable in front of the Flask app: matching a route, making request and response objects and
a context cost as much as everything done here, on the one path where every resident's message arrives
(docs/decisions/0002-webhook-before-flask.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import structlog

from bot.errors import BadInputError, NotFoundError, UnavailableError
from bot.line import webhook
from bot.services import alerts
from bot.services.channels import ChannelBook, ChannelKeys
from bot.services.context import Context
from bot.services.intake import Intake
from handlers.every_answer import LEAST

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

PREFIX = "/line/"
Wake = Callable[[Iterable[tuple[str, bytes]]], None]
Answer = tuple[str, bytes]

OK: Answer = ("200 OK", b"ok")
NOT_OURS: Answer = ("200 OK", b"not ours")
NO_ENVELOPE: Answer = ("400 Bad Request", b"not a webhook request")
NO_SIGNATURE: Answer = ("401 Unauthorized", b"signature")
NO_CHANNEL: Answer = ("404 Not Found", b"no such channel")
NO_METHOD: Answer = ("405 Method Not Allowed", b"POST only")
TOO_LARGE: Answer = ("413 Content Too Large", b"too large")
TRY_AGAIN: Answer = ("503 Service Unavailable", b"try again")


class Webhook:
    """Takes what LINE posts; everything else goes on to `inner`. `wake` tells the engine which sources have work."""

    def __init__(
        self, inner: WSGIApplication, context: Context, channels: ChannelBook, intake: Intake, wake: Wake
    ) -> None:
        self._inner, self._context, self._channels, self._intake, self._wake = inner, context, channels, intake, wake

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return self._inner(environ, start_response)
        status, text = self._receive(path[len(PREFIX) :], environ)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text))), *LEAST]
        start_response(status, headers)
        return [text]

    def _receive(self, municipality: str, environ: WSGIEnvironment) -> Answer:
        if environ["REQUEST_METHOD"] != "POST":
            return NO_METHOD
        try:
            channel = self._channels.get(municipality)
        except NotFoundError:
            return NO_CHANNEL
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > webhook.MAX_BODY:
            return TOO_LARGE
        body: bytes = environ["wsgi.input"].read(int(length))
        if not webhook.signed_by(channel.secret, body, environ.get("HTTP_X_LINE_SIGNATURE", "")):
            log.warning("webhook.signature", municipality=municipality, bytes=len(body))
            return NO_SIGNATURE
        return self._keep(channel, body)

    def _keep(self, channel: ChannelKeys, body: bytes) -> Answer:
        received_at = self._context.clock()
        try:
            delivery = webhook.parse(body, received_at)
        except BadInputError:
            log.warning("webhook.envelope", municipality=channel.municipality, bytes=len(body))
            return NO_ENVELOPE
        if delivery.destination != channel.bot_user_id:
            self._other_bot(channel.municipality)
            return NOT_OURS
        if not delivery.events:  # the verification request of LINE's console
            return OK
        try:
            sources = self._intake.store(channel.municipality, delivery.events, received_at)
        except UnavailableError as error:
            log.warning("webhook.unavailable", municipality=channel.municipality, reason=error.message)
            return TRY_AGAIN
        self._wake((channel.municipality, source) for source in sources)
        return OK

    def _other_bot(self, municipality: str) -> None:
        log.warning("webhook.destination", municipality=municipality)
        text = "LINEから、別のボットあての通知が届きました。チャネルの設定(ボットのユーザーID)を確かめてください。"
        with self._context.database.write() as session:
            alerts.raise_alert(session, municipality, "wrong_destination", text, self._context.clock())

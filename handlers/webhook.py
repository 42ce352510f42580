"""`POST /line/<municipality>`: LINE -> inbox. Nothing is done before the 200 but to keep what LINE sent.

401: signature missing or wrong, nothing stored or logged of the body. 200 with an alert: signed, but for
another bot. 413: over 1 MB. 400: signed, but not LINE's envelope. 503: could not be kept, LINE sends again
(redelivery must be switched on in LINE's console).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog
from flask import Blueprint, Response, request

from bot.errors import BadInputError, NotFoundError, UnavailableError
from bot.line import webhook
from bot.now import real_now
from bot.services import alerts
from bot.services.channels import ChannelBook, ChannelKeys
from bot.services.context import Context
from bot.services.intake import Intake

log = structlog.get_logger(__name__)

Wake = Callable[[Iterable[tuple[str, bytes]]], None]


def blueprint(context: Context, channels: ChannelBook, intake: Intake, wake: Wake) -> Blueprint:
    """The webhook's route. `wake` tells the engine which sources have work."""
    routes = Blueprint("line", __name__)

    @routes.post("/line/<municipality>")
    def receive(municipality: str) -> Response:
        try:
            channel = channels.get(municipality)
        except NotFoundError:
            return _say(404, "no such channel")
        if (request.content_length or 0) > webhook.MAX_BODY:
            return _say(413, "too large")
        body = request.get_data(cache=False)
        if len(body) > webhook.MAX_BODY:
            return _say(413, "too large")
        if not webhook.signed_by(channel.secret, body, request.headers.get("x-line-signature", "")):
            log.warning("webhook.signature", municipality=municipality, bytes=len(body))
            return _say(401, "signature")
        return _keep(channel, body)

    def _keep(channel: ChannelKeys, body: bytes) -> Response:
        received_at = real_now()
        try:
            delivery = webhook.parse(body, received_at)
        except BadInputError:
            log.warning("webhook.envelope", municipality=channel.municipality, bytes=len(body))
            return _say(400, "not a webhook request")
        if delivery.destination != channel.bot_user_id:
            _other_bot(context, channel.municipality)
            return _say(200, "not ours")
        if not delivery.events:
            return _say(200, "ok")
        try:
            sources = intake.store(channel.municipality, delivery.events, received_at)
        except UnavailableError as error:
            log.error("webhook.unavailable", municipality=channel.municipality, reason=error.message)
            return _say(503, "try again")
        wake((channel.municipality, source) for source in sources)
        return _say(200, "ok")

    return routes


def _other_bot(context: Context, municipality: str) -> None:
    log.warning("webhook.destination", municipality=municipality)
    with context.database.write() as session:
        text = "LINEから、別のボットあての通知が届きました。チャネルの設定(ボットのユーザーID)を確かめてください。"
        alerts.raise_alert(session, municipality, "wrong_destination", text, context.clock())


def _say(status: int, text: str) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")

"""`entaku channel`: connects a municipality to its LINE channel."""

from __future__ import annotations

import click

from bot.core.permissions import SYSTEM
from bot.errors import BadInputError
from bot.line.client import LineClient, Outcome
from bot.now import real_now
from bot.services import audit
from bot.services.channels import ChannelKeys, save_channel
from bot.services.context import open_context
from bot.settings import load_settings


@click.group()
def command() -> None:
    """Connect a municipality to its LINE channel."""


@command.command()
@click.argument("municipality")
@click.option("--secret", prompt="Channel secret (LINE Developers, Basic settings)", hide_input=True)
@click.option("--token", prompt="Channel access token (Messaging API)", hide_input=True)
@click.option("--bot-user-id", default="", help="The bot's user id (U...); asked of LINE when left out.")
def add(municipality: str, secret: str, token: str, bot_user_id: str) -> None:
    """Add or replace the LINE channel of MUNICIPALITY. Secret and token are stored sealed, never shown again."""
    settings = load_settings()
    context = open_context(settings)
    user_id = bot_user_id or _ask_line(LineClient(settings.line_api, settings.line_api_data), token)
    with context.database.write(durable=True) as session:
        save_channel(session, context.sealer, ChannelKeys(municipality, user_id, secret.encode(), token))
        audit.record(session, municipality, SYSTEM, "channel.add", f"channel:{municipality}", real_now())
    click.echo(f"Connected. Webhook address for LINE's console: {settings.public_url}line/{municipality}")
    click.echo("Switch on there: Use webhook, Webhook redelivery. Switch off: auto-reply and greeting messages.")


def _ask_line(client: LineClient, token: str) -> str:
    answer = client.call("GET", "/v2/bot/info", token)
    if answer.outcome is Outcome.TOKEN:
        raise BadInputError("LINE does not accept this access token; issue a new one in LINE Developers.")
    if answer.outcome is not Outcome.ACCEPTED or not isinstance(answer.data, dict):
        raise BadInputError("LINE does not answer now; try again, or give --bot-user-id.")
    return str(answer.data.get("userId", ""))

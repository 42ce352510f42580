"""`entaku keys`: makes keys, and seals everything anew with the newest one."""

from __future__ import annotations

import os

import click

from bot.core.sealing import Sealer, new_key
from bot.services import resealing
from bot.services.context import open_context
from bot.settings import load_settings


@click.group()
def command() -> None:
    """Make keys; seal everything anew with the newest."""


@command.command()
def new() -> None:
    """Print a value for ENTAKU_KEYS: a fresh key in front of the present ones."""
    present = os.environ.get("ENTAKU_KEYS", "")
    number = Sealer.parse(present).current + 1 if present else 1
    click.echo(",".join(filter(None, [f"{number}:{new_key()}", present])))


@command.command()
def reseal() -> None:
    """Seal LINE ids, channel secrets and second factors with the newest key; then older keys may go."""
    context = open_context(load_settings())
    for name, count in resealing.reseal(context.database, context.sealer).items():
        click.echo(f"{name}: {count}")

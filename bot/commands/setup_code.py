"""`entaku setup-code`: the number that lets the first admin begin in the console, and nobody else."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Show the number that the first admin types into the console. Worth nothing once there is an account."""
    from bot.errors import ConflictError
    from bot.services import first_use
    from bot.services.context import open_context
    from bot.settings import load_settings

    context = open_context(load_settings())
    with context.database.read() as session:
        nobody = first_use.nobody_yet(session)
    context.database.close()
    if not nobody:
        raise ConflictError("There is an account already: sign in, or make another one with `entaku admin create`.")
    click.echo(first_use.invitation(context.settings.public_url, context.sealer))

"""`entaku admin`: the first account of an installation, made where no console can be reached yet."""

from __future__ import annotations

import sys

import click

from bot.core.permissions import ROLES


@click.group()
def command() -> None:
    """People who sign in to the console."""


@command.command("create")
@click.option("--email", required=True, help="The address the person signs in with.")
@click.option("--name", required=True, help="The name colleagues see.")
@click.option("--municipality", help="The municipality's id; without it, an admin of the whole installation.")
@click.option("--role", type=click.Choice(ROLES), default="admin", show_default=True)
@click.option("--district", "districts", multiple=True, help="A district's name or key, for roles that have districts.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
def create(
    email: str, name: str, municipality: str | None, role: str, districts: tuple[str, ...], password_stdin: bool
) -> None:
    """Create an account. Without --password-stdin a one-time password is made and printed once."""
    from bot.now import real_now
    from bot.services import staff
    from bot.services.context import open_context
    from bot.settings import load_settings

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else staff.one_time_password()
    context = open_context(load_settings())
    with context.database.write() as session:
        ids = staff.district_ids(session, municipality, districts)
        new = staff.NewStaff(email, name, password, municipality, role, ids)
        staff.create(session, new, real_now(), once=not password_stdin)
    context.database.close()
    click.echo(f"Created {staff.fold_email(email)}.")
    if not password_stdin:
        click.echo(f"One-time password (to be changed at the first sign-in): {password}")
    if role == "admin":
        click.echo("An admin sets up an authenticator app at the first sign-in.")

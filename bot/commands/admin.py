"""`entaku admin`: the first account of an installation, made where no console can be reached yet."""

from __future__ import annotations

import sys

import click

from bot.core.permissions import ROLES, SYSTEM, needs_second_factor


@click.group()
def command() -> None:
    """People who sign in to the console."""


@command.command("create")
@click.option("--email", required=True, help="The address the person signs in with.")
@click.option("--name", required=True, help="The name colleagues see.")
@click.option("--municipality", help="The municipality's id; without it, an admin of the whole installation.")
@click.option("--role", type=click.Choice(ROLES), default="admin", show_default=True)
@click.option("--district", "districts", multiple=True, help="A district's name or key, for roles that have districts.")
@click.option(
    "--invite", is_flag=True, help="Print an invitation's link instead of making the account: it holds 7 days."
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
def create(
    email: str,
    name: str,
    municipality: str | None,
    role: str,
    districts: tuple[str, ...],
    *,
    invite: bool,
    password_stdin: bool,
) -> None:
    """Create an account. Without --invite and --password-stdin a one-time password is made and printed once."""
    from bot.now import real_now
    from bot.services import invitations, staff
    from bot.services.context import open_context
    from bot.settings import load_settings

    if invite and password_stdin:
        raise click.UsageError("--invite and --password-stdin exclude each other: the invited person sets a password.")
    context = open_context(load_settings())
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else staff.one_time_password()
    token = ""
    with context.database.write() as session:
        ids = staff.district_ids(session, municipality, districts)
        if invite:
            wanted = invitations.Wanted(email, name, municipality, role, ids)
            _, token = invitations.invite(session, wanted, SYSTEM, "管理者", real_now())
        else:
            new = staff.NewStaff(email, name, password, municipality, role, ids)
            staff.create(session, new, real_now(), once=not password_stdin)
    context.database.close()
    if invite:
        click.echo(f"Hand this over; it holds 7 days, once: {invitations.url(context.settings.public_url, token)}")
        return
    click.echo(f"Created {staff.fold_email(email)}.")
    if not password_stdin:
        click.echo(f"One-time password (to be changed at the first sign-in): {password}")
    if needs_second_factor(role):
        click.echo("They set up an authenticator app or a passkey at the first sign-in.")

"""`entaku audit`: check that nobody changed the record, erase a row's details."""

from __future__ import annotations

import json

import click

from bot.core.permissions import SYSTEM
from bot.errors import BadInputError
from bot.services import audit_heads, audit_seals
from bot.services.audit_seals import Check, Noted
from bot.services.context import Context, open_context
from bot.settings import load_settings


@click.group()
def command() -> None:
    """Check the record of who did what; erase details that must not stay."""


@command.command()
@click.option("--head", "heads", multiple=True, help="A head kept elsewhere (64 hex digits); must be in the chain.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def verify(heads: tuple[str, ...], as_json: bool) -> None:
    """Check every seal, from the first row, and the heads in audit-heads.log. Exits 1 at a break."""
    context = open_context(load_settings())
    found = _check(context, [Noted(_seal(head)) for head in heads])
    words = audit_heads.words(found.broken) if found.broken else None
    if as_json:
        click.echo(json.dumps(_object(found, words), ensure_ascii=False))
    else:
        click.echo(f"rows {found.rows}, details erased {found.erased}, not sealed yet {found.unsealed}")
        click.echo(f"head {found.head.hex()}")
        click.echo(f"BROKEN: {words}" if words else "ok: nothing was changed, taken away, put in or moved")
    if words:
        raise SystemExit(1)


@command.command()
@click.argument("row", type=click.IntRange(1, 2**63 - 1))
@click.option("--reason", required=True, help="Why; stays in the record.")
def erase(row: int, reason: str) -> None:
    """Erase one row's details (ROW: its number in the export). Who, what and when stay, and so do the seals."""
    context = open_context(load_settings())
    with context.database.write(durable=True) as session:
        audit_seals.erase_details(session, row, SYSTEM, reason, context.clock())
    context.database.checkpoint()
    click.echo(f"row {row}: details erased")


def _check(context: Context, heads: list[Noted]) -> Check:
    file = audit_heads.file_of(context.settings)
    with context.database.read() as session:
        return audit_seals.check(session, [*heads, *(audit_heads.read(file) if file else [])])


def _seal(head: str) -> bytes:
    try:
        seal = bytes.fromhex(head.strip())
    except ValueError:
        seal = b""
    if len(seal) != 32:
        raise BadInputError("--head takes the 64 hex digits of a line in audit-heads.log.")
    return seal


def _object(found: Check, words: str | None) -> dict[str, object]:
    broken = found.broken
    return {
        "ok": broken is None,
        "rows": found.rows,
        "erased": found.erased,
        "unsealed": found.unsealed,
        "since": found.since.isoformat() if found.since else None,
        "head": found.head.hex(),
        "broken": {"position": broken.position, "row": broken.row_id, "why": broken.why, "words": words}
        if broken
        else None,
    }

"""Files for other tools, from a round's statements and a poll's free answers."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from sqlalchemy.orm import Session

from bot.errors import BadInputError
from bot.models import RoundTable
from bot.services import exchange
from bot.services.exchange import Table
from content.formats import tables
from handlers.console import polls, reading, round_tables
from handlers.console.access import context, fresh, now, person, right

POLIS, KOUCHOU = "polis", "kouchou"


@right("statement.read")
def statements(municipality: str, round_table_id: int) -> str | Response:
    """What a round's statements can be taken out as; with `kind`, the file."""
    kind = request.args.get("kind", "")
    with context().database.read() as db:
        row = round_tables.readable(db, municipality, round_table_id)
        table = _of_round(db, row, kind) if kind else None
    if table is not None:
        file = _file(table, f"statements-{row.id}-{kind}", request.args.get("as", "csv"))
        reading.note(municipality, "statement.take_out", f"round_table:{row.id}")
        return file
    place: dict[str, Any] = {"municipality": municipality, "round_table_id": round_table_id}
    return render_template(
        "console/export.html", kinds={POLIS: "Polis(comments.csv)", KOUCHOU: "広聴AI"}, votes=True,
        here=url_for("console.statements_export", **place),
        everything=url_for("console.statements_export_all", **place),
        back=url_for("console.round_tables_show", **place),
    )  # fmt: skip


@right("export.all")
@fresh
def statements_all(municipality: str, round_table_id: int) -> Response:
    """With those not let through and every attribute; noted in the audit."""
    kind = request.form.get("kind", KOUCHOU)
    with context().database.write(durable=True) as db:
        row = round_tables.readable(db, municipality, round_table_id)
        table = _of_round(db, row, kind, everything=True)
        exchange.note_all(db, person().actor, row, len(table.rows), now())
    return _file(table, f"statements-{row.id}-{kind}-all", request.form.get("as", "csv"))


@right("poll.read")
def texts(municipality: str, poll_id: int) -> str | Response:
    """What a poll's free answers can be taken out as; with `kind`, the file."""
    with context().database.read() as db:
        poll, _ = polls.readable(db, municipality, poll_id)
        table = exchange.kouchou_texts(db, poll) if request.args.get("kind") else None
    if table is not None:
        file = _file(table, f"texts-{poll.id}", request.args.get("as", "csv"))
        reading.note(municipality, "poll.take_out_texts", f"poll:{poll.id}")
        return file
    place: dict[str, Any] = {"municipality": municipality, "poll_id": poll_id}
    return render_template(
        "console/export.html", kinds={KOUCHOU: "広聴AI"}, votes=False,
        here=url_for("console.polls_export", **place), everything=url_for("console.polls_export_all", **place),
        back=url_for("console.polls_show", **place),
    )  # fmt: skip


@right("export.all")
@fresh
def texts_all(municipality: str, poll_id: int) -> Response:
    """With those that nobody has let through; noted in the audit."""
    with context().database.write(durable=True) as db:
        poll, _ = polls.readable(db, municipality, poll_id)
        table = exchange.kouchou_texts(db, poll, everything=True)
        exchange.note_all(db, person().actor, poll, len(table.rows), now())
    return _file(table, f"texts-{poll.id}-all", request.form.get("as", "csv"))


def _of_round(db: Session, row: RoundTable, kind: str, *, everything: bool = False) -> Table:
    if kind not in (POLIS, KOUCHOU):
        raise BadInputError("Polisか広聴AIを選んでください。")
    make = exchange.polis_comments if kind == POLIS else exchange.kouchou_statements
    return make(db, row, everything=everything)


def _file(table: Table, name: str, form: str) -> Response:
    if form not in polls.FILES:
        raise BadInputError("CSVかExcelを選んでください。")
    mime, ending = polls.FILES[form]
    if form == "xlsx":
        made = tables.to_excel(name, table.header, table.rows)
    else:
        made = tables.to_csv(table.header, table.rows, "cp932" if form == "cp932" else "utf-8")
    return Response(made, content_type=mime, headers={"Content-Disposition": f'attachment; filename="{name}.{ending}"'})

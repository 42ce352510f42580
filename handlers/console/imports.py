"""Dropping a published list in: looked at first, row by row, then taken or not; and what was read before."""

from __future__ import annotations

from typing import Final

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.models import ImportRun
from bot.services import entry_editing, feeds, import_runs, imports
from bot.services.imports import Job
from content.formats import opening, reading, tables
from content.formats.reading import KIND_NAMES
from handlers.console.access import context, now, person, right

Answer = str | Response | tuple[str, int]
MOST_KEPT: Final = 50  # entries that staff changed, named on the page
SHOWN: Final = 200  # remarks on the page; the file has all that are kept
STATES: Final = {
    "checked": ("確かめています", "warn"),
    "taken": ("取り込みました", "good"),
    "dropped": ("やめました", "plain"),
    "failed": ("途中で止まりました", "bad"),
}
FILE_KINDS: Final = {name: label for name, label in KIND_NAMES.items() if name != "news"}
FORM_SPARE: Final = 1024 * 1024  # for the rest of the form


@right("open_data.read")
def listing(municipality: str) -> str:
    """The place to drop a file, and what was read before."""
    return _list(municipality, {})


@right("open_data.write", takes=import_runs.MAX_UPLOAD + FORM_SPARE)
def upload(municipality: str) -> Answer:
    """Look at a file; nothing is taken yet."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _list(municipality, {"file": "ファイルを選んでください。"}), 400
    body = file.stream.read(import_runs.MAX_UPLOAD + 1)
    try:
        run = _look(municipality, request.form.get("kind", ""), body, file.filename)
    except BadInputError as error:
        return _list(municipality, {"file": error.message}), 400
    return redirect(url_for("console.imports_show", municipality=municipality, run_id=run), 303)


@right("open_data.read")
def show_one(municipality: str, run_id: int) -> str:
    """What a reading found, row by row."""
    with context().database.read() as db:
        run = import_runs.get(db, municipality, run_id)
        kept = [entry_editing.get(db, municipality, one) for one in run.report.get("kept_ids", ())[:MOST_KEPT]]
    return render_template(
        "console/import.html", kept=kept, run=run, report=run.report, state=STATES[run.state], kinds=FILE_KINDS,
        kind_name=KIND_NAMES.get(run.kind, run.kind), shown=SHOWN, waiting=run.body is not None,
    )  # fmt: skip


@right("open_data.write")
def again(municipality: str, run_id: int) -> Response:
    """The kind was another one: look at the same file again."""
    with context().database.read() as db:
        run = import_runs.get(db, municipality, run_id)
    if run.body is None:
        raise ConflictError("このファイルは、もう取り込んだか、やめたものです。新しく入れてください。")
    try:
        made = _look(municipality, request.form.get("kind", ""), run.body, run.file_name)
    except BadInputError as error:
        flash(error.message, "bad")
        return redirect(url_for("console.imports_show", municipality=municipality, run_id=run_id), 303)
    import_runs.drop(context(), municipality, run_id, person().actor, now())
    return redirect(url_for("console.imports_show", municipality=municipality, run_id=made), 303)


@right("open_data.write")
def take(municipality: str, run_id: int) -> Response:
    """Take it in: residents can ask about it from now on."""
    report = import_runs.take(context(), municipality, run_id, person().actor, now())
    flash(f"{report.accepted}行を取り込みました。1分ほどで、住民の質問に答えるようになります。", "good")
    return redirect(url_for("console.imports_show", municipality=municipality, run_id=run_id), 303)


@right("open_data.write")
def drop(municipality: str, run_id: int) -> Response:
    """Let it go."""
    import_runs.drop(context(), municipality, run_id, person().actor, now())
    flash("取り込むのをやめました。ファイルは消しました。", "good")
    return redirect(url_for("console.imports", municipality=municipality), 303)


@right("open_data.read")
def remarks(municipality: str, run_id: int) -> FlaskResponse:
    """The remarks on the rows as a table, to be worked through beside the file."""
    with context().database.read() as db:
        run = import_runs.get(db, municipality, run_id)
    rows = [
        (one["row"], one["line"], label, one["column"], one["why"])
        for label, name in (("取り込めない", "rejected"), ("注意", "warnings"))
        for one in run.report.get(name, ())
    ]
    made = tables.to_csv(("行", "表計算の行番号", "結果", "列", "直すところ"), rows)
    return FlaskResponse(
        made,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="import-{run.id}.csv"'},
    )


def _look(municipality: str, said: str, body: bytes, file_name: str) -> int:
    """Look at a file of the kind that was said, or of the one it looks like."""
    import io

    opening.check_size(len(body), import_runs.MAX_UPLOAD)
    stream = io.BytesIO(body)
    opening.refuse_other_files(opening.head_of(stream))
    kind = said if said in FILE_KINDS else reading.kind_of(stream)
    if kind is None or kind not in FILE_KINDS:
        raise BadInputError("何のファイルか分かりませんでした。種類を選んで、もう一度入れてください。")
    job = Job(municipality, kind, imports.collection_of(file_name), now(), samples=context().settings.demo)
    return import_runs.look_at(context(), job, body, file_name.rpartition("/")[2][:200], person().actor)


def _list(municipality: str, errors: dict[str, str]) -> str:
    with context().database.read() as db:
        runs: list[ImportRun] = import_runs.listed(db, municipality)
        rows = feeds.listed(db, municipality)
    return render_template(
        "console/imports.html", runs=runs, feeds=rows, states=STATES, kinds=FILE_KINDS, names=KIND_NAMES,
        errors=errors, most=import_runs.MAX_UPLOAD // (1024 * 1024), chosen=request.form.get("kind", ""),
    )  # fmt: skip

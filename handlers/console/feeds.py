"""Addresses on the web that are read by the clock: set up, looked after, read at once, removed."""

from __future__ import annotations

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.models import Feed
from bot.services import feeds as service
from bot.services.feeds import Wanted
from content.formats.reading import KIND_NAMES
from handlers.console import forms
from handlers.console.access import context, now, person, right
from handlers.console.forms import Fields

Answer = str | Response | tuple[str, int]
EVERY: Final = {60: "1時間ごと", 360: "6時間ごと", 1440: "1日ごと", 10080: "1週間ごと"}
ACCEPT: Final = {"review": "職員が確かめてから取り込む", "auto": "正しく読めた行は、すぐに取り込む"}


@right("open_data.write", keeps=True)
def new(municipality: str) -> Answer:
    """An address to read."""
    if request.method == "GET" or forms.restoring():
        fields = Fields.posted() if forms.restoring() else Fields.of({"every": "360", "accept": "review"})
        return _form(fields, None)
    return _save(municipality, None)


@right("open_data.write", keeps=True)
def edit(municipality: str, feed_id: int) -> Answer:
    """Change an address."""
    with context().database.read() as db:
        row = service.get(db, municipality, feed_id)
    if forms.restoring():
        return _form(Fields.posted(), row)
    if request.method == "GET":
        stored = {
            "name": row.name, "kind": row.kind, "url": row.url, "hosts": row.hosts, "every": str(row.every_minutes),
            "accept": row.accept, "active": "1" if row.active else "",
        }  # fmt: skip
        return _form(Fields.of(stored), row)
    return _save(municipality, row)


@right("open_data.write")
def read_now(municipality: str, feed_id: int) -> Response:
    """Read it at the next tick."""
    with context().database.write() as db:
        service.read_now(service.get(db, municipality, feed_id), person().actor, now())
    flash("まもなく読みに行きます。1分ほどたってから、このページを開き直してください。", "good")
    return redirect(url_for("console.imports", municipality=municipality), 303)


@right("open_data.write")
def remove(municipality: str, feed_id: int) -> Response:
    """Read it no longer; what it brought stays."""
    with context().database.write() as db:
        service.remove(db, service.get(db, municipality, feed_id), person().actor, now())
    flash("読みに行くのをやめました。取り込んだ記事は残っています。", "good")
    return redirect(url_for("console.imports", municipality=municipality), 303)


def _save(municipality: str, row: Feed | None) -> Answer:
    fields = Fields.posted()
    every = fields.value("every")
    wanted = Wanted(
        fields.text("name", "名前", most=80), fields.one_of("kind", "種類", KIND_NAMES),
        fields.text("url", "アドレス", most=500), fields.text("hosts", "転送先のホスト", most=500, required=False),
        int(every) if every.isascii() and every.isdigit() and len(every) < 6 else 0,
        fields.one_of("accept", "取り込み方", ACCEPT), row is None or fields.checked("active", "1"),
    )  # fmt: skip
    if fields.errors:
        return _form(fields, row), 400
    try:
        with context().database.write() as db:
            if row is None:
                service.create(db, municipality, person().actor, wanted, now())
            else:
                stored = service.get(db, municipality, row.id)
                service.change(db, stored, person().actor, wanted, now())
    except (BadInputError, ConflictError) as error:
        fields.errors["url"] = error.message
        return _form(fields, row), 400
    flash("アドレスを書きとめました。まもなく読みに行きます。", "good")
    return redirect(url_for("console.imports", municipality=municipality), 303)


def _form(fields: Fields, row: Feed | None) -> str:
    return render_template(
        "console/feed_form.html", fields=fields, row=row, kinds=KIND_NAMES, every=EVERY, accept=ACCEPT
    )

"""The record of who changed what and who looked at free text: searched, about one decision, as a file, its seals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError
from bot.models import AuditRow
from bot.now import jst
from bot.services import audit, audit_seals, audit_search
from bot.services.audit_search import Wanted
from content.formats import tables
from handlers.console import show, show_acts
from handlers.console.access import context, fresh, now, person, right
from handlers.console.polls import FILES

PAGE = 100
MOST_OF_ONE: Final = 2000  # rows about one decision
MOST_IN_FILE: Final = 50_000
HEADER: Final = (
    "順番", "番号", "日時", "人", "人の番号", "したこと", "したこと(言葉)", "対象", "中身", "中身を消した日時", "塩",
    "中身の要約", "封",
)  # fmt: skip


@right("audit.read")
def listing(municipality: str) -> str:
    """The newest first, a hundred a page, narrowed by what the form says."""
    before = request.args.get("before", type=int)
    wanted, problems = _wanted()
    with context().database.read() as db:
        rows = audit_search.listing(db, municipality, wanted, before, PAGE + 1)
        labels = audit.labels(db, rows)
        people = audit_search.people(db, municipality)
        chain = audit_seals.chain(db)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return render_template(
        "console/audit.html", rows=rows[:PAGE], labels=labels, more=more, first=before is None, people=people,
        chain=chain, problems=problems, asked=_asked(), acts=_acts(), kinds=show_acts.TARGETS,
        narrowed=any(_asked().values()),
    )  # fmt: skip


@right("audit.read")
def record(municipality: str) -> str | Response:
    """Everything about one decision, from its beginning: who wrote, submitted, approved, and when it was sent."""
    target = request.args.get("of", "")
    if ":" not in target or len(target) > 60:
        return redirect(url_for("console.audit", municipality=municipality))
    with context().database.read() as db:
        wanted = Wanted(targets=audit_search.with_parts(db, municipality, target))
        rows = audit_search.listing(db, municipality, wanted, limit=MOST_OF_ONE)
        labels = audit.labels(db, rows)
    title = labels.get(target) or show.target(target)
    return render_template("console/audit_record.html", rows=rows, labels=labels, title=title, of=target)


@right("audit.read")
@fresh
def export(municipality: str) -> Response:
    """The rows that were found as a file, with their seals; noted in the record."""
    form = request.form.get("as", "csv")
    if form not in FILES:
        raise BadInputError("CSVかExcelを選んでください。")
    wanted, problems = _wanted()
    if problems:
        raise BadInputError(" ".join(problems.values()))
    of = request.form.get("of", "")
    with context().database.read() as db:
        if of:
            wanted = Wanted(targets=audit_search.with_parts(db, municipality, of))
        if audit_search.count(db, municipality, wanted) > MOST_IN_FILE:
            raise BadInputError(f"一度に出せるのは{MOST_IN_FILE:,}件までです。日付で分けて、もう一度押してください。")
        rows = audit_search.listing(db, municipality, wanted, limit=MOST_IN_FILE)
    with context().database.write() as db:
        details = {"rows": len(rows), "of": of[:60]}
        audit.record(db, municipality, person().actor, "audit.export", f"municipality:{municipality}", now(), details)
    mime, ending = FILES[form]
    name = f"audit-{municipality}-{jst(now()):%Y%m%d}.{ending}"
    return Response(
        _file(rows, form), content_type=mime, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@right("audit.read")
def check(municipality: str) -> Response:
    """Have the clock look at every seal; the page shows what it found."""
    with context().database.write() as db:
        audit_seals.ask(db, now())
    flash("確かめています。少し待ってから、このページを開き直してください。", "good")
    return redirect(url_for("console.audit", municipality=municipality))


def _file(rows: Sequence[AuditRow], form: str) -> bytes:
    if form == "xlsx":
        return tables.to_excel("操作の記録", HEADER, map(_cells, rows))
    return tables.to_csv(HEADER, map(_cells, rows), "cp932" if form == "cp932" else "utf-8")


def _cells(row: AuditRow) -> tuple[str | int | None, ...]:
    """One row: all that the seal is made of, so that it can be worked out anew from the file."""
    return (
        row.position, row.id, jst(row.at).isoformat(timespec="microseconds"), row.actor, row.actor_id, row.action,
        show_acts.ACTIONS.get(row.action, ""), row.target,
        json.dumps(row.details, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        jst(row.erased_at).isoformat(timespec="seconds") if row.erased_at else None,
        *(value.hex() if value else None for value in (row.salt, row.digest, row.seal)),
    )  # fmt: skip


NAMES: Final = ("person", "action", "kind", "number", "since", "until")


def _asked() -> dict[str, str]:
    return {name: request.values.get(name, "").strip() for name in NAMES}


def _wanted() -> tuple[Wanted, dict[str, str]]:
    """What the form asks for, and what has to be mended in it."""
    asked, problems = _asked(), {}
    number = asked["number"]
    if number and not (number.isascii() and number.isdigit() and len(number) < 18 and asked["kind"]):
        problems["number"] = "番号は、「何について」を選んで、数字で入れてください。"
    days: dict[str, date | None] = {}
    for name, label in (("since", "はじめの日"), ("until", "終わりの日")):
        try:
            days[name] = date.fromisoformat(asked[name]) if asked[name] else None
        except ValueError:
            problems[name] = f"{label}は、2026-11-22 のように入れてください。"
    who = asked["person"]
    wanted = Wanted(
        person=int(who) if who.isascii() and who.isdigit() and len(who) < 18 else None,
        action=asked["action"] if asked["action"] in show_acts.ACTIONS else "",
        kind=asked["kind"] if asked["kind"] in show_acts.TARGETS else "",
        targets=(f"{asked['kind']}:{number}",) if number and not problems.get("number") else (),
        since=days.get("since"),
        until=days.get("until"),
    )
    return wanted, problems


def _acts() -> dict[str, list[tuple[str, str]]]:
    """Every act under what it is about, for the list to choose from."""
    found: dict[str, list[tuple[str, str]]] = {}
    for action, words in show_acts.ACTIONS.items():
        kind = action.partition(".")[0]
        found.setdefault(show_acts.TARGETS.get(kind, "そのほか"), []).append((action, words))
    return dict(sorted(found.items(), key=lambda item: item[0] == "そのほか"))

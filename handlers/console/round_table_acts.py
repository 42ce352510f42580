"""What people do with a round table: approve its record and referrals, tell, report, follow up, call off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError
from bot.models import RoundTable
from bot.services import matters, meeting_record, reports, round_tables
from handlers.console.access import context, now, person, right
from handlers.console.round_tables import readable

Act = Callable[[Session, RoundTable, Actor, int, datetime], None]
WRITER_ACTS: dict[str, tuple[Act, str]] = {
    "report": (reports.finish, "報告済みにしました。3か月後に、その後を確かめます。"),
    "follow_up": (reports.follow_up, "その後を確かめました。この会議は終わりです。"),
    "cancel": (round_tables.cancel, "会議を取りやめました。"),
}
CHAIR_ACTS: dict[str, tuple[Act, str]] = {
    "approve_record": (meeting_record.approve_record, "記録を承認しました。次は振り分けです。"),
    "approve_referrals": (matters.approve_referrals, "振り分けを承認しました。返事を待ちます。"),
}


@right("round_table.write")
def act(municipality: str, round_table_id: int) -> Response:
    """What the secretariat does: report, follow up, call off."""
    return _do(municipality, round_table_id, WRITER_ACTS)


@right("round_table.approve")
def approve(municipality: str, round_table_id: int) -> Response:
    """What the chair does: the yes to the record and to the referrals."""
    return _do(municipality, round_table_id, CHAIR_ACTS)


@right("round_table.write")
def tell(municipality: str, round_table_id: int) -> Response:
    """Write the push to everybody who took part and hand it to a second person."""
    try:
        with context().database.write() as db:
            row = readable(db, municipality, round_table_id)
            report = reports.tell(db, context().sealer, row, person().actor, public_link(row), now())
    except (BadInputError, ConflictError) as error:
        flash(error.message, "bad")
        return _to_round(municipality, round_table_id)
    flash("参加した人への知らせを書き、承認に出しました。ほかの人が承認すると、1回だけ送られます。", "good")
    return redirect(url_for("console.announcements_show", municipality=municipality, announcement_id=report.id))


def public_link(row: RoundTable) -> str:
    """The round's page for everybody, on the city's own domain."""
    base = context().settings.public_url.rstrip("/")
    return f"{base}/m/{row.municipality_id}/round-tables/{row.id}"


def _do(municipality: str, round_table_id: int, acts: dict[str, tuple[Act, str]]) -> Response:
    """Carry out one act on the version that the person had before them; refusals are said on the round's page."""
    version = request.form.get("version", -1, type=int)
    with context().database.read() as db:
        readable(db, municipality, round_table_id)
    if request.form.get("do") not in acts:
        flash("何をするかを選んでください。", "bad")
        return _to_round(municipality, round_table_id)
    wanted, said = acts[request.form["do"]]
    try:
        with context().database.write() as db:
            wanted(db, readable(db, municipality, round_table_id), person().actor, version, now())
    except (BadInputError, ConflictError) as error:
        flash(error.message, "bad")
        return _to_round(municipality, round_table_id)
    flash(said, "good")
    return _to_round(municipality, round_table_id)


def _to_round(municipality: str, round_table_id: int) -> Response:
    return redirect(url_for("console.round_tables_show", municipality=municipality, round_table_id=round_table_id))

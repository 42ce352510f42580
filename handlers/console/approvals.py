"""The rule of approval, and the list of what went out without one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.core import approval_rules
from bot.core.approval_rules import Rule
from bot.errors import BadInputError
from bot.models import Staff
from bot.services import announcements, approval
from handlers.console.access import context, now, person, right
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response


@right("approval.settings")
def settings(municipality: str) -> Answer:
    """How long a sending is held, and after how many hours the city is asked as well."""
    if request.method == "GET":
        with context().database.read() as db:
            rule = approval.rule(db, municipality)
        return _page(Fields.of({"hold": str(rule.hold_minutes), "wait": str(rule.wait_hours)}))
    fields = Fields.posted()
    hold, wait = request.form.get("hold", -1, type=int), request.form.get("wait", -1, type=int)
    try:
        with context().database.write() as db:
            approval.set_rule(db, municipality, person().actor, Rule(hold, wait), now())
    except BadInputError as error:
        fields.errors["hold" if "送るまで" in error.message else "wait"] = error.message
        return _page(fields), 400
    flash("承認の決まりを変えました。これから承認するものに使います。", "good")
    return redirect(url_for("console.approval", municipality=municipality))


@right("announcement.read")
def emergencies(municipality: str) -> str:
    """Everything that was sent without a second person, with who and why."""
    with context().database.read() as db:
        rows = approval.emergencies(db, municipality, person().actor, now())
        names = {row.id: db.get_one(Staff, row.emergency_by_id).name for row in rows if row.emergency_by_id}
        districts = announcements.district_ids_of(db, [row.id for row in rows])
    return render_template("console/emergencies.html", rows=rows, names=names, districts=districts)


def _page(fields: Fields) -> str:
    return render_template(
        "console/approval.html", fields=fields, most_hold=approval_rules.MOST_HOLD, most_wait=approval_rules.MOST_WAIT
    )

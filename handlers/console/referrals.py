"""What was referred: the list for those who answer, one referral with its answer, and the second person's yes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.round_table_rules import REASON_NEEDED
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.services import referrals, reports, round_tables, statements
from bot.services.referrals import Asked, Reply
from handlers.console import forms
from handlers.console.access import context, now, person, place, right
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response


@right("round_table.answer")
def listing(municipality: str) -> str:
    """What this person may answer; a department sees its own only."""
    with context().database.read() as db:
        found = referrals.listing(db, municipality, person().actor, now())
        words = reports.words(db, municipality)
    return render_template(
        "console/referrals.html", asked=found, words=words, title=round_tables.title, today=person().today
    )


@right("round_table.answer", keeps=True)
def show_one(municipality: str, referral_id: int) -> Answer:
    """One matter with what was said, and the answer: written here, published here by a second person."""
    with context().database.read() as db:
        asked = _readable(db, municipality, referral_id)
    if request.method == "GET":
        return _page(_stored(asked), asked)
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, asked)
    next_on = fields.day("next_report_on", "次に報告する日", required=False)
    reply = Reply(fields.value("kind"), fields.value("text"), fields.value("reason"), next_on)
    if fields.errors:
        return _page(fields, asked), 400
    try:
        with context().database.write() as db:
            referrals.respond(db, _readable(db, municipality, referral_id), person().actor, reply, now())
    except (BadInputError, ConflictError, NotAllowedError) as error:
        fields.errors["form"] = error.message
        return _page(fields, asked), error.status
    flash("返事を書き、承認に出しました。ほかの人が承認すると、公開されます。", "good")
    return _to_referral(municipality, referral_id)


@right("round_table.publish")
def publish(municipality: str, referral_id: int) -> Answer:
    """The second person's yes, or the answer goes back with a reason."""
    version = request.form.get("version", -1, type=int)
    back = request.form.get("do") == "send_back"
    try:
        with context().database.write() as db:
            asked = _readable(db, municipality, referral_id)
            response = asked.pending
            if response is None:
                raise ConflictError("承認を待っている返事は、いまはありません。")  # noqa: TRY301  said on the page
            if back:
                comment = request.form.get("comment", "")
                referrals.send_back(db, asked, response, person().actor, comment, version=version, now=now())
            else:
                referrals.publish(db, asked, response, person().actor, version, now())
    except (BadInputError, ConflictError, NotAllowedError) as error:
        with context().database.read() as db:
            asked = _readable(db, municipality, referral_id)
        fields = _stored(asked)
        fields.errors["form"] = error.message
        return _page(fields, asked, request.form.get("comment", "")), error.status
    flash("書いた人へ戻しました。" if back else "返事を公開しました。", "good")
    return _to_referral(municipality, referral_id)


def _readable(db: Session, municipality: str, referral_id: int) -> Asked:
    """The referral, if it is this municipality's and this person's. Raises NotFoundError."""
    asked = referrals.get(db, municipality, referral_id)
    if not referrals.may_read(person().actor, asked, now()):
        raise NotFoundError("その振り分けは、担当のものではありません。")
    return asked


def _stored(asked: Asked) -> Fields:
    pending = asked.pending
    if pending is None:
        return Fields.of({})
    return Fields.of(
        {
            "kind": pending.kind,
            "text": pending.text,
            "reason": pending.reason,
            "next_report_on": pending.next_report_on.isoformat() if pending.next_report_on else "",
        }
    )


def _page(fields: Fields, asked: Asked, comment: str = "") -> str:
    actor, moment = person().actor, now()
    with context().database.read() as db:
        pending = asked.pending
        waits = pending is not None and pending.state == "submitted"
        no_publish = referrals.why_not_publish(db, asked, pending, actor, moment) if pending and waits else None
        return render_template(
            "console/referral.html",
            fields=fields,
            asked=asked,
            title=round_tables.title(asked.round_table),
            said=statements.of_matter(db, place().id, asked.seen.matter.id),
            words=reports.words(db, place().id),
            reasons=REASON_NEEDED,
            waits=waits,
            publishes=waits and no_publish is None,
            no_answer=referrals.why_not_answer(db, asked, actor, moment),
            no_publish=no_publish,
            left=asked.referral.body == "department"
            and not referrals.people_of(db, place().id, asked.referral.name, person().today),
            comment=comment,
            most=referrals.MAX_TEXT,
        )


def _to_referral(municipality: str, referral_id: int) -> Response:
    return redirect(url_for("console.referrals_show", municipality=municipality, referral_id=referral_id))

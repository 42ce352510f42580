"""An announcement and the month's messages: whom it is narrowed to, ways that fit, going on, who left, a trial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.budget_rules import Blocks
from bot.core.moments import moment_of
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Announcement
from bot.now import real_now
from bot.services import announcement_filters, announcement_lists, blocks, budget_choices, resuming, trials
from bot.services.budget_choices import Choice
from handlers.console.access import context, now, person, right

Answer = str | tuple[str, int] | Response
SHOWN_LEFT = ("sending", "sent", "stopped", "cancelled")


@dataclass(frozen=True)
class Seen:
    """What the pages of one announcement say of it. `rest`: people to whom a stopped send can go on."""

    narrowed: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    rest: int = 0
    may_resume: bool = False
    rest_at: datetime | None = None  # when they go out if somebody presses now, at night
    may_try: bool = False
    blocks: Blocks | None = None


def readable(db: Session, municipality: str, announcement_id: int) -> Announcement:
    """The announcement, if it is this municipality's and this person may read it. Raises NotFoundError."""
    row = announcement_lists.get(db, municipality, announcement_id)
    if not person().may("announcement.read", municipality, announcement_lists.district_ids(db, row)):
        raise NotFoundError("そのお知らせは、担当の地区のものではありません。")
    return row


def seen(db: Session, row: Announcement, districts: tuple[int, ...]) -> Seen:
    """For this person, now."""
    here, moment = row.municipality_id, now()
    writes = person().may("announcement.write", here, districts)
    rest = resuming.waiting(db, row)
    return Seen(
        announcement_filters.in_words(db, here, announcement_filters.stored(row.filters or {})),
        budget_choices.choices(db, row, now()) if writes else (),
        rest,
        bool(rest) and resuming.may_resume(db, row, person().actor, now()),
        at if rest and (at := resuming.goes_at(row, moment)) > moment else None,
        writes and row.frozen_at is None and row.state != "cancelled",
        blocks.of(db, row) if row.frozen_at is not None and row.state in SHOWN_LEFT else None,
    )


@right("announcement.write")
def narrow(municipality: str, announcement_id: int) -> Answer:
    """One of the ways that fit: fewer districts, next month, or only who was told nothing this week."""
    version = request.form.get("version", -1, type=int)
    try:
        with context().database.write() as db:
            row = readable(db, municipality, announcement_id)
            chosen = budget_choices.choose(db, row, person().actor, request.form.get("choice", ""), version, now())
    except (BadInputError, ConflictError) as error:
        flash(error.message, "bad")
        return _back(municipality, announcement_id)
    flash(f"直しました。使う数は{chosen.messages}通です。内容を確かめて、もう一度承認に出してください。", "good")
    return _back(municipality, announcement_id)


@right("announcement.approve")
def resume(municipality: str, announcement_id: int) -> Answer:
    """Go on with a send that ran out of messages, in the morning when it is pressed at night; or rather not."""
    version, moment = request.form.get("version", -1, type=int), now()
    try:
        with context().database.write(durable=True) as db:
            row = readable(db, municipality, announcement_id)
            if "call_back" in request.form:
                resuming.call_back(db, row, person().actor, version, moment)
                said = "続きを送るのを取り消しました。"
            else:
                done = resuming.resume(db, row, person().actor, version, moment, real_now())
                when = f"{moment_of(done.at)}に" if done.at > moment else "いまから"
                said = f"残りの{done.people}人へ、{when}送ります。"
    except (BadInputError, ConflictError) as error:
        flash(error.message, "bad")
        return _back(municipality, announcement_id)
    flash(said, "good")
    return _back(municipality, announcement_id)


@right("announcement.write")
def trial(municipality: str, announcement_id: int) -> Answer:
    """A code that shows the announcement on one's own telephone, for nothing."""
    with context().database.write() as db:
        row = readable(db, municipality, announcement_id)
        code = trials.code(db, row, person().actor, now())
    return render_template("console/announcement_trial.html", row=row, code=code, minutes=30)


def _back(municipality: str, announcement_id: int) -> Response:
    return redirect(url_for("console.announcements_show", municipality=municipality, announcement_id=announcement_id))

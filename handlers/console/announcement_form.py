"""The form for an announcement and the poll it may carry; its preview and reach while it is being written."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flask import flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core import poll_items
from bot.core.poll_items import Item
from bot.core.transitions import COURSE
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Announcement, District
from bot.now import jst
from bot.services import announcements as service
from bot.services import composing, poll_form, poll_years, polls
from bot.services.announcements import MAX_BODY, MAX_SENDER, MAX_TITLE, Draft
from bot.services.composing import Question
from bot.services.poll_form import MAX_CHOICE, MAX_CHOICES, MAX_QUESTION
from content.announcement_examples import examples
from handlers.console import announcement_parts as parts
from handlers.console import announcement_texts, announcement_whom, forms, poll_fields
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.announcements import readable
from handlers.console.circulars import page_of
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
AT_ONCE, AT_TIME = "now", "time"
LIMITS = {
    "title": MAX_TITLE,
    "body": MAX_BODY,
    "sender": MAX_SENDER,
    "question": MAX_QUESTION,
    "choice": MAX_CHOICE,
    "choices": MAX_CHOICES,
}


@right("announcement.write", keeps=True)
def new(municipality: str) -> Answer:
    """Write a new one; saving leads to the page where it is looked through and submitted."""
    if request.method == "GET":
        return _begun(municipality)
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, None)
    if parts.wants_example():
        return _page(parts.filled(fields), None)
    draft, question = _read(fields)
    if fields.errors:
        return _page(fields, None), 400
    try:
        with context().database.write() as db:
            row = composing.write(db, municipality, person().actor, draft, question, now())
    except BadInputError as error:
        fields.errors["form"] = error.message
        return _page(fields, None), 400
    flash("下書きを保存しました。内容を確かめて、承認に出してください。", "good")
    return _to_announcement(municipality, row.id)


@right("announcement.write", keeps=True)
def edit(municipality: str, announcement_id: int) -> Answer:
    """Change one that is not approved; the version says which text the person had before them."""
    with context().database.read() as db:
        row = readable(db, municipality, announcement_id)
        stored, elsewhere = _stored(db, row), page_of(db, row)
    if request.method == "GET" or elsewhere:
        return redirect(elsewhere) if elsewhere else _to_change(row, stored)
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, row)
    if parts.wants_example():
        return _page(parts.filled(fields), row)
    draft, question = _read(fields, row)
    if fields.errors:
        return _page(fields, row), 400
    version = request.form.get("version", -1, type=int)
    try:
        with context().database.write() as db:
            changing = readable(db, municipality, announcement_id)
            composing.rewrite(db, changing, person().actor, draft, question, version=version, now=now())
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _page(fields, row), error.status
    flash("直したものを保存しました。承認に出すと、ほかの人が確かめます。", "good")
    return _to_announcement(municipality, announcement_id)


def _to_change(row: Announcement, stored: Fields) -> Answer:
    """The form; an old link to one that is past changing says so before anything is typed in vain."""
    try:
        COURSE.next_state(row.state, "change")
    except ConflictError as error:
        flash(error.message, "bad")
        return _to_announcement(row.municipality_id, row.id)
    return _page(stored, row)


@right("announcement.write")
def preview(municipality: str) -> Response | tuple[Response, int]:
    """LINE's messages for what stands in the form now; nothing is stored."""
    fields = Fields.posted()
    with context().database.read() as db:
        row = _being_edited(db, municipality, fields)
        if row is not None and fields.value("language"):
            return jsonify({"messages": announcement_texts.sketch(db, row, fields)})
    draft, question = _read(fields, row)
    if fields.value("with_poll"):
        question = _half_written(question, fields)
    unsaved = Announcement(
        id=row.id if row else None,
        municipality_id=municipality,
        title=draft.title or "…",
        body=draft.body or "…",
        sender=draft.sender or "(差出人)",
        audience=draft.audience,
        send_at=draft.send_at,
        **draft.written(),
    )
    try:
        with context().database.read() as db:
            messages = composing.sketch(db, context().sealer, unsaved, question, now())
    except BadInputError:
        return jsonify({"error": "長すぎる文があります。本文か選択肢を短くしてください。"}), 400
    return jsonify({"messages": messages})


def _being_edited(db: Session, municipality: str, fields: Fields) -> Announcement | None:
    """The stored announcement that the form changes, for its picture; None for a new one or somebody else's."""
    number = fields.value("announcement")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    try:
        return readable(db, municipality, int(number))
    except NotFoundError:
        return None


def _read(fields: Fields, row: Announcement | None = None) -> tuple[Draft, Question | None]:
    """The posted form; what is to be mended stands in `fields.errors`."""
    draft = Draft(
        sender=fields.text("sender", "差出人", most=MAX_SENDER),
        title=fields.text("title", "見出し", most=MAX_TITLE),
        body=fields.text("body", "本文", most=MAX_BODY),
        send_at=_read_send_at(fields),
        **announcement_whom.read(fields, row),
        **parts.read(fields, row),
    )
    parts.refuse(fields, draft)
    return draft, _read_question(fields, draft)


def _read_send_at(fields: Fields) -> datetime | None:
    if fields.one_of("when", "いつ送るか", (AT_ONCE, AT_TIME)) != AT_TIME:
        return None
    moment = fields.moment("send", "送る日時")
    if moment is not None and moment <= now():
        fields.errors["send_date"] = "送る日時は、いまよりあとにしてください。"
    return moment


def _read_question(fields: Fields, draft: Draft) -> Question | None:
    if not fields.value("with_poll"):
        return None
    items = poll_fields.read(fields)
    title = fields.text("poll_title", "アンケートの題名", most=MAX_QUESTION, required=len(items) > 1)
    closes_at = fields.moment("close", "締切")
    if closes_at is None:
        return None
    if closes_at <= (draft.send_at or now()):
        fields.errors["close_date"] = "締切は、お知らせを送る日時よりあとにしてください。"
    return replace(
        _question(title, items, closes_at),
        remind_at=_remind_at(fields, draft, closes_at),
        repeats_id=_repeats(fields),
        asks_age=bool(fields.value("asks_age")),
    )


def _remind_at(fields: Fields, draft: Draft, closes_at: datetime) -> datetime | None:
    if not fields.value("remind"):
        return None
    moment = poll_form.remind_at(closes_at)
    if moment <= (draft.send_at or now()):
        fields.errors["remind"] = (
            "送る日と締切が近いので、前の日のお知らせはできません。しるしをはずすか、締切を延ばしてください。"
        )
    return moment


def _repeats(fields: Fields) -> int | None:
    chosen = fields.value("repeats")
    return int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 10 else None


def _question(title: str, items: tuple[Item, ...], closes_at: datetime) -> Question:
    """As it is stored: one plain choice by itself, anything else as items."""
    if poll_fields.is_plain(items):
        return Question(items[0].question, items[0].choices, closes_at)
    return Question(title if len(items) > 1 else items[0].question, (), closes_at, items)


def _half_written(question: Question | None, fields: Fields) -> Question:
    """The poll as far as it has been written, with words in the places still empty."""
    closes_at = question.closes_at if question else _usual_close()
    written = poll_fields.read(Fields(fields.form))
    items = tuple(
        replace(
            item,
            question=item.question or "…",
            choices=item.choices[:MAX_CHOICES] or (("…",) if item.kind in poll_items.CHOOSING else ()),
            after=None,
        )
        for item in written
    )
    return Question(fields.value("poll_title").strip() or items[0].question, items[0].choices, closes_at, items)


def _usual_close() -> datetime:
    """A week from now at five: what a new form offers as the deadline."""
    return jst(now() + timedelta(days=7)).replace(hour=17, minute=0, second=0, microsecond=0)


def _begun(municipality: str) -> str:
    """A new form: empty, with the example of a kind (?kind=), or with an earlier announcement's words (?copy=)."""
    earlier = request.args.get("copy", "")
    if not earlier.isdigit() or len(earlier) > 15:
        fields = _blank()
        if request.args.get("kind") in parts.CHOSEN[:-1]:
            fields.form["about"] = request.args["kind"]
            fields = parts.filled(fields)
        return _page(fields, None)
    with context().database.read() as db:
        row = readable(db, municipality, int(earlier))
        values, dates = parts.copied(dict(_values(db, row)))
        if request.args.get("poll") and row.poll_id is not None:  # asked again: its questions, with a new deadline
            closed = polls.get(db, municipality, row.poll_id).state == "closed"
            values |= {"with_poll": "1", "repeats": str(row.poll_id) if closed else ""}
            values["close_date"] = f"{_usual_close():%Y-%m-%d}"
    gone = f"日付({'、'.join(dates)})は「〇月〇日」に置きかえました。" if dates else ""
    flash(f"「{row.title}」の文を写しました。{gone}写真、チラシ、ほかの言葉は、付け直してください。", "warn")
    allowed = {str(district.id) for district in my_districts("announcement.write")}
    values["districts"] = [one for one in values["districts"] if one in allowed]
    return _page(Fields.of(values), None)


def _blank() -> Fields:
    mine = my_districts("announcement.write")
    return Fields.of(
        {
            "sender": _senders(mine)[0] if mine else "",
            "districts": [str(mine[0].id)] if len(mine) == 1 else [],
            "audience": "home_and_interest",
            "when": AT_ONCE,
            "links": ["page"],
            "close_date": _usual_close().date().isoformat(),
            "close_time": _usual_close().strftime("%H:%M"),
            "with_poll": "1" if request.args.get("poll") else "",
        }
    )


def _stored(db: Session, row: Announcement) -> Fields:
    return Fields.of(_values(db, row))


def _values(db: Session, row: Announcement) -> dict[str, str | list[str]]:
    values: dict[str, str | list[str]] = {
        "sender": row.sender,
        "title": row.title,
        "body": row.body,
        "audience": row.audience,
        "districts": [str(number) for number in service.district_ids(db, row)],
        "when": AT_ONCE if row.send_at is None else AT_TIME,
        **parts.stored(row),
        **announcement_whom.values(row),
    }
    if row.send_at is not None:
        values |= {"send_date": f"{jst(row.send_at):%Y-%m-%d}", "send_time": f"{jst(row.send_at):%H:%M}"}
    if row.poll_id is not None:
        poll = polls.get(db, row.municipality_id, row.poll_id)
        closes = jst(poll.closes_at)
        values |= {
            "with_poll": "1",
            "remind": "1" if poll.remind_at else "",
            "asks_age": "1" if poll.asks_age else "",
            "repeats": str(poll.repeats_id or ""),
            "poll_title": poll.question if poll.items and len(poll.items) > 1 else "",
            **dict(poll_fields.values(polls.items_of(db, poll))),
            "close_date": f"{closes:%Y-%m-%d}",
            "close_time": f"{closes:%H:%M}",
        }
    return values


def _senders(districts: tuple[District, ...]) -> list[str]:
    """Whom an announcement may come from: the councils of these districts; for the whole city also the city."""
    names = [str(district.facts.get("council") or f"{district.name}地区") for district in districts]
    city = [place().municipality.name] if person().may("announcement.write", place().id, ()) else []
    return [*city, *dict.fromkeys(names)]


def _page(fields: Fields, row: Announcement | None) -> str:
    mine = my_districts("announcement.write")
    with context().database.read() as db:
        whom = announcement_whom.offers(db, place().id, mine)
        offers = parts.offers(db, mine)
        earlier = poll_years.choosable(db, place().id, person().actor, now())
    return render_template(
        "console/announcement_form.html",
        fields=fields,
        row=row,
        whom=whom,
        senders=_senders(mine),
        limits=LIMITS,
        parts=parts,
        examples=examples(),
        offers=offers,
        home=context().settings.public_url,
        polls=poll_fields,
        earlier=earlier,
        today=jst(now()).date(),
    )


def _to_announcement(municipality: str, announcement_id: int) -> Response:
    return redirect(url_for("console.announcements_show", municipality=municipality, announcement_id=announcement_id))

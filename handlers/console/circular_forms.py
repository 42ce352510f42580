"""Forms of the circular: one item, and the rule of a district's issue days."""

from __future__ import annotations

import re
import unicodedata

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Circular, CircularItem, CircularRule
from bot.services import announcement_checks, circular_days, circular_items, circulars
from bot.services.announcement_draft import MAX_PARTICULAR, Particulars
from bot.services.circular_items import NewItem
from bot.services.circulars import NewRule
from content import issue_days, recurrence
from content.issue_days import IssueRule
from handlers.console import forms
from handlers.console.access import context, now, person, place, right
from handlers.console.circulars import day_words, readable
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
LIMITS = {
    "sender": circular_items.MAX_SENDER,
    "title": circular_items.MAX_TITLE,
    "body": circular_items.MAX_BODY,
}  # fmt: skip
NUMBERS = {"1": "第1", "2": "第2", "3": "第3", "4": "第4", "5": "第5(ある月だけ)", "-1": "最後の", "0": "毎週"}
PREVIEWED = 6
BREAKS_IN_WORDS = "お盆(8月13日から16日)と、年末年始(12月29日から1月3日)"  # content.issue_days.BREAKS


@right("announcement.write", keeps=True)
def item_new(municipality: str, circular_id: int) -> Answer:
    """Enter an item for whoever sends it."""
    with context().database.read() as db:
        row = readable(db, municipality, circular_id)
        following = _following(municipality, row)
    if request.method == "GET" or forms.restoring():
        blank = Fields.of({"origin": "council", "sender": _council(row), "issue": str(row.id)})
        return _item_page(Fields.posted() if forms.restoring() else blank, row, None, following)
    fields = Fields.posted()
    new = _read_item(fields)
    chosen = fields.numbers("issue") or (row.id,)
    if new is None:
        return _item_page(fields, row, None, following), 400
    try:
        with context().database.write() as db:
            into = readable(db, municipality, chosen[0])
            circular_items.add_item(db, into, person().actor, new, now(), late=bool(fields.value("late")))
            name = circulars.name(into)
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _item_page(fields, row, None, following), error.status
    flash(f"「{new.title}」を{name}に入れました。", "good")
    return redirect(url_for("console.circulars_show", municipality=municipality, circular_id=chosen[0]))


@right("announcement.write", keeps=True)
def item_edit(municipality: str, item_id: int) -> Answer:
    """Rewrite an item; who was quicker is shown beside what was typed."""
    with context().database.read() as db:
        item = circular_items.get_item(db, municipality, item_id)
        row = readable(db, municipality, item.circular_id)
    if request.method == "GET":
        stored = {"origin": item.origin, "sender": item.sender, "title": item.title, "body": item.body}
        stored |= {f"part_{name}": str(text) for name, text in item.particulars.items()}
        return _item_page(Fields.of(stored), row, item, ())
    fields = Fields.posted()
    if forms.restoring():
        return _item_page(fields, row, item, ())
    new = _read_item(fields)
    if new is None:
        return _item_page(fields, row, item, ()), 400
    try:
        with context().database.write() as db:
            changing = circular_items.get_item(db, municipality, item_id)
            version = request.form.get("version", -1, type=int)
            circular_items.change_item(db, changing, person().actor, new, version, now())
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _item_page(fields, row, item, (), there=isinstance(error, ConflictError)), error.status
    flash("直したものを保存しました。", "good")
    return redirect(url_for("console.circulars_show", municipality=municipality, circular_id=row.id))


@right("circular.manage", keeps=True)
def rule(municipality: str, district_id: int) -> Answer:
    """When the circular of a district comes out, its deadline, its hour; the next days are shown before saving."""
    if not any(one.id == district_id for one in place().districts) or not person().may(
        "circular.manage", municipality, (district_id,)
    ):
        raise NotFoundError("その地区は、担当ではありません。")
    with context().database.read() as db:
        row = circulars.rule_of(db, municipality, district_id)
    if request.method == "GET":
        return _rule_page(_stored_rule(row), district_id, row)
    fields = Fields.posted()
    new = _read_rule(fields)
    if new is None or forms.restoring():
        return _rule_page(fields, district_id, row), 200 if forms.restoring() else 400
    if fields.value("act") == "look":
        try:
            issue_days.check(new.rule, person().today)
        except BadInputError as error:
            fields.errors["form"] = error.message
            return _rule_page(fields, district_id, row), 400
        return _rule_page(fields, district_id, row, new)
    try:
        with context().database.write() as db:
            version = request.form.get("version", -1, type=int)
            circulars.set_rule(db, municipality, person().actor, district_id, new, version, now())
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _rule_page(fields, district_id, row), error.status
    flash("発行日を決めました。次の2つの号を用意しました。", "good")
    return redirect(url_for("console.circulars", municipality=municipality))


def _following(municipality: str, row: Circular) -> tuple[Circular, ...]:
    """The open issues of the same district: where an item that is late can go."""
    with context().database.read() as db:
        rows = circulars.listing(db, municipality, [row.district_id], 0)
    return tuple(one for one in rows if one.state == "open")


def _council(row: Circular) -> str:
    with context().database.read() as db:
        return circulars.sender_of(db, row.district_id)[: circular_items.MAX_SENDER]


def _read_item(fields: Fields) -> NewItem | None:
    origin = fields.one_of("origin", "どこからの記事か", circular_items.ORIGIN_NAMES)
    sender = fields.text("sender", "差出人", most=LIMITS["sender"])
    title = fields.text("title", "見出し", most=LIMITS["title"])
    body = fields.text("body", "文", most=LIMITS["body"])
    stands = Particulars(
        **{
            name: fields.text(f"part_{name}", label, most=MAX_PARTICULAR, required=False)
            for name, label in announcement_checks.PARTICULAR_NAMES.items()
        }
    )
    return None if fields.errors else NewItem(origin, sender, title, body, stands)


def _item_page(
    fields: Fields, row: Circular, item: CircularItem | None, following: tuple[Circular, ...], *, there: bool = False
) -> str:
    return render_template(
        "console/circular_item.html", fields=fields, row=row, item=item, following=following, there=there,
        name=circulars.name, origins=circular_items.ORIGIN_NAMES, limits=LIMITS, late=now() > row.closes_at,
    )  # fmt: skip


def _read_rule(fields: Fields) -> NewRule | None:
    way = fields.one_of("way", "発行日の決め方", ("weekday", "days"))
    shift = fields.one_of("shift", "祝日や休みに当たるとき", issue_days.SHIFTS)
    line = ""
    if way == "weekday":
        numbers = tuple(int(one) for one in fields.form.getlist("number") if one in NUMBERS)
        weekday = fields.one_of("weekday", "曜日", map(str, range(7)))
        if not numbers:
            fields.errors["number"] = "第何週かを、1つ以上選んでください。"
        elif not fields.errors:
            line = issue_days.of_weekdays(numbers, int(weekday))
    elif way == "days":
        days = _days(fields.value("days"))
        if not days:
            fields.errors["days"] = "日を、1から31までの数で入れてください(例: 5、20)。"
        line = issue_days.of_month_days(days) if days else ""
    close_days = _number(fields, "close_days", "締切", 1, 28)
    hour = _number(fields, "send_hour", "送る時刻", 7, 20)
    breaks = issue_days.BREAKS if fields.value("breaks") else ()
    if fields.errors:
        return None
    return NewRule(IssueRule(line, shift, breaks), close_days, hour)


def _days(text: str) -> tuple[int, ...]:
    """5、20、末 -> (5, 20, -1), also ５日 ２０日 末日; () for anything else."""
    plain = unicodedata.normalize("NFKC", text).replace("日", "")
    parts = [part for part in re.split(r"[\s、,・]+", plain) if part]
    found = [-1 if part in ("末", "月末") else int(part) if part.isascii() and part.isdigit() else 0 for part in parts]
    return tuple(found) if found and all(one == -1 or 1 <= one <= 31 for one in found) else ()


def _number(fields: Fields, name: str, label: str, low: int, high: int) -> int:
    value = fields.value(name)
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 4 else -1
    if not low <= number <= high:
        fields.errors[name] = f"{label}は、{low}から{high}までの数で入れてください。"
    return number


def _stored_rule(row: CircularRule | None) -> Fields:
    if row is None:
        return Fields.of(
            {"way": "weekday", "number": ["1", "3"], "weekday": "3", "shift": "before", "breaks": "1",
             "close_days": "7", "send_hour": "9"}
        )  # fmt: skip
    parsed = recurrence.parse(row.rule)
    days = "、".join("末" if day == -1 else str(day) for day in parsed.by_month_day)
    return Fields.of(
        {
            "way": "days" if parsed.by_month_day else "weekday",
            "number": [str(nth) for nth, _ in parsed.by_day],
            "weekday": str(parsed.by_day[0][1]) if parsed.by_day else "3",
            "days": days, "shift": row.shift, "breaks": "1" if row.breaks else "",
            "close_days": str(row.close_days), "send_hour": str(row.send_hour),
        }
    )  # fmt: skip


def _rule_page(fields: Fields, district_id: int, row: CircularRule | None, seen: NewRule | None = None) -> str:
    shown = seen.rule if seen is not None else circular_days.issue_rule(row) if row is not None else None
    days = issue_days.upcoming(shown, person().today, PREVIEWED) if shown is not None else []
    return render_template(
        "console/circular_rule.html", fields=fields, district_id=district_id, row=row, numbers=NUMBERS,
        weekdays=issue_days.NAMES, shifts=issue_days.SHIFT_WORDS, words=issue_days.in_words(shown) if shown else "",
        days=[day_words(one) for one in days], breaks=BREAKS_IN_WORDS,
    )  # fmt: skip

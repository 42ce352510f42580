"""Polls: participation while they are open; once they have closed, the tallies, free answers to read, and files."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.core import charts, opinion_statistics
from bot.core.bias import NOT_A_SHARE
from bot.core.round_table_rules import DOORS
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Announcement, Poll, PollText
from bot.now import jst
from bot.services import announcements, bias_meter, poll_texts, poll_years, polls
from bot.services.polls import ItemResult
from content.formats import tables
from handlers.console import list_filter, meter, reading
from handlers.console.access import context, now, person, place, right
from handlers.console.list_filter import Filter
from handlers.console.show import ITEM_KINDS

DOOR_NAMES = {**DOORS, "web": "手紙の券"}
FILES = {
    "csv": ("text/csv; charset=utf-8", "csv"),
    "cp932": ("text/csv; charset=shift_jis", "csv"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
}


@dataclass(frozen=True)
class Shown:
    """An item's result as its page shows it: rows of (words, people, percent, low, high) and the chart of them."""

    number: int
    result: ItemResult
    rows: tuple[tuple[str, int, int, int, int], ...]
    chart: str
    split: tuple[tuple[str, tuple[int, ...]], ...]
    texts: tuple[PollText, ...]
    years: tuple[tuple[str, str, str], ...] = ()  # (words, now, then), beside the same poll of an earlier year
    then: int = 0  # how many answered it then


GROUPS = {"all": "すべて", "open": "受付中", "before": "受付前", "over": "締め切ったもの"}
_GROUP_OF = {"draft": "before", "open": "open"}


@right("poll.read")
def listing(municipality: str) -> str:
    """The polls of the announcements this person may read; those that close next first."""
    wanted = Filter.asked(GROUPS)
    with context().database.read() as db:
        pairs = _mine(db, municipality)
        districts = announcements.district_ids_of(db, [row.id for _, row in pairs])
    found = [
        (poll, row)
        for poll, row in pairs
        if wanted.holds(f"{poll.question} {row.title}", poll.closes_at, districts[row.id])
    ]
    groups = {name: [one for one in found if name in ("all", _group(one[0]))] for name in GROUPS}
    return render_template(
        "console/polls.html", pairs=sorted(groups[wanted.group], key=_order), districts=districts, now=now(),
        filter=wanted, groups=GROUPS, counts={name: len(rows) for name, rows in groups.items()},
        years=list_filter.years([poll.closes_at for poll, _ in pairs]),
    )  # fmt: skip


def _group(poll: Poll) -> str:
    return _GROUP_OF.get(poll.state, "over")


def _order(pair: tuple[Poll, Announcement]) -> tuple[int, float]:
    """Open ones by the next deadline, then those that wait for their announcement, then the newest result."""
    poll = pair[0]
    rank = ("open", "before", "over").index(_group(poll))
    moment = poll.closes_at.timestamp()
    return rank, moment if rank == 0 else -moment


@right("poll.read")
def show_one(municipality: str, poll_id: int) -> str:
    """One poll: while it is open participation only; afterwards what the small-number rule lets be seen."""
    with context().database.read() as db:
        poll, row = readable(db, municipality, poll_id)
        districts = announcements.district_ids(db, row)
        result = polls.result(poll, polls.choices_of(db, poll))
        items = polls.items_of(db, poll)
        texts = poll_texts.listing(db, poll)
        shown = [_shown(number, one, texts, poll) for number, one in enumerate(polls.item_results(db, poll), 1)]
        earlier = poll_years.beside(db, poll)
        who = bias_meter.of_poll(db, poll)
    if texts:
        reading.note(municipality, "poll.read", f"poll:{poll_id}")
    if earlier is not None:
        shown = [_with_years(one, earlier.items.get(one.number - 1)) for one in shown]
    return render_template(
        "console/poll.html", poll=poll, row=row, districts=districts, result=result, items=items, shown=shown,
        now=now(), earlier=earlier, then=_month(earlier.poll) if earlier else "",
        door_names=DOOR_NAMES, who=who, drawn=meter.drawn(who) if who else {},
    )  # fmt: skip


@right("poll.read")
def download(municipality: str, poll_id: int) -> Response:
    """The same tallies as a file: CSV for Excel, cp932, or Excel's own."""
    kind = request.args.get("as", "csv")
    if kind not in FILES:
        raise BadInputError("CSVかExcelを選んでください。")
    with context().database.read() as db:
        poll, _ = readable(db, municipality, poll_id)
        rows = list(_table(polls.item_results(db, poll)))
        who = bias_meter.of_poll(db, poll)
    if not rows:
        raise ConflictError("このアンケートの結果は、まだありません。締切のあとに、もう一度開いてください。")
    reading.note(municipality, "poll.download", f"poll:{poll_id}")
    header: tuple[str, ...] = ("問", "設問", "答え方", "答え", "人数", "回答した人")
    if who is not None and request.args.get("table") == "who":
        header, rows = meter.HEADER, list(meter.rows(who))
    if kind == "xlsx":
        made = tables.to_excel(f"アンケート{poll_id}", header, rows)
    else:
        made = tables.to_csv(header, rows, "cp932" if kind == "cp932" else "utf-8")
    mime, ending = FILES[kind]
    name = f"poll-{poll_id}.{ending}"
    return Response(made, content_type=mime, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@right("poll.show")
def show_text(municipality: str, poll_id: int) -> AnyResponse:
    """A free answer that has been read is shown to everyone, or hidden."""
    text_id, state = request.form.get("text", ""), request.form.get("state", "")
    with context().database.write() as db:
        poll, row = readable(db, municipality, poll_id)
        districts = announcements.district_ids(db, row)
        poll_texts.decide(db, poll, text_id, state, person().actor, districts, now())
    flash("みんなに見えるようにしました。" if state == "shown" else "見えないようにしました。", "good")
    return redirect(url_for("console.polls_show", municipality=municipality, poll_id=poll_id))


def _month(poll: Poll) -> str:
    closed = jst(poll.closes_at)
    return f"{closed.year}年{closed.month}月"


def readable(db: Session, municipality: str, poll_id: int) -> tuple[Poll, Announcement]:
    poll = polls.get(db, municipality, poll_id)
    row = db.scalar(select(Announcement).where(Announcement.poll_id == poll.id))
    districts = announcements.district_ids(db, row) if row else ()
    if row is None or not person().may("poll.read", municipality, districts):
        raise NotFoundError("そのアンケートは、担当の地区のものではありません。")
    return poll, row


def _shown(number: int, result: ItemResult, texts: list[PollText], poll: Poll) -> Shown:
    counts, people = answers(result), result.tally.people
    rows = []
    for words, count in counts:
        low, high = opinion_statistics.wilson(count, people)
        rows.append((words, count, round(100 * count / (people or 1)), round(100 * low), round(100 * high)))
    bars = [
        charts.Bar(words, count / (people or 1), low / 100, high / 100, f"{count}人 {share}%")
        for words, count, share, low, high in rows
    ]
    description = (
        "、".join(f"{words} {count}人" for words, count, *_ in rows) + f"。回答した人は{people}人。{NOT_A_SHARE}"
    )
    by = (poll.tally or {}).get("split_by")
    names = {str(one.id): one.name for one in place().districts} if by == "district" else DOOR_NAMES
    return Shown(
        number,
        result,
        tuple(rows),
        charts.bars(result.item.question, description, bars) if rows else "",
        tuple((names.get(name, "そのほか"), row) for name, row in result.split.items()),
        tuple(one for one in texts if one.item == number - 1),
    )


def _with_years(shown: Shown, then: ItemResult | None) -> Shown:
    """Beside what the same question brought in an earlier year: shares, of a number the middle value."""
    if then is None:
        return shown
    now_, before = shown.result, then
    if now_.item.kind == "number":
        return replace(shown, years=(("まん中の値", _middle(now_), _middle(before)),), then=before.tally.people)
    pairs = zip(answers(now_), answers(before), strict=False)
    years = tuple((words, _share(count, now_), _share(old, before)) for (words, count), (_, old) in pairs)
    return replace(shown, years=years, then=before.tally.people)


def _middle(result: ItemResult) -> str:
    middle = result.tally.middle
    return "-" if middle is None else f"{middle:g}{result.item.unit}"


def _share(count: int, result: ItemResult) -> str:
    return f"{round(100 * count / (result.tally.people or 1))}%"


def answers(result: ItemResult) -> list[tuple[str, int]]:
    """What was answered by how many people, わからない and 答えたくない last; [] when it may not be seen."""
    tally, item = result.tally, result.item
    if tally.counts is None or item.kind == "text":
        return []
    if item.kind == "number":
        found = [
            (f"{low}{item.unit}" if low == high else f"{low}から{high}{item.unit}", n) for low, high, n in tally.bins
        ]
    else:
        found = list(zip(item.choices, tally.counts, strict=True))
    passes = (("わからない", tally.unknown), ("答えたくない", tally.declined))
    return found + ([one for one in passes if item.may_pass])


def _table(results: list[ItemResult]) -> list[tuple[tables.Cell, ...]]:
    rows: list[tuple[tables.Cell, ...]] = []
    for number, one in enumerate(results, 1):
        same = (number, one.item.question, ITEM_KINDS[one.item.kind])
        counts: list[tuple[str, int | None]] = [*answers(one)]
        if not counts:
            counts = [("10人から結果を出します" if one.tally.counts is None else "ひとこと", None)]
        rows += [(*same, words, count, one.tally.people) for words, count in counts]
    return rows


def _mine(db: Session, municipality: str) -> list[tuple[Poll, Announcement]]:
    someone = person()
    rows = announcements.listing(db, municipality, someone.actor, someone.today)
    carrying = {row.poll_id: row for row in rows if row.poll_id is not None}
    query = select(Poll).where(Poll.municipality_id == municipality, Poll.id.in_(carrying)).order_by(Poll.id.desc())
    return [(poll, carrying[poll.id]) for poll in db.scalars(query)]

"""What a round's votes on others' words came to: lists, bars, groups if they are real, who took part; and as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response, render_template, request

from bot.core import chart_maps, charts
from bot.errors import BadInputError, ConflictError
from bot.models import RoundAudience
from bot.services import bias_meter, opinion_audience, opinions, round_tables
from bot.services.bias_meter import Meter
from bot.services.opinions import Group, Opinions, Stand
from content.formats import tables
from handlers.console import meter
from handlers.console.access import context, right
from handlers.console.polls import FILES
from handlers.console.round_tables import readable

LABEL = 30  # characters of a statement beside its bar; the table has all of it
MOST_MARKS = 80
Rows = Sequence[Sequence[tables.Cell]]


@dataclass(frozen=True)
class Part:
    """One list with its chart."""

    name: str
    meaning: str
    stands: tuple[Stand, ...]
    chart: str


@right("round_table.read")
def show_one(municipality: str, round_table_id: int) -> str:
    """While votes are open, how many voted; afterwards everything that may be seen."""
    with context().database.read() as db:
        row = readable(db, municipality, round_table_id)
        seen = opinions.of_round(db, row)
        audience = opinion_audience.of_round(db, municipality, row.id)
        found = bias_meter.of_round(db, row)
    days = every_day(audience)
    per = people_per_mark(seen.groups) if seen else 0
    return render_template(
        "console/opinions.html",
        row=row,
        title=round_tables.title(row),
        seen=seen,
        parts=_parts(seen) if seen else (),
        meter=found,
        drawn=meter.drawn(found) if found else {},
        per=per,
        map=_map(seen.groups, per) if seen and seen.groups else "",
        days=days,
        days_chart=_days_chart(days),
    )


@right("round_table.read")
def download(municipality: str, round_table_id: int) -> Response:
    """One of the page's tables as a file."""
    kind, table = request.args.get("as", "csv"), request.args.get("table", "statements")
    if kind not in FILES or table not in TABLES:
        raise BadInputError("保存する表と、CSVかExcelを選んでください。")
    with context().database.read() as db:
        row = readable(db, municipality, round_table_id)
        seen = opinions.of_round(db, row)
        audience = opinion_audience.of_round(db, municipality, row.id)
        found = bias_meter.of_round(db, row)
    if seen is None or seen.state != "closed":
        raise ConflictError("賛成・反対の数は、締切のあとに出ます。締切のあとに、もう一度開いてください。")
    header, rows = {"statements": _statements(seen), "districts": _who(found), "days": _days(audience)}[table]
    if kind == "xlsx":
        made = tables.to_excel(TABLES[table], header, rows)
    else:
        made = tables.to_csv(header, rows, "cp932" if kind == "cp932" else "utf-8")
    mime, ending = FILES[kind]
    name = f"round-table-{row.id}-{table}.{ending}"
    return Response(made, content_type=mime, headers={"Content-Disposition": f'attachment; filename="{name}"'})


TABLES = {"statements": "声ごとの数", "districts": "参加した人", "days": "参加した人の数"}


def _statements(seen: Opinions) -> tuple[Sequence[str], Rows]:
    header = (
        "分け方",
        "番号",
        "声",
        "答えた人",
        "賛成",
        "反対",
        "わからない・パス",
        "賛成の割合の下",
        "賛成の割合の上",
    )
    names = opinions.LISTS | {"other": "そのほか"}
    rows: list[tuple[tables.Cell, ...]] = [
        (names[key], one.number, one.text, one.seen, one.agree, one.disagree, one.passed, *one.interval(one.agree))
        for key, found in seen.lists.items()
        for one in found
    ]
    return header, rows


def _who(found: Meter | None) -> tuple[Sequence[str], Rows]:
    return meter.HEADER, meter.rows(found) if found else []


def _days(audience: RoundAudience | None) -> tuple[Sequence[str], Rows]:
    return ("この日まで", "参加した人"), list(audience.days) if audience else []


def _parts(seen: Opinions) -> tuple[Part, ...]:
    names = opinions.LISTS | {"other": "そのほか"}
    return tuple(
        Part(names[key], opinions.MEANINGS[key], found, _bars(key, names[key], found))
        for key, found in seen.lists.items()
        if found
    )


def _bars(key: str, name: str, found: Sequence[Stand]) -> str:
    rows = []
    for one in found:
        word, people = telling(key, one)
        low, high = one.interval(people)
        text = one.text if len(one.text) <= LABEL else f"{one.text[:LABEL]}…"
        rows.append(
            charts.Bar(
                f"{one.number} {text}",
                people / one.seen,
                low / 100,
                high / 100,
                f"{word} {one.percent(people)}%".strip(),
            )
        )
    return charts.bars(f"{name}の声", "。".join(one.words for one in found), rows)


def telling(key: str, one: Stand) -> tuple[str, int]:
    """Which answer a list's bar shows: what most said; of the list わからない that itself, without a word."""
    if key == "unsure":
        return "", one.passed
    return ("賛成", one.agree) if one.agree >= one.disagree else ("反対", one.disagree)


def people_per_mark(groups: Sequence[Group]) -> int:
    """How many people a mark on the map stands for: five, or more where there are many."""
    return 5 * max(1, -(-sum(one.size for one in groups) // (5 * MOST_MARKS)))


def _map(groups: Sequence[Group], per: int) -> str:
    marks = [max(1, round(one.size / per)) for one in groups]
    dots = chart_maps.crowds([(one.x, one.y) for one in groups], marks)
    description = "、".join(f"グループ{one.name} 約{one.size}人" for one in groups)
    return chart_maps.opinion_map("グループの図", description, dots, [f"{one.name} 約{one.size}人" for one in groups])


def every_day(audience: RoundAudience | None) -> list[tuple[date, int]]:
    """How many had taken part by each day; a day with fewer than five more stays with the one before."""
    noted = [(date.fromisoformat(day), people) for day, people in audience.days] if audience else []
    if not noted:
        return []
    length = (noted[-1][0] - noted[0][0]).days + 1
    days = [noted[0][0] + timedelta(days=at) for at in range(length)]
    return [(day, max(people for until, people in noted if until <= day)) for day in days]


def _days_chart(days: Sequence[tuple[date, int]]) -> str:
    description = "、".join(f"{day.month}月{day.day}日 {people}人" for day, people in days)
    return charts.over_time("参加した人の数(この日まで)", description, days) if len(days) > 1 else ""

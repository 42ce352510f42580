"""The figures (統計): a council sees its own districts, the city sees all. Each is a chart, a table and a file."""

from __future__ import annotations

from flask import Response, render_template, request
from sqlalchemy.orm import Session

from bot.core import figure_rules
from bot.errors import BadInputError, NotFoundError
from bot.now import jst
from bot.services.figures import Scope
from content.formats import tables
from handlers.console import figure_sections
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.figure_sections import MEASURES, Section
from handlers.console.polls import FILES

PAGES = {"participation": "参加", "activity": "動き", "answers": "返事", "ratings": "記事の評価", "blocks": "ブロック"}
LEADS = {
    "participation": "どの地区の、どれくらいの人がLINEで参加しているかを見ます。",
    "activity": "質問、お知らせ、声、アンケートの回答が、どう動いているかを見ます。",
    "answers": "質問と声に、どれだけ返事ができているかを見ます。",
    "ratings": "記事が見つけやすく、分かりやすく、役に立っているかを見ます。",
    "blocks": "お知らせのあとにやめる人が増えていないかを見ます。",
}
RANGES = {"month": "月ごと(1年)", "week": "週ごと(半年)"}


@right("figures.read")
def show(municipality: str) -> str:
    """One page of figures: ?show= which, ?district= whose, ?by= month or week, ?of= what the tiles show."""
    shown, scope = _shown(), _scope(municipality)
    with context().database.read() as db:
        sections = _sections(db, shown, scope)
    return render_template(
        "console/figures.html",
        pages=PAGES,
        shown=shown,
        lead=LEADS[shown],
        sections=sections,
        scope=scope,
        whole=_whole(municipality),
        districts=my_districts("figures.read"),
        measures=MEASURES,
        measure=_measure(),
        ranges=RANGES,
        by=_by(scope),
        asked={name: request.args[name] for name in ("district", "by", "of") if request.args.get(name)},
        today=scope.today,
    )


@right("figures.read")
def download(municipality: str) -> Response:
    """One table of a page as a file."""
    kind, shown, scope = request.args.get("as", "csv"), _shown(), _scope(municipality)
    if kind not in FILES:
        raise BadInputError("CSVかExcelを選んでください。")
    with context().database.read() as db:
        found = next((one for one in _sections(db, shown, scope) if one.key == request.args.get("table")), None)
    if found is None:
        raise BadInputError("保存する表を選んでください。")
    if kind == "xlsx":
        made = tables.to_excel(found.title, found.header, found.rows)
    else:
        made = tables.to_csv(found.header, found.rows, "cp932" if kind == "cp932" else "utf-8")
    mime, ending = FILES[kind]
    name = f"figures-{found.key}-{scope.today.isoformat()}.{ending}"
    return Response(made, content_type=mime, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _sections(db: Session, shown: str, scope: Scope) -> list[Section]:
    months = figure_rules.months(scope.today)
    match shown:
        case "activity":
            periods = figure_rules.weeks(scope.today) if _by(scope) == "week" else months
            return figure_sections.activity(db, scope, periods)
        case "answers":
            return figure_sections.answers(db, scope, months, now())
        case "ratings":
            return figure_sections.ratings(db, scope)
        case "blocks":
            return figure_sections.blocks(db, scope, months)
    mine = [one for one in my_districts("figures.read") if scope.place in (None, one.id)]
    return figure_sections.participation(db, scope, place().districts, mine, _measure())


def _shown() -> str:
    shown = request.args.get("show", "participation")
    if shown not in PAGES:
        raise NotFoundError("その統計は、ありません。")
    return shown


def _whole(municipality: str) -> bool:
    """Whether this person sees the whole city."""
    return person().may("figures.read", municipality, ())


def _scope(municipality: str) -> Scope:
    """One of my districts, or the whole city for who sees all of it. Raises NotFoundError for somebody else's."""
    mine = [one.id for one in my_districts("figures.read")]
    wanted = request.args.get("district", "")
    today = jst(now()).date()
    if not wanted and _whole(municipality):
        return Scope(municipality, None, today)
    chosen = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None
    if not wanted and mine:
        return Scope(municipality, mine[0], today)
    if chosen not in mine:
        raise NotFoundError("その地区の統計は、担当の地区のものではありません。")
    return Scope(municipality, chosen, today)


def _measure() -> str:
    return request.args["of"] if request.args.get("of") in MEASURES else "residents"


def _by(scope: Scope) -> str:
    """Weeks are for the whole city only: a district's week beside its month would tell small numbers."""
    return "week" if scope.place is None and request.args.get("by") == "week" else "month"

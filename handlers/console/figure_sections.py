"""The figures as sections of a page: each a sentence, a chart, and a table of the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.core import chart_maps, charts, figure_rules, tile_grid
from bot.core.chart_maps import Tile
from bot.core.charts import Bar, Column
from bot.core.figure_rules import Period
from bot.core.tally import SHOWN_FROM
from bot.core.tile_grid import Spot
from bot.models import District
from bot.services import figures
from bot.services.figures import Place, Scope, Series
from content.formats.tables import Cell

HIDDEN = "5人未満"
MEASURES = {"residents": "登録した人", "share": "人口に占める割合", "answers": "1年の回答"}
QUESTIONS = {"found": "見つけやすかった", "clear": "わかりやすかった", "useful": "参考になった"}


@dataclass(frozen=True)
class Section:
    """One figure: its name for files, heading, finding, chart, table, and what one should know of it."""

    key: str
    title: str
    finding: str
    chart: str
    header: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    note: str = ""
    tiles: bool = False


NOTES = {
    "participation": (
        "タイルは、センターのおよその場所に並べています。1年の回答は、アンケートと円卓会議に参加した人ののべ人数で、"
        "少ない地区の分は入っていません。市のまん中は、5つより多い地区で数が分かるときに出します。"
    ),
    "asked": "数え始める前の月は出ません。",
    "place": "地区の数は、少ない月はほかの地区とまとめるため、出しません。",
    "answered": (f"質問が{SHOWN_FROM}件から出します。「ちがう」と言われた答えは、答えられた数に入れていません。"),
    "voices": "確認して公開した日で数えます。",
    "polls": "締め切った日で数えます。世論の割合ではありません。",
    "blocks": (
        "お知らせのあと2日のうちにブロックした人の割合です。人数が1人から4人の回と、届いた人が少ない回は、入れていません。"
    ),
    "few": "1人から4人の月は出しません。",
    "residents": "月の終わりの人数を、5人きざみに切り上げています。",
    "promised": "円卓会議で振り分けた声です。約束の日は、振り分けたときに決めた日です。",
    "ratings": (
        "点は、はい=100、どちらともいえない=50、いいえ=0の平均です。10人から出します。"
        "直すとよい記事は「記事」の「評価」にあります。"
    ),
}


def participation(
    db: Session, scope: Scope, every: Sequence[District], mine: Sequence[District], measure: str
) -> list[Section]:
    """Districts as tiles for who sees the whole city; a council's own as bars, beside the middle of all."""
    found = figures.places(db, scope.municipality, every, scope.today)
    middles = figures.middles(found)
    own = {one.id for one in mine}
    shown = [one for one in found if one.district.id in own]
    middle = {"residents": middles.residents, "share": middles.of_population, "answers": middles.answers}[measure]
    finding = _standing(shown, measure, middle, len(every))
    draw = _tiles if len(shown) > 1 else _place_bars
    rows: list[tuple[Cell, ...]] = [
        (
            one.district.name,
            HIDDEN if one.residents is None else one.residents,
            None if one.of_population is None else round(100 * one.of_population, 1),
            one.answers,
        )
        for one in shown
    ]
    rows.append(("市のまん中", middles.residents, _percent(middles.of_population), middles.answers))
    title = f"地区ごとの{MEASURES[measure]}"
    return [
        Section(
            "participation", title, finding, draw(title, finding, shown, measure, middle),
            ("地区", "登録した人", "人口の%", "1年の回答"), rows,
            NOTES["participation"],
            tiles=len(shown) > 1,
        )
    ]  # fmt: skip


def _measure(measure: str) -> tuple[Callable[[Place], float | None], Callable[[Place], str]]:
    match measure:
        case "share":
            return (lambda one: one.of_population), (lambda one: _share_words(one.of_population, one.residents))
        case "answers":
            return (lambda one: one.answers), (lambda one: "—" if one.answers is None else f"{one.answers:,}人")
        case _:
            return (lambda one: one.residents), (
                lambda one: HIDDEN if one.residents is None else f"{one.residents:,}人"
            )


def _share_words(share: float | None, residents: int | None) -> str:
    return f"{share:.1%}" if share is not None else HIDDEN if residents is None else "人口なし"


def _standing(shown: Sequence[Place], measure: str, middle: float | None, places: int) -> str:
    """Where these districts stand, without a ranking."""
    value, words = _measure(measure)
    among = "" if middle is None else f"{places}地区のまん中は{_in_words(measure, middle)}です。"
    if len(shown) == 1:
        return f"{shown[0].district.name}は{words(shown[0])}です。{among}"
    unknown = sum(1 for one in shown if value(one) is None)
    return (among or "数の分かる地区が少ないため、まん中は出しません。") + (
        f"数を出せない地区が{unknown}あります。" if unknown else ""
    )


def _in_words(measure: str, value: float) -> str:
    return f"{value:.1%}" if measure == "share" else f"{value:,.0f}人"


def _tiles(title: str, finding: str, shown: Sequence[Place], measure: str, _middle: float | None) -> str:
    value, words = _measure(measure)
    grid = tile_grid.layout([_spot(one.district) for one in shown])
    highest = max((value(one) or 0.0 for one in shown), default=0.0)
    tiles = [
        Tile(*grid[str(one.district.id)], one.district.name, words(one), chart_maps.step_of(value(one) or 0.0, highest))
        for one in shown
    ]
    said = "、".join(f"{one.district.name} {words(one)}" for one in shown)
    return chart_maps.tiles(title, f"{finding}{said}。", tiles)


def _place_bars(title: str, finding: str, shown: Sequence[Place], measure: str, middle: float | None) -> str:
    value, words = _measure(measure)
    top = max([value(one) or 0.0 for one in shown] + [middle or 0.0]) or 1.0
    rows = [Bar(one.district.name, (value(one) or 0) / top, None, None, words(one)) for one in shown]
    if middle is not None:
        rows.append(Bar("市のまん中", middle / top, None, None, _in_words(measure, middle)))
    return charts.bars(title, finding, rows) if rows else ""


def _spot(district: District) -> Spot:
    lat, lon = (_degrees(district.facts.get(name)) for name in ("lat", "lon"))
    return Spot(str(district.id), lat, lon) if lat is not None and lon is not None else Spot(str(district.id))


def _degrees(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def activity(db: Session, scope: Scope, periods: Sequence[Period]) -> list[Section]:
    """What goes on: questions, answers to them, announcements, voices, poll answers."""
    asked, answered, wrong = (figures.counted(db, scope, kind, periods) for kind in ("asked", "answered", "wrong"))
    shares = figures.answered_share(asked, answered, wrong)
    sent, voices, polls = (
        Series(tuple(found))
        for found in (
            figures.told(db, scope, periods).sent,
            figures.voices(db, scope, periods),
            figures.poll_answers(db, scope, periods),
        )
    )
    note = NOTES["asked"] + (NOTES["place"] if scope.place is not None else "")
    return [
        _numbers("asked", "質問", periods, asked, "件", note),
        _shares("answered", "質問に答えられた割合", periods, shares, NOTES["answered"]),
        _numbers("announcements", "送ったお知らせ", periods, sent, "件"),
        _numbers("voices", "公開した声", periods, voices, "件", NOTES["voices"]),
        _numbers("polls", "アンケートの回答", periods, polls, "人", NOTES["polls"]),
    ]


def blocks(db: Session, scope: Scope, periods: Sequence[Period]) -> list[Section]:
    """Who left within two days after an announcement; for the whole city also who came and left."""
    told = figures.told(db, scope, periods)
    pairs = zip(told.left, told.reached, strict=True)
    shares = Series(tuple(figure_rules.share(left, reached) for left, reached in pairs))
    note = NOTES["blocks"] + (f"入れていないお知らせは{told.hidden}件です。" if told.hidden else "")
    columns = zip(periods, told.sent, told.reached, told.left, shares.values, strict=True)
    rows: list[tuple[Cell, ...]] = [
        (period.name, sent, reached, left, _percent(share)) for period, sent, reached, left, share in columns
    ]
    header = ("月", "お知らせ", "届いた人", "ブロックした人", "割合(%)")
    first = _shares("blocks", "お知らせのあとのブロック率", periods, shares, note, digits=1)
    found = [replace(first, header=header, rows=rows)]
    if scope.place is not None:
        return found
    people = figures.people(db, scope.municipality, periods)
    return [
        *found,
        _numbers("joined", "友だちになった人", periods, people["joined"], "人", NOTES["few"]),
        _numbers("left", "やめた人(ブロック)", periods, people["left"], "人", NOTES["few"]),
        _numbers("residents", "登録している人", periods, people["residents"], "人", NOTES["residents"]),
    ]


def answers(db: Session, scope: Scope, periods: Sequence[Period], now: datetime) -> list[Section]:
    """How much is answered: questions, and referred voices by the promised day."""
    asked, answered, wrong = (figures.counted(db, scope, kind, periods) for kind in ("asked", "answered", "wrong"))
    shares = figures.answered_share(asked, answered, wrong)
    kept = figures.promised(db, scope, periods, now)
    due, in_time = sum(kept.due), sum(kept.in_time)
    said = "約束の日が来た声は、まだありません。"
    if due:
        said = f"約束の日が来た{due}件のうち、{in_time}件({in_time / due:.0%})に、その日までに返事をしました。"
    columns = [
        Column(period.tick, 100 * good / all_ if all_ else None, f"{round(100 * good / all_)}%" if all_ else "")
        for period, all_, good in zip(periods, kept.due, kept.in_time, strict=True)
    ]
    title = "約束の日までに返事をした割合"
    drawn = charts.columns(title, said + _listed(periods, columns), columns, most=100) if due else ""
    header = ("月", "約束の日が来た", "その日までに", "あとから", "まだ")
    names = (one.name for one in periods)
    rows: list[tuple[Cell, ...]] = list(zip(names, kept.due, kept.in_time, kept.late, kept.missing, strict=True))
    return [
        _shares("questions", "質問に答えられた割合", periods, shares, NOTES["answered"]),
        Section("promised", title, said, drawn, header, rows, NOTES["promised"]),
    ]


def ratings(db: Session, scope: Scope) -> list[Section]:
    """What residents said of entries, all of them together and one by one."""
    found, whole = figures.rated(db, scope)
    known = [(QUESTIONS[name], score.value) for name, score in whole.items() if score.value is not None]
    said = "、".join(f"{name} {value}点" for name, value in known)
    finding = f"{said}です(100点が全員「はい」)。" if said else f"答えが{SHOWN_FROM}人に届いた質問は、まだありません。"
    bars = [Bar(name, value / 100, None, None, f"{value}点") for name, value in known]
    rows: list[tuple[Cell, ...]] = [
        (one.entry.title, *(cell for name in QUESTIONS for cell in (one.scores[name].value, one.scores[name].answers)))
        for one in found
    ]
    header = ("記事", *(part for name in QUESTIONS.values() for part in (f"{name}(点)", "答えた人")))
    drawn = charts.bars("記事の評価", finding, bars) if bars else ""
    return [Section("ratings", "記事の評価", finding, drawn, header, rows, NOTES["ratings"])]


def _numbers(key: str, title: str, periods: Sequence[Period], series: Series, unit: str, note: str = "") -> Section:
    known = [value for value in series.values if value is not None]
    last = next((value for value in reversed(series.values) if value is not None), None)
    finding = (
        f"この間に{series.total:,.0f}{unit}、いちばん新しい数は{last:,.0f}{unit}です。"
        if known and last is not None and key != "residents"
        else f"いまは約{last:,.0f}{unit}です。" if last is not None else "まだ数がありません。"
    )  # fmt: skip
    columns = [
        Column(one.tick, value, "" if value is None else f"{value:,.0f}")
        for one, value in zip(periods, series.values, strict=True)
    ]
    rows: list[tuple[Cell, ...]] = [
        (one.name, None if value is None else round(value)) for one, value in zip(periods, series.values, strict=True)
    ]
    drawn = charts.columns(title, finding + _listed(periods, columns), columns) if any(known) else ""
    return Section(key, title, finding, drawn, ("期間", f"{title}({unit})"), rows, note)


def _shares(key: str, title: str, periods: Sequence[Period], series: Series, note: str, digits: int = 0) -> Section:
    columns = [
        Column(one.tick, None if value is None else 100 * value, "" if value is None else f"{100 * value:.{digits}f}%")
        for one, value in zip(periods, series.values, strict=True)
    ]
    known = [(one, value) for one, value in zip(periods, series.values, strict=True) if value is not None]
    finding = f"{known[-1][0].name}は{known[-1][1]:.{digits}%}です。" if known else "まだ数がありません。"
    rows: list[tuple[Cell, ...]] = [
        (one.name, _percent(value)) for one, value in zip(periods, series.values, strict=True)
    ]
    most = 0.0 if digits else 100.0
    drawn = charts.columns(title, finding + _listed(periods, columns), columns, most=most) if known else ""
    return Section(key, title, finding, drawn, ("期間", f"{title}(%)"), rows, note)


def _listed(periods: Sequence[Period], columns: Sequence[Column]) -> str:
    found = [f"{one.name} {column.words}" for one, column in zip(periods, columns, strict=True) if column.words]
    return "、".join(found) + "。" if found else ""


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)

"""Everything a city can decide, in one list with what is decided now; two forms for what has no page of its own."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.round_table_rules import RESPONSES
from bot.errors import BadInputError
from bot.models import Channel, Feed
from bot.services import approval, budget, city_rules, lanes, listening, reports, weather
from handlers.console.access import context, now, person, place, right
from handlers.console.forms import Fields

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Line:
    """One thing that can be decided: its name, how it stands, and where it is changed (None: not by this person)."""

    name: str
    stands: str
    address: str | None


def add(console: Blueprint, path: str) -> None:
    """The pages, below the municipality's own path."""
    console.add_url_rule(f"{path}/settings", "settings", overview)
    console.add_url_rule(f"{path}/settings/words", "settings_words", words, methods=["POST"])
    console.add_url_rule(f"{path}/settings/checks", "settings_checks", checks, methods=["POST"])


@right("settings.read")
def overview(municipality: str) -> str:
    """What is decided, and where it is changed."""
    return _page(municipality, Fields.of({}))


@right("settings.write")
def words(municipality: str) -> Answer:
    """How the kinds of responses are called."""
    fields = Fields.posted()
    try:
        with context().database.write() as db:
            chosen = {kind: fields.value(f"word_{kind}") for kind in RESPONSES}
            changed = city_rules.set_words(db, municipality, person().actor, chosen, now())
    except BadInputError as error:
        fields.errors["form"] = error.message
        return _page(municipality, fields), 400
    return _done(municipality, "返事の言葉を変えました。次に見る人から、この言葉です。" if changed else None)


@right("settings.write")
def checks(municipality: str) -> Answer:
    """How long a checked fact holds."""
    fields = Fields.posted()
    days = {kind: fields.form.get(f"days_{kind}", 0, type=int) for kind in city_rules.CHECKED}
    try:
        with context().database.write() as db:
            changed = city_rules.set_checks(db, municipality, person().actor, days, now())
    except BadInputError as error:
        fields.errors["form"] = error.message
        return _page(municipality, fields), 400
    return _done(municipality, "確かめる時期を変えました。" if changed else None)


def _done(municipality: str, text: str | None) -> Response:
    flash(text or "変わったところはありません。", "good")
    return redirect(url_for("console.settings", municipality=municipality))


def _page(municipality: str, fields: Fields) -> str:
    with context().database.read() as db:
        lines = _lines(db, municipality)
        own_words = reports.words(db, municipality)
    return render_template(
        "console/settings.html", lines=lines, fields=fields, usual=RESPONSES, words=own_words,
        days=city_rules.check_days(place().municipality), checked=city_rules.CHECKED,
    )  # fmt: skip


def _lines(db: Session, municipality: str) -> list[Line]:
    city, held = place().municipality, approval.rule(db, municipality)
    reserve, percent = budget.rule(db, municipality)
    terms, cap = listening.terms(db, municipality, None), lanes.cap_of(db, municipality)
    warnings = weather.rule_of(db, municipality)
    feeds = db.query(Feed).filter(Feed.municipality_id == municipality).count()
    connected = db.get(Channel, municipality) is not None
    approved = f"承認から{held.hold_minutes}分あとに送る。{held.wait_hours}時間待って市にも頼む"
    spare = f"{'1割' if reserve is None else f'{reserve}通'}。{percent}%がブロックしたら知らせる"
    warned = "送り方を決めています" if warnings else "まだ決めていません(送りません)"
    found = (
        ("市町村の名前と言葉", f"{city.name}、{len(city.languages)}の言葉", "setup_municipality", "settings.manage"),
        ("地区", f"{len(place().districts)}地区", "districts", "district.read"),
        ("LINE", "つながっています" if connected else "まだつながっていません", "setup_line", "settings.manage"),
        ("承認", approved, "approval", "approval.settings"),
        ("1週間に届ける数", f"{cap}通まで" if cap else "決めていません", "schedule", "announcement.write"),
        ("今月の通数の予備", spare, "budget", "announcement.read"),
        ("声の受付", f"{terms.promise_hours}時間のうちに確かめる", "statements_settings", "statement.settings"),
        ("選挙の期間", "お知らせとアンケートを止める日", "statements_elections", "election.write"),
        ("気象警報", warned, "weather", "weather.read"),
        ("読みに行くデータ", f"{feeds}件" if feeds else "ありません", "imports", "open_data.read"),
        ("返事の定型文", "相談の返事に使う文", "reply_templates", "inquiry.answer"),
        ("残す期間・住民のデータ", "何をいつ消すか", "privacy", "privacy.read"),
    )  # fmt: skip
    return [Line(name, stands, _address(municipality, endpoint, need)) for name, stands, endpoint, need in found]


def _address(municipality: str, endpoint: str, need: str) -> str | None:
    return url_for(f"console.{endpoint}", municipality=municipality) if person().may(need, municipality) else None

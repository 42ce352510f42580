"""Weather warnings: what is in force, what the city does with them, and a telegram from a file."""

from __future__ import annotations

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError
from bot.models import Municipality
from bot.services import weather
from content.formats import jma
from handlers.console import forms
from handlers.console.access import context, now, person, right
from handlers.console.forms import Fields

Answer = str | Response | tuple[str, int]

WHY: Final = {
    "exercise": "訓練か試験の電文なので、送っていません",
    "old": "もっと新しい電文がもう届いているので、使っていません",
    "late": "発表から3時間よりたっているので、新しい知らせとしては送っていません",
    "ahead": "発表の時刻が先になっているので、使っていません",
    "unchanged": "知らせる強さの警報に、変わりはありません",
    "off": "送らない設定なので、送っていません",
    "seen": "同じ電文は、もう受け取っています",
    "elsewhere": "この市町村についての電文ではありません",
}
MODES: Final = {
    "off": "送らない(職員に知らせるだけ)",
    "approve": "お知らせの文をつくり、ほかの人が承認してから送る",
    "send": "すぐに自動で送る",
}
FROM: Final = {2: "注意報から", 3: "警報から", 4: "危険警報・土砂災害警戒情報から", 5: "特別警報だけ"}


@right("weather.read")
def page(municipality: str) -> Answer:
    """What is in force now, the rule, and the telegrams that came."""
    return _page(municipality, Fields.of({}))


@right("weather.write", keeps=True)
def rule(municipality: str) -> Answer:
    """Decide what is done with warnings."""
    fields = Fields.posted()
    if forms.restoring():
        return _page(municipality, fields)
    level = fields.value("tell_from")
    try:
        with context().database.write() as db:
            mode, tell_from = fields.value("mode"), int(level) if level in {"2", "3", "4", "5"} else 0
            weather.set_rule(db, municipality, person().actor, mode, tell_from, now())
    except BadInputError as error:
        fields.errors["mode"] = error.message
        return _page(municipality, fields), 400
    flash("気象警報の送り方を決めました。", "good")
    return redirect(url_for("console.weather", municipality=municipality))


@right("weather.write")
def file(municipality: str) -> Answer:
    """Take in a telegram from a file, as if it had come from the feed."""
    sent = request.files.get("telegram")
    data = sent.read(jma.MOST_BYTES + 1) if sent else b""
    fields = Fields.of({})
    if not data:
        fields.errors["telegram"] = "気象庁の電文のファイル(XML)を選んでください。"
        return _page(municipality, fields), 400
    try:
        telegram = jma.telegram(data)
        with context().database.write(durable=True) as db:
            taken = weather.take(db, db.get_one(Municipality, municipality), telegram, weather.digest(data), now())
    except BadInputError as error:
        fields.errors["telegram"] = error.message
        return _page(municipality, fields), 400
    said = WHY[taken.why] if taken.why else "お知らせをつくりました"
    flash(f"「{telegram.title}」を受け取りました。{said}。", "good" if taken.announcement_id else "warn")
    return redirect(url_for("console.weather", municipality=municipality))


def _page(municipality: str, fields: Fields) -> str:
    with context().database.read() as db:
        held = sorted(weather.in_force(db, municipality).values(), key=lambda one: -one.level)
        row = weather.rule_of(db, municipality)
        recent = weather.recent(db, municipality)
    return render_template(
        "console/weather.html", fields=fields, held=held, rule=row, recent=recent, why=WHY, modes=MODES, levels=FROM,
    )  # fmt: skip

"""First use, the menu: which are made, whether LINE shows ours; the clock makes them, within seconds."""

from __future__ import annotations

from typing import Final

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from sqlalchemy import select, update
from werkzeug.wrappers import Response

from bot.line.client import Outcome
from bot.models import Alert, RichMenu
from bot.services import alerts, rich_menus
from bot.services.channels import read_channel
from handlers.console import line_check, setup
from handlers.console.access import context, right

ALERT: Final = "menu"  # scheduler.menus raises it


@right("settings.manage")
def show(municipality: str) -> str:
    """How many are made, and what LINE says it shows."""
    standing, shown = setup.standing_of(municipality), ""
    with context().database.read() as db:
        made = rich_menus.made(db, municipality, rich_menus.DEFAULT)
        token = read_channel(db, context().sealer, municipality).token if standing.channel is not None else ""
        failed = db.scalar(select(Alert).where(Alert.municipality_id == municipality, Alert.kind == ALERT))
    if token and made is not None:
        answer = line_check.client().call("GET", "/v2/bot/user/all/richmenu", token)
        found = answer.data.get("richMenuId") if isinstance(answer.data, dict) else None
        shown = "ours" if found == made.line_menu_id else "unknown" if answer.outcome is Outcome.UNKNOWN else "other"
    return render_template(
        "console/setup_menu.html", standing=standing, shown=shown, whole=len(rich_menus.LANGUAGES), failed=failed,
        **setup.steps("menu", standing),
    )  # fmt: skip


@right("settings.manage")
def again(municipality: str) -> Response:
    """Have every menu made anew; the old ones are taken away as they are replaced."""
    with context().database.write() as db:
        db.execute(update(RichMenu).where(RichMenu.municipality_id == municipality).values(digest=""))
        alerts.clear_alert(db, municipality, ALERT)
    flash("メニューを作り直しています。1分ほどかかります。", "good")
    return redirect(url_for("console.setup_menu", municipality=municipality), 303)


@right("settings.manage")
def picture(municipality: str) -> FlaskResponse:
    """The menu's picture in Japanese."""
    made = rich_menus.wanted(municipality, rich_menus.DEFAULT, context().sealer).picture
    return FlaskResponse(made, content_type="image/png")

"""First use, LINE: the two keys pasted and checked with LINE itself, the webhook set and tried.

What LINE neither sets nor tells by its API (redelivery, automatic answers) the clerk ticks; the rest is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, cast

from flask import current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import update
from werkzeug.wrappers import Response

from bot.errors import BadInputError, EntakuError
from bot.line.client import Answer as LineAnswer
from bot.line.client import Outcome
from bot.models import Channel
from bot.services import audit, first_use
from bot.services.channels import ChannelKeys, read_channel, save_channel
from handlers.console import line_check, setup
from handlers.console.access import context, fresh, now, person, right
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
SECRET: Final = re.compile(r"[0-9a-f]{32}")


@right("settings.manage")
@fresh
def show(municipality: str) -> Answer:
    """Where each value stands, the two keys, and what the last check said."""
    if request.method == "GET":
        return _page(municipality, Fields.of({}))
    fields = Fields.posted()
    secret = re.sub(r"\s", "", fields.text("secret", "チャネルシークレット", most=200)).lower()
    token = re.sub(r"\s", "", fields.text("token", "チャネルアクセストークン", most=1000))
    if secret and not SECRET.fullmatch(secret):
        fields.errors["secret"] = (
            f"チャネルシークレットは、0から9とaからfの32文字です(いま{len(secret)}文字)。"
            "「チャネル基本設定」の「チャネルシークレット」を写してください。"
        )
    if not fields.errors:
        info = line_check.who(token)
        _save(municipality, fields, ChannelKeys(municipality, _id_of(info), secret.encode(), token), info)
    return (_page(municipality, fields), 400) if fields.errors else _look(municipality, token, info)


@right("settings.manage")
@fresh
def check(municipality: str) -> Response:
    """Look again, without typing the keys again."""
    try:
        with context().database.read() as db:
            token = read_channel(db, context().sealer, municipality).token
    except EntakuError:
        flash("先に、2つの鍵を入れてください。", "bad")
        return _back(municipality)
    info = line_check.who(token)
    if info.outcome is not Outcome.ACCEPTED:
        flash(line_check.REFUSED if info.outcome is Outcome.TOKEN else line_check.NO_ANSWER, "bad")
        return _back(municipality)
    return _look(municipality, token, info)


@right("settings.manage")
def said(municipality: str) -> Response:
    """What only the clerk can see, in LINE's own pages."""
    with context().database.write() as db:
        row = first_use.progress(db, municipality)
        row.redelivery, row.replies_off = "redelivery" in request.form, "replies_off" in request.form
        both = row.redelivery and row.replies_off
    if both:
        flash("保存しました。", "good")
    else:
        flash("保存しました。まだの所は、LINEの画面で切り替えてから、印を付けてください。", "warn")
    return _back(municipality)


def _save(municipality: str, fields: Fields, keys: ChannelKeys, info: LineAnswer) -> None:
    if info.outcome is not Outcome.ACCEPTED or not keys.bot_user_id:
        refused = info.outcome in {Outcome.TOKEN, Outcome.REFUSED}
        fields.errors["token"] = line_check.REFUSED if refused else line_check.NO_ANSWER
        return
    try:
        with context().database.write(durable=True) as db:
            if other := first_use.other_city(db, keys.bot_user_id, municipality):
                raise BadInputError(
                    f"この公式アカウントは、もう{other}で使っています。市町村ごとに別のアカウントが要ります。"
                )
            save_channel(db, context().sealer, keys)
            audit.record(db, municipality, person().actor, "channel.add", f"channel:{municipality}", now())
    except EntakuError as error:
        fields.errors["token"] = error.message
        return
    # This process reads the new keys at once, the others within half a minute.
    cast("Callable[[], None]", current_app.extensions.get("entaku.channels.forget", lambda: None))()


def _look(municipality: str, token: str, info: LineAnswer) -> Response:
    answered = cast("dict[str, Any]", info.data)
    checked = line_check.webhook(token, line_check.address(municipality), answered, now())
    with context().database.write() as db:
        first_use.progress(db, municipality).checked = checked.json()
        channel = update(Channel).where(Channel.municipality_id == municipality)
        db.execute(channel.values(basic_id=checked.basic_id or None))
    if checked.webhook:
        flash("LINEとつながりました。", "good")
    else:
        flash(f"鍵は正しく、保存しました。{checked.why}", "warn")
    return _back(municipality)


def _id_of(info: LineAnswer) -> str:
    return str(info.data.get("userId", "")) if isinstance(info.data, dict) else ""


def _page(municipality: str, fields: Fields) -> str:
    standing = setup.standing_of(municipality)
    return render_template(
        "console/setup_line.html", fields=fields, standing=standing, checked=standing.progress.checked,
        address=line_check.address(municipality), **setup.steps("line", standing),
    )  # fmt: skip


def _back(municipality: str) -> Response:
    return redirect(url_for("console.setup_line", municipality=municipality), 303)

"""First use, the test: befriend the account, type a word, and get one message as residents will."""

from __future__ import annotations

import time
from typing import Final

from flask import flash, redirect, render_template, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.line.render import Text
from bot.models import OutboxMessage, Resident, SetupProgress
from bot.now import real_now
from bot.services import first_use, officer_links, outbox, poll_print
from bot.services.outbox import At, Recipient
from content.phrases import phrases
from handlers.console import setup
from handlers.console.access import context, now, person, right

WAIT_SECONDS: Final = 5.0  # for LINE's answer, so that the page that follows tells it
LOOK_SECONDS: Final = 0.1
FRIEND: Final = "https://line.me/R/ti/p/"
STATES: Final = {
    "waiting": "送っているところです。少し待って「いまの様子を見る」を押してください。",
    "trying": "送っているところです。少し待って「いまの様子を見る」を押してください。",
    "dead": "LINEが受け取りませんでした。その電話で、公式アカウントをブロックしていないか確かめてください。",
    "dropped": "送れませんでした。今月の通数が残っているか、その電話で友だちになったままかを確かめてください。",
    "unknown": "LINEから返事がありませんでした。電話を見て、届いていなければ、もう一度送ってください。",
}


@right("settings.manage")
def show(municipality: str) -> str:
    """The QR of the account, the word to type, and how the test went."""
    standing = setup.standing_of(municipality)
    row, basic_id = standing.progress, standing.channel.basic_id if standing.channel else None
    digits = row.word if row.word and row.word_until and row.word_until > now() else ""
    word = f"{first_use.WORD} {digits[:3]} {digits[3:]}" if digits else ""
    with context().database.read() as db:
        tester, state = _tester(db, municipality), _state(db, row.message_id)
    friend = FRIEND + basic_id.replace("@", "%40") if basic_id else ""
    typed = poll_print.chat_link(basic_id, word) if basic_id and word else ""
    return render_template(
        "console/setup_test.html", standing=standing, word=word, tester=tester is not None, state=state,
        said=STATES.get(state, ""), basic_id=basic_id, friend=_qr(friend), typed_qr=_qr(typed),
        minutes=int(first_use.WORD_LASTS.total_seconds() // 60), **setup.steps("test", standing),
    )  # fmt: skip


@right("settings.manage")
def word(municipality: str) -> Response:
    """A new word to type."""
    with context().database.write() as db:
        first_use.new_word(db, municipality, now())
    return _back(municipality)


@right("settings.manage")
def send(municipality: str) -> Response:
    """One message to the tester; waits a moment for what LINE says."""
    with context().database.write() as db:
        tester = _tester(db, municipality)
        row = first_use.progress(db, municipality)
        if tester is None:
            flash("先に、自分の電話で友だちになり、言葉を送ってください。", "bad")
            return _back(municipality)
        to = Recipient(municipality, tester, urgency="asked")
        said = [Text(phrases("ja").say("first_use.test"))]
        row.message_id = outbox.add(db, context().sealer, to, said, "notice", At(now(), real_now())).id
        row.tested_at = None
        message = row.message_id
    if _settled(message):
        with context().database.write() as db:
            first_use.progress(db, municipality).tested_at = now()
        flash("LINEが受け取りました。電話を見てください。", "good")
    return _back(municipality)


def _tester(db: Session, municipality: str) -> int | None:
    """To whom tests go: who typed the word, else the linked telephone of who is asking."""
    row = db.get(SetupProgress, municipality)
    found = row.tester_id if row is not None else None
    if found is None:
        link = officer_links.of_staff(db, municipality, person().staff.id)
        found = link.resident_id if link is not None else None
    resident = db.get(Resident, found) if found is not None else None
    return resident.id if resident is not None and resident.state == "active" else None


def _state(db: Session, message_id: int | None) -> str:
    row = db.get(OutboxMessage, message_id) if message_id is not None else None
    return row.state if row is not None else ""


def _settled(message_id: int) -> bool:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
        with context().database.read() as db:
            state = _state(db, message_id)
        if state not in {"waiting", "trying"}:
            return state == "settled"
    return False


def _qr(link: str) -> Markup:
    return Markup(poll_print.qr(link)) if link else Markup()  # noqa: S704  segno draws it from our own text


def _back(municipality: str) -> Response:
    return redirect(url_for("console.setup_test", municipality=municipality), 303)

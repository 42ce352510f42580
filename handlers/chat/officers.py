"""Officers and staff in LINE: linking, what waits for them, the day's summary; their acts are in the modules beside.

Residents never come here: without a link only a code that links, and an officer's button that lies about, are taken.
Each press looks up link, account, roles and state anew, by the same services, checks and audit as the console.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from bot.core import officer_rules
from bot.errors import BadInputError
from bot.line.render import Card, Message, Text
from bot.models import Resident
from bot.now import real_now
from bot.services import approval, officer_links, officer_summary
from bot.services.officer_cards import name_of
from bot.services.officer_links import Officer
from handlers.chat import officers_approving, officers_raining, screens
from handlers.chat.officers_desk import GONE, HOME, NOT_LINKED, behind, desk_of, good, plain
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

# Words of officers, taken only from a linked telephone.
WORDS: Final = {
    "承認": "officer.waiting",
    "承認待ち": "officer.waiting",
    "雨": "officer.rain",
    "雨天": "officer.rain",
    "雨の日": "officer.rain",
    "雨の日の連絡": "officer.rain",
    "きょうのまとめ": "officer.summary",
    "今日のまとめ": "officer.summary",
    "まとめ": "officer.summary",
    "役員": "officer.home",
    "役員メニュー": "officer.home",
    "役員のメニュー": "officer.home",
    "連携": "officer.home",
    "連携を切る": "officer.cut",
}
MOST = 9


class OfficersHandler:
    """Everything of linked officers, before residents' conversations; and the code that links."""

    def wants(self, turn: Turn) -> bool:
        if turn.action.startswith("officer."):
            return True
        if not turn.text:
            return False
        if officer_rules.read_code(turn.text) is not None:
            return True
        named = turn.text.strip() in WORDS or officers_approving.awaits_reason(turn)
        return named and behind(turn) is not None

    def handle(self, turn: Turn) -> Outcome:
        code = officer_rules.read_code(turn.text) if turn.text else None
        if code is not None:
            return _link(turn, code)
        officer = behind(turn)
        if officer is None:
            return screens.plain(turn, "chat.old_button") if not turn.registered else plain(turn, NOT_LINKED)
        action = turn.action or WORDS.get(turn.text.strip(), "officer.reason")
        if action in {"officer.waiting", "officer.rain", "officer.home", "officer.summary", "officer.cut"}:
            return _own(turn, officer, action)
        if not good(turn, officer) and action != "officer.reason":
            return plain(turn, GONE, officer)
        if action in {"officer.plan", "officer.choose", "officer.send"}:
            return officers_raining.handle(turn, officer, action)
        return officers_approving.handle(turn, officer, action)


def _own(turn: Turn, officer: Officer, action: str) -> Outcome:
    match action:
        case "officer.waiting":
            return _waiting(turn, officer)
        case "officer.rain":
            return officers_raining.listing(turn, officer)
        case "officer.summary":
            return _summary(turn, officer)
        case "officer.cut":
            return _cut(turn, officer)
    return _home(turn, officer)


def _link(turn: Turn, code: str) -> Outcome:
    """Use the code up in the transaction that stores this answer."""

    def write(session: Session, resident: Resident) -> list[Message]:
        try:
            officer = officer_links.link(session, resident, code, turn.now, real_now())
        except BadInputError as error:
            return [Text(error.message, screens.ways_out(turn))]
        lines = (
            f"{officer.staff.name}さんのアカウントとつなぎました。",
            "承認のお願い、雨の日の連絡、朝7時30分のまとめが、ここに届きます。",
            "電話をなくしたり替えたりするときは、「連携を切る」を押すか、管理画面で切ってください。",
        )
        desk = desk_of(turn, officer)
        buttons = (
            desk.tap("承認待ちを見る", "officer.waiting"),
            desk.tap("雨の日の連絡", "officer.rain"),
            desk.tap("連携を切る", "officer.cut"),
        )
        return [Card("つながりました", lines, buttons=buttons, choices=screens.ways_out(turn))]

    return Outcome([], {}, write)


def _home(turn: Turn, officer: Officer) -> Outcome:
    summary = _counts(turn, officer)
    return screens.screen(
        turn,
        title=f"{officer.staff.name}さん",
        body=("役員・職員のメニューです。",),
        options=[
            Option(f"承認待ち({summary.to_approve}件)", "officer.waiting"),
            Option(f"雨の日の連絡({summary.to_decide}件)", "officer.rain"),
            Option("きょうのまとめ", "officer.summary"),
            Option("連携を切る", "officer.cut"),
        ],
        here=HOME,
        back=Option("", "home.menu"),
    )


def _waiting(turn: Turn, officer: Officer) -> Outcome:
    """All that waits for this person; a single one is shown at once."""
    found = approval.waiting_for(turn.session, turn.municipality, officer.actor, turn.now)
    if len(found) == 1:
        return officers_approving.show(turn, officer, found[0])
    if not found:
        return plain(turn, "いま、承認を待っているものはありません。", officer)
    options = [
        Option(
            screens.short(name_of(turn.session, one, turn.now), 40),
            "officer.show",
            officers_approving.fields(turn, officer, one),
        )
        for one in found[:MOST]
    ]
    more = (f"ほかに{len(found) - MOST}件あります。管理画面で見られます。",) if len(found) > MOST else ()
    return screens.screen(
        turn,
        title=f"承認を待っているものが{len(found)}件あります",
        body=more,
        options=options,
        here=Option("", "officer.waiting"),
        back=HOME,
    )


def _counts(turn: Turn, officer: Officer) -> officer_summary.Summary:
    days = turn.context.settings.inquiry_promise_days
    return officer_summary.of(turn.session, turn.municipality, officer.actor, turn.now, days)


def _summary(turn: Turn, officer: Officer) -> Outcome:
    card = officer_summary.card(_counts(turn, officer), desk_of(turn, officer))
    return Outcome([card], screens.offering((), Option("", "officer.summary"), HOME))


def _cut(turn: Turn, officer: Officer) -> Outcome:
    def write(session: Session, _resident: Resident) -> None:
        officer_links.cut(session, turn.municipality, officer.staff.id, officer.actor, turn.now, "LINEから")

    text = "連携を切りました。ここには、もう役員・職員の連絡は届きません。住民としての登録は、そのままです。"
    return Outcome([Text(text, screens.ways_out(turn))], {}, write)

"""A rain plan in LINE: one tap to choose, one to send. Two people at once: one wins, the other is told who."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.errors import NotFoundError
from bot.line.limits import MAX_MESSAGES
from bot.line.render import Message
from bot.models import RainPlan
from bot.services import officer_cards, rain_deciding, rain_plans
from bot.services.officer_links import Officer
from handlers.chat import screens
from handlers.chat.officers_desk import GONE, HOME, acted, desk_of, number, plain
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

NONE = "いま、あなたが決める雨の日の連絡はありません。"


def listing(turn: Turn, officer: Officer) -> Outcome:
    """Every plan this person may choose in, each with its buttons."""
    found = rain_plans.to_decide(turn.session, turn.municipality, officer.actor, turn.now)
    if not found:
        return plain(turn, NONE, officer)
    desk = desk_of(turn, officer)
    cards = [officer_cards.plan_ask(turn.session, desk, plan) for plan in found[:MAX_MESSAGES]]
    return Outcome(cards, screens.offering((), Option("", "officer.rain"), HOME))


def handle(turn: Turn, officer: Officer, action: str) -> Outcome:
    """One of this module's presses, checked already for person and age."""
    plan = _plan(turn)
    if plan is None:
        return plain(turn, GONE, officer)
    if said_before := rain_plans.said(turn.session, plan):
        return plain(turn, f"もう決まっています。{said_before}", officer)
    if plan.state != "approved" or not rain_plans.may_decide(turn.session, plan, officer.actor, turn.now):
        return plain(turn, NONE, officer)
    desk, choice = desk_of(turn, officer), turn.fields.get("c", "")
    if action == "officer.plan":
        card = officer_cards.plan_ask(turn.session, desk, plan)
    elif choice not in rain_deciding.choices(plan) or number(turn, "v") != plan.version:
        return plain(turn, "この用意は、そのあとで変わりました。「雨の日の連絡」から、開きなおしてください。", officer)
    elif action == "officer.send":
        return _send(turn, officer, plan, choice)
    else:
        card = officer_cards.plan_sure(turn.session, desk, plan, choice)
    return Outcome([card], screens.offering((), Option("", "officer.rain"), HOME))


def _send(turn: Turn, officer: Officer, plan: RainPlan, choice: str) -> Outcome:
    plan_id, version = plan.id, plan.version

    def act(session: Session, now_officer: Officer) -> Message:
        found = rain_plans.get(session, turn.municipality, plan_id)
        row = rain_deciding.decide(
            session, found, now_officer.actor, choice, version, turn.now, sealer=turn.context.sealer
        )
        return officer_cards.plan_decided(desk_of(turn, officer), row)

    return acted(turn, officer, "送りませんでした。", act)


def _plan(turn: Turn) -> RainPlan | None:
    plan_id = number(turn, "p") or number(turn, "i")
    try:
        return rain_plans.get(turn.session, turn.municipality, plan_id or 0)
    except NotFoundError:
        return None

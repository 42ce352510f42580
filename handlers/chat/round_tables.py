"""Round tables in chat: what is being talked about, when, and what became of it; the word to add after a vote."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.moments import day_of, moment_of
from bot.core.round_table_rules import title_of_theme
from bot.line.limits import MAX_FLEX_LABEL
from bot.line.render import Card, Open, Tap
from bot.models import Poll, ResidentDistrict, RoundTable
from bot.now import JST
from bot.services import listening, matters, polls, reports, round_tables
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

MOST_ROUNDS, MOST_ANSWERS = 9, 5
LIST = Option("", "round.list")


class RoundTableHandler:
    """円卓会議 for residents."""

    def wants(self, turn: Turn) -> bool:
        return turn.action in {"round.list", "round.show"}

    def handle(self, turn: Turn) -> Outcome:
        if turn.action == "round.show":
            return _show(turn)
        found = _mine(turn)
        if len(found) == 1:
            return _one(turn, found[0])
        if not found:
            return screens.plain(turn, "round.none")
        return screens.screen(
            turn,
            title=turn.say("round.which"),
            options=[_choice(turn, row) for row in found],
            here=LIST,
            back=Option("", "voice.show"),
        )


def _choice(turn: Turn, row: RoundTable) -> Option:
    label = f"{_title(turn, row)} {title_of_theme(row.theme)}"
    return Option(screens.short(label, MAX_FLEX_LABEL), "round.show", {"round": row.id})


def list_tap(turn: Turn) -> tuple[Tap, ...]:
    """A way to the rounds of this resident's districts, when there are any."""
    return (turn.tap(turn.say("round.list"), "round.list"),) if _mine(turn) else ()


def word_tap(turn: Turn, session: Session, poll: Poll) -> tuple[Tap, ...]:
    """After a vote on a round's question: the invitation to add a word, as long as words are taken."""
    row = round_tables.of_poll(session, turn.municipality, poll.id)
    if row is None or not row.takes_statements or not listening.is_open(row, turn.now):
        return ()
    return (turn.tap(turn.say("round.word"), "statement.start", round=row.id),)


def _mine(turn: Turn) -> list[RoundTable]:
    if turn.resident is None:
        return []
    interest = select(ResidentDistrict.district_id).where(ResidentDistrict.resident_id == turn.resident.id)
    places = {*turn.session.scalars(interest)}
    if turn.resident.home_district_id is not None:
        places.add(turn.resident.home_district_id)
    if not places:
        return round_tables.published(turn.session, turn.municipality)[:MOST_ROUNDS]
    return round_tables.published(turn.session, turn.municipality, places)[:MOST_ROUNDS]


def _show(turn: Turn) -> Outcome:
    """A round that everybody may see, also of another district; anything else is gone."""
    wanted = turn.fields.get("round", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else -1
    row = next((one for one in round_tables.published(turn.session, turn.municipality) if one.id == number), None)
    return _one(turn, row) if row is not None else screens.plain(turn, "round.gone")


def _one(turn: Turn, row: RoundTable) -> Outcome:
    options = _options(turn, row)
    url = f"{turn.context.settings.public_url.rstrip('/')}/m/{row.municipality_id}/round-tables/{row.id}"
    card = Card(
        title=row.theme.replace("\n", " "),
        heading=_title(turn, row),
        body=(*_facts(turn, row), *_answers(turn, row)),
        notes=(turn.say("poll.no_decision"),),
        buttons=(*(option.tap(turn) for option in options), Open(turn.say("round.page"), url)),
        choices=screens.ways_out(turn, Option("", "voice.show")),
        numbered=len(options),
    )
    here = Option("", "round.show", {"round": row.id})
    return Outcome([card], screens.offering(options, here, Option("", "voice.show")))


def _options(turn: Turn, row: RoundTable) -> list[Option]:
    found = []
    poll = round_tables.card_of(turn.session, row).poll
    if poll is not None and polls.is_open(poll, turn.now):
        found.append(Option(turn.say("poll.answer"), "poll.show", {"poll": poll.id}))
    elif poll is not None and poll.state in ("closed", "lost"):
        found.append(Option(turn.say("poll.results"), "poll.result", {"poll": poll.id}))
    if row.takes_statements and listening.is_open(row, turn.now):
        found.append(Option(turn.say("round.word"), "statement.start", {"round": row.id}))
    return found


def _facts(turn: Turn, row: RoundTable) -> list[str]:
    """When, where, who answers; the deadline as long as it lies ahead."""
    language = turn.speaks
    lines = [turn.say("round.until", when=moment_of(row.closes_at, language))] if row.state == "listening" else []
    lines.append(turn.say("round.meets", when=moment_of(row.meets_at, language)))
    lines.append(turn.say("round.place", place=row.place))
    lines.append(turn.say("round.answerer", who=row.answerer, day=day_of(_noon(row.answer_on), language)))
    return lines


def _answers(turn: Turn, row: RoundTable) -> list[str]:
    """What became of the matters: their titles with the city's words, the answers themselves as they were written."""
    seen = matters.of_round(turn.session, row) if row.referrals_approved_at is not None else []
    if not seen:
        return []
    words, rate = reports.words(turn.session, turn.municipality), reports.rate(seen)
    lines = [turn.say("round.answered", count=rate.answered, total=rate.total)]
    for one in seen[:MOST_ANSWERS]:
        lines += [f"「{one.matter.title}」 {words[each.kind]}\n{each.text}" for each in one.answers]
        if not one.answered:
            lines.append(f"「{one.matter.title}」 {turn.say('round.waiting')}")
    return lines


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), JST)


def _title(turn: Turn, row: RoundTable) -> str:
    return turn.say("round.title", number=row.number, kind=turn.say(f"round.kind_{row.kind}"))

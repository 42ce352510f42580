"""声をとどける: the polls that are open for this resident, what may be said in words, and the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.round_table_rules import title_of_theme
from bot.line.render import Card, Cards, Message, Tap, Text
from bot.models import Poll
from bot.services import desks, districts, listening, poll_lists, polls, statement_votes
from handlers.chat import home, round_tables, screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

HERE = Option("", "voice.show")
SHOWN = 10
ROUNDS = 3


class VoiceHandler:
    """The area 声をとどける."""

    def wants(self, turn: Turn) -> bool:
        return turn.action == "voice.show"

    def handle(self, turn: Turn) -> Outcome:
        return show(turn)


def open_polls(turn: Turn) -> Sequence[Poll]:
    """What this resident may answer now."""
    return poll_lists.open_for(turn.session, turn.resident, turn.now) if turn.resident else []


def show(turn: Turn) -> Outcome:
    """Open polls as cards; with none, where a voice goes instead. The desk last."""
    found = list(open_polls(turn))[:SHOWN]
    if not found:
        return screens.screen(
            turn, title=turn.say("menu.voice"), body=(_to_the_desk(turn, turn.say("chat.no_polls")),),
            options=statement_ways(turn), here=HERE, also=(*round_tables.list_tap(turn), *_results(turn)),
        )  # fmt: skip
    cards = [
        replace(polls.invitation(turn.session, turn.context.sealer, poll, turn.speaks), choices=()) for poll in found
    ]
    lead = Text(turn.say("chat.polls_open", count=len(found)))
    last: Message = Card(
        title=turn.say("statement.any_day"),
        body=(_to_the_desk(turn, turn.say("chat.voice_desk")),),
        buttons=tuple(way.tap(turn) for way in statement_ways(turn)),
        choices=(*round_tables.list_tap(turn), *screens.ways_out(turn, Option("", "home.menu"))),
    )
    if len(found) == 1:
        labels = polls.choices_of(turn.session, found[0])
        options = [Option(label, "poll.vote", {"poll": found[0].id, "choice": at}) for at, label in enumerate(labels)]
        return Outcome([lead, cards[0], last], screens.offering(options, HERE, Option("", "home.menu")))
    return Outcome(
        [lead, Cards(tuple(cards), turn.say("chat.polls_open", count=len(found))), last], screens.offering((), HERE)
    )


def statement_ways(turn: Turn) -> list[Option]:
    """A word on each round that listens, the others' words where they are voted on, and a voice on any day."""
    rounds = listening.rounds_for(turn.session, turn.resident, turn.now) if turn.resident else []
    found: list[Option] = []
    for round_ in rounds[:ROUNDS]:
        theme = screens.short(title_of_theme(round_.theme), 20)
        if round_.takes_statements:
            found.append(Option(turn.say("statement.on_round", theme=theme), "statement.start", {"round": round_.id}))
        if statement_votes.may_vote(turn.session, round_, turn.now):
            found.append(Option(turn.say("statement.votes_offer", theme=theme), "statement.next", {"round": round_.id}))
    return [*found, Option(turn.say("statement.any_day"), "statement.start")]


def _results(turn: Turn) -> tuple[Tap, ...]:
    """A way to the results, when there are any."""
    over = poll_lists.closed_for(turn.session, turn.resident, turn.now) if turn.resident else []
    return (turn.tap(turn.say("chat.poll_results"), "poll.result"),) if over else ()


def _to_the_desk(turn: Turn, lead: str) -> str:
    home_id = turn.resident.home_district_id if turn.resident else None
    place = districts.by_id(districts.listed(turn.session, turn.municipality), home_id)
    found = desks.for_district(turn.session, turn.municipality, place.key if place else None)[:1]
    return "\n".join([lead, *(line for contact in found for line in home.contact_lines(turn, contact))])

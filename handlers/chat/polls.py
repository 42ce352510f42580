"""Polls in chat: the card, a vote by tap or number, the longer explanation, results.

No answer is ever repeated: neither state nor message nor log holds a choice beside a resident. What the state
offers are the poll's choices, as the card shows them.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy.orm import Session

from bot.core.moments import day_of, moment_of
from bot.core.poll_items import Given, Item
from bot.core.tally import SHOWN_FROM
from bot.line.limits import MAX_FLEX_LABEL
from bot.line.render import Card, Message, Text
from bot.models import Conversation, Poll, Resident
from bot.services import poll_card, poll_lists, polls
from bot.services.polls import Answer, ItemResult, Vote, VoteResult
from handlers.chat import poll_ages, poll_answers, round_tables, screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn
from handlers.chat.understood import fold, number

MOST_RESULTS = 9
_NAMED = re.compile(r"アンケート\s*(?:no\.?\s*)?([0-9]{1,9})番?")


class PollHandler:
    """Everything about polls; also a bare number that answers the invitation which arrived last."""

    def wants(self, turn: Turn) -> bool:
        spoken = turn.action.startswith("poll.") or poll_answers.asked_for(turn) or _named(turn) is not None
        return spoken or _invited(turn) is not None

    def handle(self, turn: Turn) -> Outcome:
        if (named := _named(turn)) is not None:
            return _by_number(turn, named)
        if poll_answers.asked_for(turn):
            return _written(turn)
        invited = _invited(turn)
        if invited is not None:
            return _typed(turn, invited)
        if turn.action == "poll.result" and not turn.fields.get("poll"):
            return _results(turn)
        poll = polls.find(turn.session, turn.municipality, _whole(turn.fields.get("poll")))
        if poll is None or poll.state in ("draft", "cancelled"):
            return screens.plain(turn, "poll.gone")
        return _button(turn, poll)


def _button(turn: Turn, poll: Poll) -> Outcome:
    item = _whole(turn.fields.get("item", "0"))
    match turn.action:
        case "poll.vote" | "poll.pick":
            choice = turn.fields.get("choice", "")
            given = poll_card.PASSES.get(choice, _whole(choice))
            return _answer(turn, poll, item, given, adding=turn.action == "poll.pick")
        case "poll.done" | "poll.skip":
            return _next(turn, poll, item)
        case "poll.back" | "poll.again":
            return _before(turn, poll, item) if turn.action == "poll.back" else _answer(turn, poll, item, None)
        case "poll.age" | "poll.more":
            return _more(turn, poll) if turn.action == "poll.more" else _age(turn, poll)
        case "poll.result":
            return Outcome([_result(turn, turn.session, poll)])
        case _:
            return _show(turn, poll)


def _invited(turn: Turn) -> Poll | None:
    """The poll that a typed number means because its invitation is newer than our last words to this person."""
    if turn.event.kind != "message/text" or turn.resident is None or number(turn.event.text) is None:
        return None
    conversation = turn.session.get(Conversation, turn.resident.id)
    since = conversation.updated_at if conversation else None
    return poll_lists.latest_invitation(turn.session, turn.resident, since, turn.now)


def _named(turn: Turn) -> int | None:
    """The poll that 「アンケート12」 means: what the QR code on paper and poster sends."""
    found = _NAMED.fullmatch(fold(turn.text)) if turn.text else None
    return int(found[1]) if found else None


def _by_number(turn: Turn, poll_id: int) -> Outcome:
    """The poll of a QR code, for who may answer it; a resident whose district we do not know yet is asked first."""
    poll = polls.find(turn.session, turn.municipality, poll_id)
    if poll is None or poll.state in ("draft", "cancelled"):
        return screens.plain(turn, "poll.gone")
    if turn.resident is not None and poll_lists.reaches(turn.session, turn.resident, poll):
        return _show(turn, poll)
    if not turn.registered:
        return Outcome([Text(turn.say("poll_door.first", word=turn.text.strip()), screens.ways_out(turn))])
    return screens.plain(turn, "poll_door.elsewhere")


def _typed(turn: Turn, poll: Poll) -> Outcome:
    item = polls.items_of(turn.session, poll)[0]
    given, _ = poll_answers.read(turn, item)
    return _show(turn, poll) if given is None else _answer(turn, poll, 0, given)


def _written(turn: Turn) -> Outcome:
    """What was typed while an item waited for words, a number or several numbers."""
    poll_id, at = turn.state["asking"]
    poll = polls.find(turn.session, turn.municipality, poll_id)
    items = polls.items_of(turn.session, poll) if poll else ()
    if poll is None or at >= len(items) or not polls.is_open(poll, turn.now):
        gone = screens.plain(turn, "poll.gone") if poll is None else Outcome([_over(turn, turn.session, poll)])
        return replace(gone, state={})
    given, problem = poll_answers.read(turn, items[at])
    if given is None:
        return Outcome([Text(problem, screens.ways_out(turn))])
    return _answer(turn, poll, at, given)


def _answer(turn: Turn, poll: Poll, at: int, given: Given | None, *, adding: bool = False) -> Outcome:
    """The answer goes into the ballot box in the write transaction; what is said depends on what it finds there.

    `adding`: one more choice of several. `given` None: chosen anew.
    """
    box = polls.box_of(turn.context.keystore, poll) if polls.is_open(poll, turn.now) else None
    if box is None:
        return Outcome([_over(turn, turn.session, poll)])
    if turn.resident is not None and not poll_lists.may_answer(turn.session, turn.resident, poll):
        return screens.plain(turn, "poll_door.elsewhere")
    items = polls.items_of(turn.session, poll)

    def write(session: Session, resident: Resident) -> list[Message]:
        line_id = turn.context.sealer.open_id(resident.line_id, turn.municipality)
        found = polls.add(session, box, poll, line_id, at, given) if adding and isinstance(given, int) else given
        answer = Answer(poll.id, found, line_id, at)
        return [
            _said(turn, session, polls.vote(session, box, resident, answer, turn.now), items, answer, adding=adding)
        ]

    # A tap leaves the conversation where it was: it may come in the middle of another one.
    typed = turn.event.kind == "message/text"
    stays = adding or given is None
    coming = at if stays else poll_answers.coming(turn, poll, box, items, at, given)
    if coming is None and poll_ages.due(turn, poll, box, answers=True):
        return Outcome(state=poll_ages.waiting(turn, poll), write=write, kind="vote")
    if len(items) == 1 and items[0].kind in ("single", "scale"):
        return Outcome(state=_offering(turn, poll) if typed else None, write=write, kind="vote")
    return Outcome(state=poll_answers.waiting(turn, poll, items, coming), write=write, kind="vote")


def _next(turn: Turn, poll: Poll, at: int) -> Outcome:
    """The item after this one: chosen enough, or not answered at all."""
    box = polls.box_of(turn.context.keystore, poll) if polls.is_open(poll, turn.now) else None
    if box is None:
        return Outcome([_over(turn, turn.session, poll)])
    items = polls.items_of(turn.session, poll)
    coming = poll_answers.coming(turn, poll, box, items, at)
    if coming is None and poll_ages.due(turn, poll, box):
        done = turn.say("poll_item.all_done", when=moment_of(poll.closes_at, turn.speaks))
        return Outcome([poll_ages.card(turn, poll, done)], poll_ages.waiting(turn, poll))
    said = _all_done(turn, turn.session, poll) if coming is None else _item(turn, poll, items, coming)
    return Outcome([said], poll_answers.waiting(turn, poll, items, coming))


def _item(turn: Turn, poll: Poll, items: tuple[Item, ...], at: int) -> Card:
    card = poll_card.item_card(turn.context.sealer, poll, items, at, turn.speaks)
    return replace(card, choices=screens.ways_out(turn, poll_answers.way_back(poll, at)))


def _before(turn: Turn, poll: Poll, at: int) -> Outcome:
    """The item before this one, of those this person is asked; the whole poll before the first."""
    box = polls.box_of(turn.context.keystore, poll) if polls.is_open(poll, turn.now) else None
    if box is None:
        return Outcome([_over(turn, turn.session, poll)])
    items = polls.items_of(turn.session, poll)
    earlier = poll_answers.before(turn, poll, box, items, at)
    if not earlier:
        return _show(turn, poll)
    return Outcome([_item(turn, poll, items, earlier)], poll_answers.waiting(turn, poll, items, earlier))


def _age(turn: Turn, poll: Poll) -> Outcome:
    box = polls.box_of(turn.context.keystore, poll) if polls.is_open(poll, turn.now) else None
    return poll_ages.answer(turn, poll, box, _over(turn, turn.session, poll))


def _all_done(turn: Turn, session: Session, poll: Poll) -> Text:
    change = turn.tap(turn.say("poll.change"), "poll.show", poll=poll.id)
    said = turn.say("poll_item.all_done", when=moment_of(poll.closes_at, turn.speaks))
    return Text(said, (*round_tables.word_tap(turn, session, poll), change, *screens.ways_out(turn)))


def _said(
    turn: Turn, session: Session, result: VoteResult, items: tuple[Item, ...], answer: Answer, *, adding: bool
) -> Message:
    poll = result.poll
    if poll is None:
        return Text(turn.say("poll.gone"), screens.ways_out(turn))
    if result.vote is Vote.CLOSED:
        return _over(turn, session, poll)
    if result.vote is Vote.NO_CHOICE:
        item = items[answer.item] if 0 <= answer.item < len(items) else items[0]
        return Text(poll_answers.mend(turn, item), screens.ways_out(turn))
    if adding and isinstance(answer.given, tuple):
        return poll_answers.picked(turn, poll, items, answer.item, answer.given)
    coming = answer.item if answer.given is None else result.coming
    if coming is not None:
        return _item(turn, poll, items, coming)
    said = _all_done(turn, session, poll) if len(items) > 1 else _thanks(turn, session, poll, result)
    return poll_ages.card(turn, poll, said.text) if result.asks_age else said


def _thanks(turn: Turn, session: Session, poll: Poll, result: VoteResult) -> Text:
    key = "poll.thanks" if result.vote is Vote.ACCEPTED else "poll.changed"
    said = turn.say(key, when=moment_of(poll.closes_at, turn.speaks))
    if turn.event.kind == "message/text":  # typed: the poll may have scrolled away
        said = turn.say("poll.typed", question=poll.question) + "\n" + said
    change = turn.tap(turn.say("poll.change"), "poll.show", poll=poll.id)
    return Text(said, (*round_tables.word_tap(turn, session, poll), change, *screens.ways_out(turn)))


def _show(turn: Turn, poll: Poll) -> Outcome:
    """The poll itself, as long as it takes answers; afterwards its result."""
    if not polls.is_open(poll, turn.now):
        return Outcome([_over(turn, turn.session, poll)])
    card = polls.invitation(turn.session, turn.context.sealer, poll, turn.speaks)
    taken = turn.say("poll.open", count=poll.participants)
    card = replace(card, notes=(*card.notes, taken), choices=screens.ways_out(turn))
    return Outcome([card], _offering(turn, poll))


def _more(turn: Turn, poll: Poll) -> Outcome:
    """What happens to an answer, told in full; the poll stays what a number means."""
    choices = screens.ways_out(turn)
    if not polls.is_open(poll, turn.now):
        return Outcome([Text(turn.say("poll.about", least=SHOWN_FROM), choices)])
    again = turn.tap(turn.say("poll.answer"), "poll.show", poll=poll.id)
    return Outcome([Text(turn.say("poll.about", least=SHOWN_FROM), (again, *choices))], _offering(turn, poll))


def _over(turn: Turn, session: Session, poll: Poll) -> Message:
    """What an old button finds: when it ended, and its result as far as it may be seen."""
    return _result(turn, session, poll, turn.say("poll.over", day=day_of(poll.closes_at, turn.speaks)))


def _result(turn: Turn, session: Session, poll: Poll, first: str = "") -> Card:
    found = polls.result(poll, polls.choices_of(session, poll))
    seen, body = found.shown, [first]
    by_item = polls.item_results(session, poll)
    joined = bool(by_item) and (poll.tally or {}).get("split_by") == "door"
    doors = (turn.say("poll_door.two_doors"),) if joined else ()
    match seen.why:
        case "open" if polls.is_open(poll, turn.now):
            body.append(turn.say("poll.open", count=seen.participants))
        case "open":
            body.append(turn.say("poll.counting"))
        case "lost":
            body.append(turn.say("poll.lost"))
        case "few" if not any(one.tally.counts is not None for one in by_item):
            body.append(turn.say("poll.few", count=seen.participants, least=SHOWN_FROM))
        case _ if len(by_item) > 1 or (by_item and by_item[0].item.kind not in ("single", "scale")):
            body.append(turn.say("poll.total", count=seen.participants))
            body += [_of_item(turn, number, one) for number, one in enumerate(by_item, 1)]
        case _:
            rows = zip(found.choices, seen.counts or (), seen.percents, strict=True)
            body.append(turn.say("poll.total", count=seen.participants))
            body += [turn.say("poll.row", label=label, count=count, percent=part) for label, count, part in rows]
    return Card(
        title=found.question,
        heading=turn.say("poll.results"),
        body=tuple(body),
        notes=(*doors, turn.say("poll.no_decision")),
        choices=screens.ways_out(turn),
    )


def _of_item(turn: Turn, number: int, result: ItemResult) -> str:
    """One item of several: its question and what may be seen of it."""
    item, tally = result.item, result.tally
    words = item.words(turn.speaks)
    lines = [turn.say("poll_item.item", at=number, question=words.question)]
    if tally.counts is None:
        lines.append(turn.say("poll.few", count=tally.people, least=SHOWN_FROM))
    elif item.kind == "text":
        lines += [turn.say("poll_item.answered", count=tally.people), turn.say("poll_item.texts")]
    elif item.kind == "number":
        if tally.middle is not None:
            lines.append(turn.say("poll_item.middle", value=f"{tally.middle:g}", unit=item.unit))
        lines += [turn.say("poll_item.bin", low=a, high=b, unit=item.unit, count=n) for a, b, n in tally.bins]
    elif item.kind == "ranking":
        rows = zip(words.choices, tally.points, tally.firsts, strict=True)
        lines += [turn.say("poll_item.points", label=label, points=a, firsts=b) for label, a, b in rows]
    else:
        rows_ = zip(words.choices, tally.counts, strict=True)
        people = tally.people or 1
        lines += [
            turn.say("poll.row", label=label, count=count, percent=round(count * 100 / people))
            for label, count in rows_
        ]
    passes = (("unknown", tally.unknown), ("declined", tally.declined))
    lines += [f"{turn.say(f'poll_item.{name}')}: {count}" for name, count in passes if count]
    return "\n".join(lines)


def _results(turn: Turn) -> Outcome:
    """Polls of my districts that ended in the last 30 days: one is shown at once, of several one is chosen."""
    found = poll_lists.closed_for(turn.session, turn.resident, turn.now)[:MOST_RESULTS] if turn.resident else []
    if not found:
        return screens.plain(turn, "poll.none")
    if len(found) == 1:
        return Outcome([_result(turn, turn.session, found[0])])
    return screens.screen(
        turn,
        title=turn.say("poll.which"),
        body=(turn.say("poll.by_number"),),
        options=[
            Option(screens.short(poll.question, MAX_FLEX_LABEL), "poll.result", {"poll": poll.id}) for poll in found
        ],
        here=Option("", "poll.result"),
    )


def _offering(turn: Turn, poll: Poll) -> dict[str, object]:
    """The first item's choices, so that a number or a choice's words mean them."""
    return poll_answers.waiting(turn, poll, polls.items_of(turn.session, poll), 0)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1

"""声を届ける: a voice of 140 characters, from the invitation to the receipt.

What is being written stands in the conversation's state under the day's key (bot.services.statement_keys), never in
clear beside a resident. Nothing is stored as a statement before the writer has seen it and pressed a button.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from bot.core import statement_rules as rules
from bot.core.moments import day_of, moment_of
from bot.core.round_table_rules import title_of_theme
from bot.errors import NotFoundError
from bot.line.render import Card, Message, Text
from bot.models import Resident, RoundTable, Statement
from bot.now import JST, jst
from bot.services import consents, listening, statement_keys, statement_votes, statements, voice_pauses
from bot.services.statement_keys import Draft
from bot.services.statements import Given, Voice
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

ACTIONS = frozenset({"statement.start", "statement.new", "statement.send", "statement.join"})


class StatementHandler:
    """Writing a voice: the invitation, the words, what is like them, sending."""

    def wants(self, turn: Turn) -> bool:
        return turn.action in ACTIONS or (turn.text != "" and "statement" in turn.state)

    def handle(self, turn: Turn) -> Outcome:
        if turn.resident is None:
            return screens.plain(turn, "statement.first_register")
        match turn.action:
            case "statement.start":
                return start(turn, turn.resident, whole(turn.fields.get("round")))
            case "statement.new":
                return _again(turn, turn.resident)
            case "statement.send":
                return _send(turn, turn.resident)
            case "statement.join":
                return _join(turn)
        return _read(turn, turn.resident)


def start(turn: Turn, resident: Resident, round_id: int | None) -> Outcome:
    """The invitation to write, with what is kept and who reads it; or why nothing is taken now."""
    why = listening.closed(turn.session, turn.municipality, round_id, resident.home_district_id, turn.now)
    if why is not None:
        return Outcome([_closed(turn, turn.session, why)], {})
    terms = listening.terms(turn.session, turn.municipality, round_id)
    round_ = _round(turn, round_id)
    about = [turn.say("statement.ask_round", theme=title_of_theme(round_.theme))] if round_ else []
    newer = consents.changed(turn.session, resident, "statement")
    card = Card(
        title=turn.say("statement.ask_title"),
        body=(
            *about,
            *([turn.say("my_data.once_title", version=newer)] if newer else []),
            turn.say("statement.ask_body", most=rules.MOST_CHARS),
        ),
        notes=(
            turn.say("statement.names"),
            turn.say("statement.kept", hours=terms.promise_hours, most=rules.A_DAY),
            turn.say("statement.kept_link"),
        ),
        choices=screens.ways_out(turn, Option("", "voice.show")),
    )

    def write(session: Session, writer: Resident) -> None:
        consents.note(session, writer, "statement", turn.now)

    return Outcome([card], _writing(turn, round_id, ()), write)


def _read(turn: Turn, resident: Resident) -> Outcome:
    """Words were typed: what may not go in is said kindly, and nothing of it is kept."""
    round_id = turn.state["statement"].get("round")
    seen = rules.look(turn.text)
    stay = _writing(turn, round_id, ())
    match seen.kind:
        case "empty":
            return Outcome([Text(turn.say("statement.empty"), screens.ways_out(turn))], stay)
        case "long":
            said = turn.say("statement.long", length=seen.length, most=rules.MOST_CHARS)
            return Outcome([Text(said, screens.ways_out(turn))], stay)
        case "complaint":
            return Outcome([Text(turn.say("statement.complaint"), screens.ways_out(turn))], stay)
    draft = Draft(seen.text, turn.event.message_ids)
    if seen.kind == "petition":
        return _petition(turn, round_id, draft)
    alike = statements.like(turn.session, resident, round_id, seen.text)
    if alike:
        return _alike(turn, round_id, draft, alike)
    return _preview(turn, round_id, draft)


def _petition(turn: Turn, round_id: int | None, draft: Draft) -> Outcome:
    """A formal request has a procedure of its own; the thought in it may go on as a voice."""
    options = [
        Option(turn.say("statement.as_voice"), "statement.new"),
        Option(turn.say("chat.desk"), "desk.show"),
    ]
    card = _card(turn, turn.say("statement.petition_title"), (turn.say("statement.petition"),), options)
    return Outcome([card], _writing(turn, round_id, options, draft))


def _alike(turn: Turn, round_id: int | None, draft: Draft, alike: Sequence[Statement]) -> Outcome:
    """Similar ones, before it is sent: agree to one of them, or send one's own."""
    options = [
        Option(turn.say("statement.join", number=at), "statement.join", {"s": row.id})
        for at, row in enumerate(alike, 1)
    ]
    options.append(Option(turn.say("statement.another"), "statement.new"))
    body = [f"{at}. 「{row.text}」" for at, row in enumerate(alike, 1)]
    card = _card(turn, turn.say("statement.alike"), (turn.say("statement.alike_body"), *body), options)
    return Outcome([card], _writing(turn, round_id, options, draft))


def _preview(turn: Turn, round_id: int | None, draft: Draft) -> Outcome:
    """The words as they will be kept, and two ways to send them: to hear back, or to leave no link."""
    options = [
        Option(turn.say("statement.send_linked"), "statement.send", {"answer": 1}),
        Option(turn.say("statement.send_free"), "statement.send", {"answer": 0}),
        Option(turn.say("statement.rewrite"), "statement.start", {"round": round_id} if round_id else {}),
    ]
    notes = [turn.say("statement.masked")] if rules.look(turn.text).kind == "masked" else []
    if rules.look(draft.text).kind == "election":
        notes.append(turn.say("statement.election_first"))
    card = _card(turn, turn.say("statement.preview"), (f"「{draft.text}」",), options, notes)
    return Outcome([card], _writing(turn, round_id, options, draft))


def _again(turn: Turn, resident: Resident) -> Outcome:
    """On with the words that are already there."""
    draft = draft_of(turn)
    round_id = (turn.state.get("statement") or {}).get("round")
    return _preview(turn, round_id, draft) if draft else _gone(turn, resident, round_id)


def _send(turn: Turn, resident: Resident) -> Outcome:
    draft, about = draft_of(turn), turn.state.get("statement") or {}
    if draft is None:
        return _gone(turn, resident, about.get("round"))
    key = statement_keys.of_today(turn.context.keystore, turn.municipality, turn.now)
    linked = turn.fields.get("answer") == "1"

    def write(session: Session, writer: Resident) -> list[Message]:
        line_id = turn.context.sealer.open_id(writer.line_id, turn.municipality)
        voice = Voice(draft.text, line_id, about.get("round"), linked, draft.message_ids)
        given = statements.give(session, key, turn.context.sealer, writer, voice, turn.now)
        return [_receipt(turn, session, given, linked)]

    return Outcome(state={}, write=write, kind="receipt")


def _join(turn: Turn) -> Outcome:
    """The same is said already: a vote for it where votes are taken, else one voice more."""
    statement_id = whole(turn.fields.get("s")) or 0
    found = statements.find(turn.session, turn.municipality, statement_id)
    round_ = _round(turn, found.round_table_id) if found and found.round_table_id else None
    voting = round_ is not None and statement_votes.may_vote(turn.session, round_, turn.now)
    box = statement_votes.box_of(turn.session, turn.context.keystore, round_) if round_ and voting else None
    key = statement_keys.of_today(turn.context.keystore, turn.municipality, turn.now)

    def write(session: Session, writer: Resident) -> list[Message]:
        line_id = turn.context.sealer.open_id(writer.line_id, turn.municipality)
        if box is not None:
            vote = statement_votes.Vote(statement_id, 1, line_id)
            taken = statement_votes.cast(session, box, writer, vote, turn.now) in ("accepted", "changed")
            return [Text(turn.say("statement.joined" if taken else "statement.gone"), screens.ways_out(turn))]
        given = statements.join(session, key, writer, line_id, statement_id, turn.now)
        if given.statement is None:
            return [_receipt(turn, session, given, linked=False)]
        return [Text(turn.say("statement.joined"), screens.ways_out(turn))]

    return Outcome(state={}, write=write, kind="receipt")


def _receipt(turn: Turn, session: Session, given: Given, linked: bool) -> Message:
    """What was taken, until when it is looked at, and the button that alone leads back to it."""
    row = given.statement
    if row is None:
        if given.result == "too_many":
            return Text(turn.say("statement.too_many", most=rules.A_DAY), screens.ways_out(turn))
        if given.result == "paused" and turn.resident and (pause := voice_pauses.of(session, turn.resident, turn.now)):
            said = turn.say("statement.paused", until=day_of(pause.until, turn.speaks), code=pause.code)
            return Text(said, screens.ways_out(turn))
        return _closed(turn, session, given.result)
    assert row.due_at is not None
    held = [turn.say("statement.election_first")] if given.result == "held" else []
    return Card(
        title=turn.say("statement.thanks"),
        body=(turn.say("statement.by_when", when=moment_of(row.due_at, turn.speaks)), *held),
        notes=(turn.say("statement.thanks_linked" if linked else "statement.thanks_free"),),
        buttons=(turn.tap(turn.say("statement.fate"), "statement.fate", s=row.id),),
        choices=screens.ways_out(turn),
    )


def _closed(turn: Turn, session: Session, why: str) -> Message:
    if why == "election":
        period = listening.election(session, turn.municipality, jst(turn.now).date())
        until = day_of(datetime.combine(period.last_day, time(12), JST), turn.speaks) if period else ""
        return Text(turn.say("statement.election", until=until), screens.ways_out(turn))
    return Text(turn.say("statement.late" if why == "late" else "statement.closed"), screens.ways_out(turn))


def _gone(turn: Turn, resident: Resident, round_id: int | None) -> Outcome:
    """An old button whose words are not there any more (sent already, or half an hour ago): the invitation again."""
    asked = start(turn, resident, round_id)
    return Outcome([Text(turn.say("statement.draft_gone")), *asked.messages], asked.state)


def draft_of(turn: Turn) -> Draft | None:
    """What is being written; None when there is nothing, or its key is gone."""
    about: Any = turn.state.get("statement") or {}
    if not about.get("draft"):
        return None
    key = statement_keys.of_day(turn.context.keystore, turn.municipality, date.fromisoformat(about["day"]))
    return key.open(about["draft"]) if key else None


def _writing(turn: Turn, round_id: int | None, options: Sequence[Option], draft: Draft | None = None) -> dict[str, Any]:
    """The state while somebody writes: the next text is the voice."""
    about: dict[str, Any] = {"round": round_id}
    if draft is not None:
        key = statement_keys.of_today(turn.context.keystore, turn.municipality, turn.now)
        about |= {"draft": key.seal(draft), "day": key.day.isoformat()}
    here = Option("", "statement.new" if draft else "statement.start", {"round": round_id} if round_id else {})
    return screens.offering(options, here, Option("", "voice.show"), {"statement": about})


def _card(turn: Turn, title: str, body: Sequence[str], options: Sequence[Option], notes: Sequence[str] = ()) -> Card:
    return Card(
        title=title,
        body=tuple(body),
        notes=tuple(notes),
        buttons=tuple(option.tap(turn) for option in options),
        choices=screens.ways_out(turn, Option("", "voice.show")),
        numbered=len(options),
    )


def _round(turn: Turn, round_id: int | None) -> RoundTable | None:
    if round_id is None:
        return None
    try:
        return listening.round_of(turn.session, turn.municipality, round_id)
    except NotFoundError:
        return None


def whole(text: str | None) -> int | None:
    """A number as a button carries it; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None

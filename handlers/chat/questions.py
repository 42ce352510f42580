"""A question: answered, offered a choice, asked back, or handed to the desk; and what was said about the answer.

What the state keeps of a question is masked; while something is asked back it waits there, and the original
question is answered then. The answer follows the message's language when that is beyond doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from bot.core import answer_text, intent, refuges
from bot.core.activities import HAZARD_ORDER
from bot.core.answering import Found
from bot.line.limits import MAX_FLEX_LABEL, MAX_TEXT, utf16
from bot.line.render import Message, Spot, Tap, Text
from bot.line.render import Place as PlaceButton
from bot.models import Resident
from bot.services import answers, districts, follow_ups, residents, sign_ups, unanswered
from bot.services.activities import Dated
from bot.services.answers import Answer, Question
from bot.services.districts import Place
from content import districts as names_in
from content import language as languages
from content import personal
from content.packs_model import District
from content.phrases import SERVED
from handlers.chat import askers, chooser, deadlines, inquiries, names, ratings, screens
from handlers.chat.commands import shortcut
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn, Write

KEPT = 300  # characters of a question that wait in the state
DATES = ("today", "tomorrow", "weekend", "month", "next_month")
_FEW = 4
_AT_ONCE = 4  # messages of one answer: LINE takes five, one is left for what comes before it
_NAME = 12  # characters a district, school or neighbourhood may have


class QuestionHandler:
    """Any text that nobody else wanted, and the buttons under answers."""

    def wants(self, turn: Turn) -> bool:
        return turn.action.startswith("question.") or any(letter.isalnum() for letter in turn.text)

    def handle(self, turn: Turn) -> Outcome:
        match turn.action:
            case "question.entry":
                return _entry(turn, turn.fields.get("e", ""))
            case "question.hazard" | "question.date":
                return _asked_back(turn)
            case "question.useful" | "question.wrong":
                return judged(turn, turn.action == "question.useful")
            case "question.again":
                return _again(turn)
            case "question.example":
                number = turn.fields.get("n", "")
                return answer(turn, turn.say(f"chat.example_{number}")) if number in {"1", "2", "3"} else _again(turn)
        return answer(turn, turn.text)


def answer(turn: Turn, text: str, place: Place | None = None, *, hazard: str = "", everywhere: bool = False) -> Outcome:
    """The answer to a question, for a district that was chosen for it or for the resident's own."""
    turn = turn.speaking(spoken(turn, text))
    return _careful(turn, text, _given(turn, question(turn, text, place, hazard), everywhere=everywhere))


def near(turn: Turn) -> Outcome | None:
    """A location after a question where to flee to: the nearest shelters; None: no such question. Not kept."""
    text, latitude, longitude = str(turn.state.get("question", "")), turn.event.latitude, turn.event.longitude
    if latitude is None or longitude is None or not intent.wants_refuge(text):
        return None
    turn = turn.speaking(spoken(turn, text))
    return _given(turn, replace(question(turn, text, None), near=(latitude, longitude)))


def _careful(turn: Turn, text: str, given: Outcome) -> Outcome:
    """Who typed a telephone number or an address is told that it need not be written; it is not repeated."""
    if not personal.holds(text) or given.kind == "emergency":
        return given
    return replace(given, messages=[Text(turn.say("follow.personal")), *given.messages])


def context(text: str, **more: Any) -> dict[str, Any]:
    """What the state keeps of a question, masked, for what may follow it."""
    return {"question": personal.sendable(text, KEPT), **more}


def _given(turn: Turn, asked: Question, *, everywhere: bool = False) -> Outcome:
    text = asked.text
    if everywhere:
        asked = replace(asked, district=None, interests=())
    found = answers.answer(asked, knowledge(turn))
    match found.kind:
        case "choose":
            return replace(_choose(turn, text, found), about="answered")
        case "ask" if not (everywhere and found.decision.asks == "district"):
            return _ask(turn, text, found)
        case "unknown" | "ask":
            return (None if everywhere else _no_such_district(turn, text)) or _unknown(turn, text, found)
    return replace(answered(turn, text, found), about="answered")


def ask_district(turn: Turn) -> Outcome:
    """The question waits; which district is it about?"""
    return chooser.rows(turn, "ask", turn.say("chat.ask_district"), body=(turn.say("chat.district_hint"),))


def with_district(turn: Turn, place: Place | None) -> Outcome:
    """The district is known: the question that waited is answered. It is not kept as the resident's own unasked."""
    text = str(turn.state.get("question", ""))
    if not text:
        return screens.plain(turn, "chat.ask_lost")
    given = answer(turn, text, place, everywhere=place is None)
    if place is None or turn.registered or turn.resident is None:
        return given
    keep = turn.tap(turn.say("follow.register"), "district.pick", **{"for": "home", "d": place.key})
    *before, last = given.messages
    once = Text(turn.say("follow.only_once", district=names.full(place, turn.speaks)))
    return replace(given, messages=[*before, once, replace(last, choices=(keep, *last.choices))])


def _again(turn: Turn) -> Outcome:
    """もういちど after an answer."""
    text = str(turn.state.get("question", ""))
    return replace(answer(turn, text), about=None) if text else screens.plain(turn, "chat.ask_lost")


def _asked_back(turn: Turn) -> Outcome:
    text = str(turn.state.get("question", ""))
    if not text:
        return screens.plain(turn, "chat.ask_lost")
    if turn.action == "question.hazard":
        hazard = turn.fields.get("h", "")
        named = hazard in HAZARD_ORDER and turn.speaking("ja").say(f"answer.hazard.{hazard}")
        return answer(turn, f"{named} {text}" if named else text, hazard=hazard)
    when = turn.fields.get("w", "")
    return answer(turn, f"{turn.speaking('ja').say(f'chat.date_{when}')} {text}" if when in DATES else text)


def _entry(turn: Turn, key: str) -> Outcome:
    """One of the candidates was chosen."""
    text = str(turn.state.get("question", ""))
    if text:
        turn = turn.speaking(spoken(turn, text))
    asked = question(turn, text, None, "")
    found = follow_ups.entry(asked, knowledge(turn), key)
    return answered(turn, text, found) if found else screens.plain(turn, "chat.ask_lost")


def answered(turn: Turn, text: str, found: Answer) -> Outcome:
    """The answer; under it 役に立った / ちがう, once, and the desk last."""
    text = personal.sendable(text, KEPT)
    here = Option("", "question.again")
    if not found.entries:
        return Outcome([Text(found.text, screens.ways_out(turn))], screens.offering((), here))
    keys = [scored.entry.id for scored in found.entries]
    useful = Option(turn.say("chat.useful"), "question.useful", {"e": keys[0][:80]})
    wrong = Option(turn.say("chat.wrong"), "question.wrong", {"e": keys[0][:80]})
    marks = () if keys[0] in turn.state.get("judged", []) else (useful.tap(turn), wrong.tap(turn))
    rejected = list(turn.state.get("rejected", [])) if turn.state.get("question") == text else []
    kept = context(text, answered=keys, rejected=rejected, note=found.decision.note)
    if found.decision.district:
        kept["place"] = found.decision.district.id
    said, switch = _in_another_language(turn, found.text, kept)
    state = screens.offering(_listed(found), here, Option("", "ask.prompt"), kept)
    grant = deadlines.offered(turn, found.entries[0].entry)
    choices = (*switch, *_activity(turn, found), *grant, *shortcut(turn, text), *marks, *screens.ways_out(turn))
    spots = _spots(found)
    if not spots:
        return Outcome(_long(said, choices), state)
    *before, last = [*_long(said, ()), *spots][:_AT_ONCE]
    nearer = PlaceButton(turn.say("chat.near_button"))
    return Outcome([*before, replace(last, choices=(nearer, *choices))], state)


def _spots(found: Answer) -> list[Spot]:
    """The shelters of an answer on LINE's map."""
    made = []
    for one in found.decision.refuges:
        point, place = refuges.point_of(one.entry), one.entry.shelter
        if point and place:
            made.append(Spot(answer_text.title(one.entry, found.language), place.address or one.entry.title, *point))
    return made


def _in_another_language(turn: Turn, text: str, kept: dict[str, Any]) -> tuple[str, tuple[Tap, ...]]:
    """Who writes clearly in a language that was not chosen may change to it by a tap; `kept` says it was offered."""
    language = screens.language_offered(turn)
    kept["language_offered"] = language or turn.state.get("language_offered", "")
    if not language:
        return text, ()
    button = turn.tap(f"🌐 {SERVED[language]}", "language.set", to=language)
    return f"{text}\n\n{turn.say('chat.language_offer')}", (button,)


def _listed(found: Answer) -> list[Option]:
    """The numbers of a list of activities stand for the activities, each on the date that is listed."""
    if found.decision.note != "listed":
        return []
    return [_date_of(one) for one in found.decision.found[: answer_text.LISTED]]


def _activity(turn: Turn, found: Answer) -> tuple[Tap, ...]:
    """From the answer about one activity to its card; one that is joined with a button can be joined from here."""
    if found.decision.note != "activity" or len(found.decision.found) != 1:
        return ()
    one = found.decision.found[0]
    details = replace(_date_of(one), label=turn.say("chat.details"))
    if not one.occurrences or not sign_ups.offers(Dated(one.entry, one.occurrences[0])):
        return (details.tap(turn),)
    return (replace(details, label=turn.say("sign_up.join"), action="sign_up.ask").tap(turn), details.tap(turn))


def _date_of(one: Found) -> Option:
    """An activity's card on the first of the dates that were found."""
    fields = {"e": one.entry.id} | ({"d": one.occurrences[0].day.isoformat()} if one.occurrences else {})
    return Option(one.entry.title, "activities.show", fields)


def _long(text: str, choices: tuple[Any, ...]) -> list[Message]:
    """A text in as many messages as LINE's limit needs; the choices under the last."""
    parts = [text]
    while utf16(parts[-1]) > MAX_TEXT and len(parts) < 3:
        last = parts.pop()
        cut = last.rfind("\n", 0, MAX_TEXT // 2) + 1 or MAX_TEXT // 2
        parts += [last[:cut], last[cut:]]
    return [*(Text(part) for part in parts[:-1]), Text(parts[-1][: MAX_TEXT // 2], choices)]


def _choose(turn: Turn, text: str, found: Answer) -> Outcome:
    return offer(turn, text, turn.say("chat.choose"), [(one.id, one.label) for one in found.options])


def offer(
    turn: Turn, text: str, title: str, candidates: Sequence[tuple[str, str]], rejected: Sequence[str] = ()
) -> Outcome:
    """Two to four candidates by tap or number; the desk is the last of them."""
    options = [
        Option(screens.short(label, MAX_FLEX_LABEL), "question.entry", {"e": key}) for key, label in candidates[:_FEW]
    ]
    options.append(Option(turn.say("chat.ask_at_desk"), "desk.show"))
    kept = context(text, rejected=list(rejected), shown=[key for key, _ in candidates[:_FEW]])
    return screens.screen(
        turn,
        title=title,
        body=(turn.say("chat.by_number"),),
        options=options,
        here=Option("", "question.again"),
        back=Option("", "ask.prompt"),
        state=kept,
    )


def _ask(turn: Turn, text: str, found: Answer) -> Outcome:
    """Asked back with buttons; the question waits in the state."""
    kept = context(text)
    waiting = replace(turn, state={**turn.state, **kept})
    asks, back = found.decision.asks, Option("", "ask.prompt")
    if asks == "district":
        return _ask_district(waiting, found)
    if asks == "hazard":
        options = [Option(one.label, "question.hazard", {"h": one.id}) for one in found.options]
        title = turn.say("chat.ask_hazard")
    else:
        options = [Option(turn.say(f"chat.date_{name}"), "question.date", {"w": name}) for name in DATES]
        title = turn.say("chat.ask_date")
    options.append(Option(turn.say("chat.ask_at_desk"), "desk.show"))
    return screens.screen(turn, title=title, options=options, here=Option("", "question.again"), back=back, state=kept)


def _ask_district(turn: Turn, found: Answer) -> Outcome:
    places = districts.listed(turn.session, turn.municipality)
    among = [place for option in found.options if (place := districts.by_key(places, option.id))]
    if 0 < len(among) <= _FEW:
        here = Option("", "district.rows", {"for": "ask"})
        return chooser.few(turn, "ask", among, turn.say("chat.ask_district"), here)
    named = found.decision.matter and turn.speaks in {"ja", "easy-ja"}
    title = found.text.split("\n")[0] if named else turn.say("chat.ask_district")
    return chooser.rows(turn, "ask", title, body=(turn.say("chat.district_hint"),), back=Option("", "ask.prompt"))


def _no_such_district(turn: Turn, text: str) -> Outcome | None:
    """A short name typed while a district was asked for: it was meant as one, and is none we know."""
    purpose = "home" if turn.resident is not None and not turn.registered else str(turn.state.get("for", ""))
    if turn.state.get("at") != "district" or len(text) > _NAME or any(mark in text for mark in "?？\n"):
        return None
    title = turn.say("chat.district_not_found", text=personal.sendable(text, _NAME))
    return chooser.rows(turn, purpose, title)


def _unknown(turn: Turn, text: str, found: Answer) -> Outcome:
    """Said openly, with the desk; the question goes on the staff's list, masked, without who asked."""
    said = found.text
    if found.kind == "ask":  # it would depend on a district that the resident does not want to name
        said = turn.say("chat.wrong_desk", desk=desk_name(turn, found))
    note = found.decision.note
    write = _note(turn, text, "unknown") if note not in {"empty", "past_range"} else None
    wish = [askers.option(turn, text), inquiries.option(turn)] if write else []
    kept = context(text)
    said, switch = _in_another_language(turn, said, kept)
    state = screens.offering(wish, Option("", "question.again"), Option("", "ask.prompt"), kept)
    choices = (*switch, *(one.tap(turn) for one in wish), *screens.ways_out(turn))
    return Outcome([Text(said, choices)], state, write, about="unknown" if write else None)


def judged(turn: Turn, useful: bool) -> Outcome:
    """役に立った or ちがう, counted once for an answer."""
    key, shown = turn.fields.get("e", ""), list(turn.state.get("answered", []))
    if key not in shown:
        return screens.plain(turn, "chat.feedback_done")
    text = str(turn.state.get("question", ""))
    turn = turn.speaking(spoken(turn, text))

    def count(session: Session, _resident: Resident) -> None:
        follow_ups.count(session, turn.municipality, key, useful=useful)

    if useful:
        state = {name: value for name, value in turn.state.items() if name != "answered"}
        thanks = Outcome([Text(turn.say("chat.useful_thanks"), screens.ways_out(turn))], state, count)
        return ratings.after(turn, key, thanks)
    rejected = [*turn.state.get("rejected", []), *shown]
    asked = question(turn, text, None, "")
    others = follow_ups.others(asked, knowledge(turn), rejected)
    if others:
        others_shown = offer(
            turn, text, turn.say("chat.wrong_other"), [(one.id, one.label) for one in others], rejected
        )
        return replace(others_shown, write=_both(count, _note(turn, text, "wrong")), about="wrong")
    said = turn.say("chat.wrong_desk", desk=desk_name(turn, follow_ups.entry(asked, knowledge(turn), key)))
    wish = askers.option(turn, text)
    state = screens.offering((wish,), Option("", "home.menu"))
    choices = (wish.tap(turn), *screens.ways_out(turn))
    return Outcome([Text(said, choices)], state, _both(count, _note(turn, text, "wrong")), about="wrong")


def _note(turn: Turn, text: str, reason: str) -> Write:
    """Put the question on the staff's list."""

    def write(session: Session, resident: Resident) -> None:
        district = resident.home_district_id
        unanswered.note(session, turn.municipality, text, spoken(turn, text), turn.now, district, reason)

    return write


def _both(first: Write, second: Write) -> Write:
    def write(session: Session, resident: Resident) -> None:
        first(session, resident)
        second(session, resident)

    return write


def named(turn: Turn, text: str) -> tuple[District, ...]:
    """The districts that a text names."""
    return names_in.find(
        text, [place.district for place in districts.listed(turn.session, turn.municipality)]
    ).districts


def question(turn: Turn, text: str, place: Place | None, hazard: str = "") -> Question:
    """The question as the services take it, with the resident's districts."""
    places = districts.listed(turn.session, turn.municipality)
    home = place or (districts.by_id(places, turn.resident.home_district_id) if turn.resident else None)
    ids = residents.interests(turn.session, turn.resident) if turn.resident else []
    return Question(
        text=text.replace("\x00", " "),
        now=turn.now,
        district=home.key if home else None,
        interests=() if place else tuple(one.key for one in places if one.id in ids),
        language=turn.language or turn.speaks,
        hazard=hazard or None,
        chosen=place is not None,
    )


def spoken(turn: Turn, text: str) -> str:
    """The message's own language when it is beyond doubt, else the resident's; easy Japanese stays easy."""
    prior = turn.resident.language if turn.resident else "ja"
    guess = languages.identify(text, "ja" if prior == "easy-ja" else prior)
    if not guess.sure or guess.language == prior or (guess.language == "ja" and prior == "easy-ja"):
        return prior
    return guess.language


def knowledge(turn: Turn) -> answers.Knowledge:
    """What is known now. The transaction ends here: what comes next may take its time and ask a model."""
    stored = answers.read(turn.session, turn.municipality)
    turn.session.commit()
    return answers.knowledge(stored)


def desk_name(turn: Turn, found: Answer | None) -> str:
    if found is not None and found.desk is not None:
        return answer_text.desk_name(found.desk, turn.speaks)
    return turn.say("chat.desk")

"""What follows an answer, typed: 「場所は？」「来月は？」「大淵は？」「もっと」「ちがう」; it ends after a while."""

from __future__ import annotations

from bot.core import answer_text, follow
from bot.core.follow import Follow
from bot.core.follow_words import Aspect
from bot.line.render import Text
from bot.services import districts, follow_ups, residents
from bot.services.districts import Place
from handlers.chat import questions, screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

_DATED = frozenset({"activity", "listed", "unknown_range", "unknown_range_here"})


class FollowUpHandler:
    """A short text that means something only with the question before it."""

    def wants(self, turn: Turn) -> bool:
        if not turn.text:
            return False
        return _meant(turn) is not None if _before(turn) else follow.leans(turn.text)

    def handle(self, turn: Turn) -> Outcome:
        meant = _meant(turn) if _before(turn) else None
        if meant is None:
            minutes = int(residents.CONVERSATION_KEEPS.total_seconds() // 60)
            return screens.plain(turn, "follow.lost", minutes=minutes)
        match meant.kind:
            case "more":
                return _more(turn)
            case "wrong":
                return _wrong(turn)
            case "aspect":
                assert meant.aspect is not None
                return _aspect(turn, meant.aspect)
        return questions.answer(turn, meant.text, None if _names_a_district(turn) else _place(turn))


def _meant(turn: Turn) -> Follow | None:
    """What the text means after the last question."""
    meant = follow.follow(turn.text, _before(turn), questions.knowledge(turn), turn.now)
    if meant and meant.kind == "again" and not _names_a_district(turn) and turn.state.get("note") not in _DATED:
        return None  # a date after something that has none is a question for the events of that day
    return meant


def _before(turn: Turn) -> str:
    return str(turn.state.get("question", ""))


def _names_a_district(turn: Turn) -> bool:
    return bool(questions.named(turn, turn.text))


def _place(turn: Turn) -> Place | None:
    """The district that the last answer was for."""
    return districts.by_key(districts.listed(turn.session, turn.municipality), str(turn.state.get("place", "")))


def _aspect(turn: Turn, aspect: Aspect) -> Outcome:
    """Place, time, fee, sign-up or audience of what was answered."""
    text, known = _before(turn), questions.knowledge(turn)
    answered = [key for key in turn.state.get("answered", []) if key in known.entries]
    if not answered:
        return questions.answer(turn, follow.combined(text, turn.text), _place(turn))
    turn = turn.speaking(questions.spoken(turn, text))
    first = known.entries[answered[0]]
    if turn.state.get("note") == "listed" and len(answered) > 1:
        shown = [(key, answer_text.title(known.entries[key], turn.speaks)) for key in answered[: follow_ups.OFFERED]]
        return questions.offer(turn, text, turn.say("chat.choose"), shown)
    if first.activity is None:
        return questions.answer(turn, follow.combined(text, turn.text), _place(turn))
    question = questions.question(turn, text, _place(turn))
    given = follow_ups.aspect(question, known, answered[0], aspect)
    if given is not None:
        return questions.answered(turn, text, given)
    desk = questions.desk_name(turn, follow_ups.entry(question, known, answered[0]))
    return Outcome([Text(turn.say("answer.unknown", desk=desk), screens.ways_out(turn))])


def _more(turn: Turn) -> Outcome:
    """The rest of a list, else the next candidates."""
    text, known = _before(turn), questions.knowledge(turn)
    turn = turn.speaking(questions.spoken(turn, text))
    question = questions.question(turn, text, _place(turn))
    if turn.state.get("note") == "listed":
        begin = int(turn.state.get("begin", 0)) + answer_text.LISTED
        rest = follow_ups.rest(question, known, begin)
        if rest is None:
            return _no_more(turn)
        shown = questions.answered(turn, text, rest)
        return Outcome(shown.messages, {**(shown.state or {}), "begin": begin}, shown.write)
    return _next(turn, text, "follow.more")


def _wrong(turn: Turn) -> Outcome:
    """Not what was meant: after an answer as its button, after a choice the next candidates."""
    answered = turn.state.get("answered") or []
    if answered:
        return questions.judged(turn.pressed("question.wrong", e=answered[0]), useful=False)
    return _next(turn, _before(turn), "chat.wrong_other")


def _next(turn: Turn, text: str, title: str) -> Outcome:
    """The candidates after those that were shown."""
    turn = turn.speaking(questions.spoken(turn, text))
    state = turn.state
    seen = [*state.get("rejected", []), *state.get("answered", []), *state.get("shown", [])]
    others = follow_ups.others(questions.question(turn, text, _place(turn)), questions.knowledge(turn), seen)
    if not others:
        return _no_more(turn)
    return questions.offer(turn, text, turn.say(title), [(one.id, one.label) for one in others], seen)


def _no_more(turn: Turn) -> Outcome:
    text = turn.say("follow.no_more")
    state = screens.offering((), Option("", "question.again"), Option("", "ask.prompt"), dict(turn.state))
    return Outcome([Text(text, screens.ways_out(turn))], state)

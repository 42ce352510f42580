"""地区・設定: districts, 町内会・区, 関わり, language, pause. What a button changes is confirmed where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.orm import Session

from bot.line.render import Message, Text
from bot.models import Resident
from bot.services import districts, residents
from bot.services.districts import Place
from content import personal
from handlers.chat import chooser, frequency, names, screens, topics
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn, Write

HERE = Option("", "settings.show")
INTEREST_LIMIT = 12  # as many as fit under one card and leave room for もどる


class SettingsHandler:
    """Everything under 地区・設定, and the words 停止 and 再開."""

    def wants(self, turn: Turn) -> bool:
        if turn.action:
            return turn.action.startswith("settings.")
        return bool(turn.text) and turn.state.get("at") == "neighbourhood" and not _is_question(turn.text)

    def handle(self, turn: Turn) -> Outcome:
        if not turn.action:
            return _neighbourhood_typed(turn)
        return _ACTS.get(turn.action, show)(turn)


def show(turn: Turn, before: Sequence[Message] = ()) -> Outcome:
    """What is set now, one button for each."""
    resident = turn.resident
    paused = resident is not None and resident.paused_at is not None
    options = [
        Option(turn.say("chat.set_home"), "district.rows", {"for": "home"}),
        Option(turn.say("chat.set_interests"), "settings.interests"),
        Option(turn.say("chat.set_neighbourhood"), "settings.neighbourhood"),
        Option(turn.say("chat.set_relations"), "settings.relations"),
        Option(turn.say("chat.set_language"), "language.menu"),
        Option(turn.say("frequency.set"), "settings.frequency"),
        Option(turn.say("topic.set"), "settings.topics"),
        Option(
            turn.say("chat.set_resume" if paused else "chat.set_pause"),
            "settings.resume" if paused else "settings.pause",
        ),
        Option(turn.say("chat.set_my_data"), "my_data.show"),
    ]
    return screens.screen(
        turn, title=turn.say("chat.settings_title"), body=(summary(turn),), options=options, here=HERE,
        back=Option("", "home.menu"), before=before,
    )  # fmt: skip


def summary(turn: Turn) -> str:
    """What is set, a line each; also the beginning of わたしの登録."""
    resident = turn.resident
    places = districts.listed(turn.session, turn.municipality)
    home = districts.by_id(places, resident.home_district_id) if resident else None
    nothing = turn.say("chat.none_yet")
    where = names.full(home, turn.speaks) if home else turn.say("chat.whole_city") if turn.registered else nothing
    others = [names.label(place, turn.speaks) for place in _interests(turn, places)]
    relations = [turn.say(f"chat.relation_{name}") for name in resident.relations] if resident else []
    lines = [
        turn.say("chat.line_home", value=where),
        turn.say("chat.line_interests", value=turn.say("chat.and").join(others) or nothing),
        turn.say("chat.line_neighbourhood", value=(resident.neighbourhood if resident else None) or nothing),
        turn.say("chat.line_relations", value=turn.say("chat.and").join(relations) or nothing),
        turn.say(
            "chat.line_news", value=turn.say("chat.news_off" if resident and resident.paused_at else "chat.news_on")
        ),
        turn.say("frequency.line", value=frequency.chosen(turn)),
        topics.line(turn),
    ]
    return "\n".join(lines)


def interests(turn: Turn, before: Sequence[Message] = ()) -> Outcome:
    """The districts of interest: tap one to take it away, or add another."""
    chosen = _interests(turn, districts.listed(turn.session, turn.municipality))
    return _interests_screen(turn, chosen, before)


def ask_interest(turn: Turn) -> Outcome:
    """Which district beside one's own?"""
    title = turn.say("chat.interest_which")
    return chooser.rows(
        turn, "interest", title, body=(turn.say("chat.district_hint"),), back=Option("", "settings.interests")
    )


def add_interest(turn: Turn, place: Place | None) -> Outcome:
    """A district was chosen; the list comes again with it."""
    chosen = _interests(turn, districts.listed(turn.session, turn.municipality))
    if place is None:
        return _interests_screen(turn, chosen, ())
    name = names.full(place, turn.speaks)
    if turn.resident is not None and place.id == turn.resident.home_district_id:
        return _interests_screen(turn, chosen, (Text(turn.say("chat.interest_is_home", district=name)),))
    if len(chosen) >= INTEREST_LIMIT and place not in chosen:
        return _interests_screen(turn, chosen, (Text(turn.say("chat.interest_full")),))

    def write(session: Session, resident: Resident) -> None:
        residents.add_interest(session, resident, place.id)

    after = chosen if place in chosen else [*chosen, place]
    shown = _interests_screen(turn, after, (Text(turn.say("chat.interest_added", district=name)),))
    return Outcome(shown.messages, shown.state, write)


def _drop(turn: Turn) -> Outcome:
    places = districts.listed(turn.session, turn.municipality)
    place = districts.by_key(places, turn.fields.get("d", ""))
    chosen = _interests(turn, places)
    if place is None:
        return _interests_screen(turn, chosen, ())

    def write(session: Session, resident: Resident) -> None:
        residents.remove_interest(session, resident, place.id)

    said = Text(turn.say("chat.interest_dropped", district=names.full(place, turn.speaks)))
    shown = _interests_screen(turn, [one for one in chosen if one != place], (said,))
    return Outcome(shown.messages, shown.state, write)


def _interests_screen(turn: Turn, chosen: Sequence[Place], before: Sequence[Message]) -> Outcome:
    options = [
        Option(
            turn.say("chat.interest_drop", district=names.label(place, turn.speaks))[:40],
            "settings.interest_drop",
            {"d": place.key},
        )
        for place in chosen
    ]
    options.append(Option(turn.say("chat.interest_add"), "settings.interest_add"))
    return screens.screen(
        turn, title=turn.say("chat.interests_title"), body=(turn.say("chat.interests_body"),), options=options,
        here=Option("", "settings.interests"), back=HERE, before=before,
    )  # fmt: skip


def _interests(turn: Turn, places: Sequence[Place]) -> list[Place]:
    ids = residents.interests(turn.session, turn.resident) if turn.resident else []
    return [place for place in places if place.id in ids]


def _ask_neighbourhood(turn: Turn) -> Outcome:
    known = turn.resident is not None and turn.resident.neighbourhood is not None
    options = [Option(turn.say("chat.neighbourhood_clear"), "settings.neighbourhood_clear")] if known else []
    return screens.screen(
        turn, title=turn.say("chat.neighbourhood_question"), body=(turn.say("chat.neighbourhood_body"),),
        options=options, here=Option("", "settings.neighbourhood"), back=HERE, state={"at": "neighbourhood"},
    )  # fmt: skip


def _neighbourhood_typed(turn: Turn) -> Outcome:
    typed = " ".join(turn.text.replace("\x00", "").split())
    if len(typed) > residents.NEIGHBOURHOOD_CHARS or not typed:
        return screens.plain(turn, "chat.neighbourhood_long")
    kept = " ".join(personal.mask(typed).replace(personal.MASK, " ").split())
    if not kept:
        return screens.plain(turn, "chat.neighbourhood_long")
    said = turn.say("chat.neighbourhood_set", name=kept)
    if kept != typed:
        said = f"{said}\n{turn.say('chat.masked')}"
    return _saved(turn, said, _set_neighbourhood(kept))


def _set_neighbourhood(name: str | None) -> Write:
    def write(_session: Session, resident: Resident) -> None:
        resident.neighbourhood = name

    return write


def _relation(turn: Turn) -> Outcome:
    """One more or one less of 住む・働く・学ぶ・事業・応援."""
    name, chosen = turn.fields.get("r", ""), _chosen_relations(turn)
    if name not in residents.RELATIONS:
        return _relations_screen(turn, chosen)
    after = [one for one in chosen if one != name] if name in chosen else [*chosen, name]

    def write(_session: Session, resident: Resident) -> None:
        residents.set_relations(resident, after)

    shown = _relations_screen(turn, after)
    return Outcome(shown.messages, shown.state, write)


def _chosen_relations(turn: Turn) -> list[str]:
    return [str(name) for name in turn.resident.relations] if turn.resident else []


def _relations(turn: Turn) -> Outcome:
    return _relations_screen(turn, _chosen_relations(turn))


def _relations_screen(turn: Turn, chosen: Sequence[str]) -> Outcome:
    def label(name: str) -> str:
        return ("✓ " if name in chosen else "") + turn.say(f"chat.relation_{name}")

    options = [Option(label(name), "settings.relation", {"r": name}) for name in residents.RELATIONS]
    options.append(Option(turn.say("chat.done"), "settings.show"))
    return screens.screen(
        turn, title=turn.say("chat.relations_question"), body=(turn.say("chat.relations_body"),), options=options,
        here=Option("", "settings.relations"), back=HERE,
    )  # fmt: skip


def _clear_neighbourhood(turn: Turn) -> Outcome:
    return _saved(turn, turn.say("chat.neighbourhood_cleared"), _set_neighbourhood(None))


def _pause(turn: Turn) -> Outcome:
    """No more news, or again; `paused_at` is when the first of several stops came."""
    stop = turn.action == "settings.pause"

    def write(_session: Session, resident: Resident) -> None:
        resident.paused_at = (resident.paused_at or turn.now) if stop else None

    return _saved(turn, turn.say("chat.paused" if stop else "chat.resumed"), write)


def _saved(turn: Turn, said: str, write: Write) -> Outcome:
    """A short confirmation; the conversation is over."""
    choices = screens.ways_out(turn, HERE)
    return Outcome([Text(said, choices)], screens.offering((), HERE, HERE), write)


def _is_question(text: str) -> bool:
    return text.rstrip("。 　").endswith(("?", "？", "ですか", "ますか", "でしょうか", "ください"))


_ACTS: Final[dict[str, Callable[[Turn], Outcome]]] = {
    "settings.interests": interests,
    "settings.interest_add": ask_interest,
    "settings.interest_drop": _drop,
    "settings.neighbourhood": _ask_neighbourhood,
    "settings.neighbourhood_clear": _clear_neighbourhood,
    "settings.relations": _relations,
    "settings.relation": _relation,
    "settings.topics": topics.ask,
    "settings.topic": topics.choose,
    "settings.frequency": frequency.ask,
    "settings.frequency_set": frequency.choose,
    "settings.pause": _pause,
    "settings.resume": _pause,
}

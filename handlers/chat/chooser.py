"""The screens on which a district is chosen: rows of kana, one row, the nearest, look-alikes.

`purpose` says what the district is for: `home` (registration), `interest` (settings), `ask` (a question that
depends on it). handlers.chat.district takes the answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from bot.line.render import Message
from bot.line.render import Place as PlaceButton
from bot.services import districts
from bot.services.districts import Place
from content import districts as names_in
from content.search import tokens
from handlers.chat import names, screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

PURPOSES: Final = ("home", "interest", "ask")
FAR_KM = 30.0
_KM_PER_DEGREE = 111.2
_AROUND = re.compile(
    r"地区|ちく|小学校|中学校|しょうがっこう|学校|学区|まちづくりセンター|地域づくりセンター|まちセン|公民館|センター"
    r"|町内会?|自治会|行政区|に?住んで(?:い)?(?:ます|る)|に?すんで(?:い)?(?:ます|る)|住み|在住|住民|付近|近く|の?ほう|の方"
    r"|たぶん|多分|わたし|私|うち|自宅|家|お願いします|おねがいします|選びます|です|だよ|いい|かな|かも|district|area"
    r"|引っ?越し(?:ました|ます|た)?|ひっこし(?:ました|ます|た)?"
    r"|i live in|live|please|near|[はがのにをでだよね小中区町]|\W"
)
_VARIANTS: Final = str.maketrans("渕冨嶋傳澤邊", "淵富島伝沢辺")
_MARKS: Final = " 　。.!！?？、,"
_PART, _PARTLY = 2, 8
_UNSURE = re.compile(
    r"(?:わか(?:ら(?:ない|ん|ず)|りません)|分から(?:ない|ん)|分かりません|知らない|しらない|不明|決めていない|きめていない"
    r"|どこでも(?:いい|よい)?|市全体|全市|全体|全部|ぜんぶ|すべて|市外|市の外|住んでいない|住んでいません"
    r"|i ?do ?n['o]t know|do ?n['o]t know|not sure|whole city|all)"
    r"(?:です|の人です|から)?"
)


def rows(
    turn: Turn,
    purpose: str,
    title: str,
    *,
    body: Sequence[str] = (),
    back: Option | None = None,
    before: Sequence[Message] = (),
) -> Outcome:
    """The question which district, with a button for each row of kana that exists."""
    places = districts.listed(turn.session, turn.municipality)
    options = [
        Option(_row_label(turn, row), "district.row", {"for": purpose, "row": row}) for row in names.rows(places)
    ]
    if purpose != "interest":
        options.append(whole(turn, purpose))
    also = [PlaceButton(turn.say("chat.near_button"))]
    if not turn.registered:
        also = [*also, turn.tap(turn.say("chat.language_button"), "language.menu")]  # type: ignore[list-item]
    return screens.screen(
        turn, title=title, body=body, options=options, here=Option("", "district.rows", {"for": purpose}), back=back,
        also=also, before=before, state=_kept(turn, purpose),
    )  # fmt: skip


def one_row(turn: Turn, purpose: str, row: str) -> Outcome:
    """The districts of one row."""
    places = names.rows(districts.listed(turn.session, turn.municipality)).get(row, [])
    return few(
        turn, purpose, places, turn.say("chat.district_which"), Option("", "district.row", {"for": purpose, "row": row})
    )


def near(turn: Turn, purpose: str) -> Outcome:
    """The three nearest districts by their centres; the location itself goes no further than this line."""
    found, far = nearest(turn)
    if far or not found:
        return rows(turn, purpose, turn.say("chat.near_far"), back=None)
    here = Option("", "district.rows", {"for": purpose})
    return few(turn, purpose, found, turn.say("chat.near_which"), here, (turn.say("chat.near_forgotten"),))


def few(
    turn: Turn, purpose: str, places: Sequence[Place], title: str, here: Option, notes: Sequence[str] = ()
) -> Outcome:
    """A handful of districts as buttons, with the centre where names are alike."""
    options = [pick(turn, purpose, place) for place in places]
    if purpose != "interest":
        options.append(whole(turn, purpose))
    return screens.screen(
        turn, title=title, body=(turn.say("chat.by_number"),), notes=notes, options=options, here=here,
        back=Option("", "district.rows", {"for": purpose}), state=_kept(turn, purpose),
    )  # fmt: skip


def pick(turn: Turn, purpose: str, place: Place) -> Option:
    """The button of one district."""
    return Option(names.label(place, turn.speaks), "district.pick", {"for": purpose, "d": place.key})


def whole(turn: Turn, purpose: str) -> Option:
    """わからない: the whole city, which is fully usable."""
    key = "chat.district_unsure" if purpose == "home" else "chat.district_whole"
    return Option(turn.say(key), "district.pick", {"for": purpose, "d": ""})


def typed(text: str, places: Sequence[Place]) -> list[Place]:
    """The districts a text may mean when it does little else than name one: none, one, or look-alikes to ask about."""
    said = _one_spelling(text)
    found = _named(said, places) or _begun(said, places)
    keys = [one.key for one in found]
    for one in found:
        keys += [key for key in one.district.look_alikes if key not in keys]
    return [place for key in keys if (place := districts.by_key(places, key))]


def _named(said: str, places: Sequence[Place]) -> list[Place]:
    """A name, reading or Latin spelling with nothing but 地区, です and the like around it; else what search finds."""
    forms = [(form, one) for one in places for form in (one.name, one.kana, names.latin(one.kana).lower())]
    for form, one in sorted(forms, key=lambda pair: -len(pair[0])):
        before, there, after = said.partition(form)
        if there and not _AROUND.sub("", before) and not _AROUND.sub("", after):
            return [one]
    known = [place.district for place in places]
    match = names_in.find(said, known)
    rest = names_in.without_names(said, known)
    for district in match.districts:
        rest = rest.replace(names.latin(district.kana).lower(), "")
    if _AROUND.sub("", rest):
        return []
    return [place for district in match.districts if (place := districts.by_key(places, district.id))]


def _begun(said: str, places: Sequence[Place]) -> list[Place]:
    """Part of a name, such as 富士 or 駅南: a few districts to choose from."""
    part = said.removesuffix("地区").strip(_MARKS)
    if len(part) < _PART or not all("一" <= letter <= "鿿" for letter in part):
        return []
    found = [place for place in places if part in place.name]
    return found if len(found) <= _PARTLY else []


def _one_spelling(text: str) -> str:
    """Folded, with the other ways to write the same letters (大渕 is 大淵), and 富士駅の南 as 富士駅南."""
    said = tokens.fold(text).translate(_VARIANTS)
    return re.sub(r"(?<=[一-鿿])の(?=[東西南北])", "", said)


def unsure(text: str) -> bool:
    """Whether somebody says that they do not know their district."""
    return _UNSURE.fullmatch(text.casefold().strip(_MARKS)) is not None


def nearest(turn: Turn, count: int = 3) -> tuple[list[Place], bool]:
    """The nearest districts to the location of this turn, and whether even the nearest is far away."""
    latitude, longitude = turn.event.latitude, turn.event.longitude
    if latitude is None or longitude is None:
        return [], False
    places = districts.listed(turn.session, turn.municipality)
    by_distance = names_in.nearest(latitude, longitude, [place.district for place in places], count)
    found = [place for district in by_distance if (place := districts.by_key(places, district.id))]
    return found, bool(found) and _km(found[0], latitude, longitude) > FAR_KM


def _km(place: Place, latitude: float, longitude: float) -> float:
    assert place.district.lat is not None
    assert place.district.lon is not None
    across = (place.district.lon - longitude) * math.cos(math.radians(latitude))
    return math.hypot(place.district.lat - latitude, across) * _KM_PER_DEGREE


def _row_label(turn: Turn, row: str) -> str:
    if turn.speaks in {"ja", "easy-ja"}:
        return turn.say("chat.row", row=row)
    return f"{names.latin(row)[:1]} ({row})"


def _kept(turn: Turn, purpose: str) -> dict[str, object]:
    """What the next step needs: the purpose (for typed names and locations) and a question that waits."""
    kept: dict[str, object] = {"at": "district", "for": purpose}
    if "question" in turn.state:
        kept["question"] = turn.state["question"]
    return kept

"""A neighbourhood association's LINE group: it chooses its place, is told, and is answered when it addresses the bot.

Otherwise the bot is quiet. It reads no talk, keeps nothing of who is there, and offers nothing that belongs to one
person (registration, sign-up, votes, inquiries): for those it points to the chat with itself. Japanese only: it is the
association's own group.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from bot.core import postback
from bot.core.postback import Postback
from bot.line.limits import MAX_TEXT, utf16
from bot.line.render import Message, Tap, Text
from bot.models import GroupChat
from bot.services import answers, districts, groups
from bot.services.announcement_filters import neighbourhood_key
from bot.services.answers import Question
from bot.services.context import Context
from bot.services.districts import Place
from content import districts as names_in
from handlers.chat import names

WELCOME: Final = (
    "招いてくださり、ありがとうございます。地区のお知らせを、このグループに届けます。\n"
    "ふだんの会話は読みません。だれがいるかも残しません。話しかけるときは、「@」で私を選んでから書いてください。\n\n"
    "まず、地区を選んでください。"
)
WHICH: Final = "どの地区ですか。"
HOW: Final = "ききたいことは、「@」で私を選んでから書いてください。やめるときは、私をグループから退会させてください。"
CHOSEN: Final = "{district}のお知らせを、このグループに届けます。\n" + HOW
FIRST: Final = "先に、このグループの地区を選んでください。"
HELLO: Final = "ききたいことを、「@」のあとに続けて書いてください。例:「防災訓練はいつ」"
PERSONAL: Final = (
    "アンケート、参加の申込み、相談は、私との1対1のトークでお願いします。ここでは、みなさんに見えてしまうためです。"
)
CHANGE: Final = "地区を変える"
WHICH_ASSOCIATION: Final = (
    "{district}ですね。町内会・区も選べます。選ぶと、その町内会・区だけに出たお知らせも、このグループに届けます。"
)
TYPE_IT: Final = "ここにない町内会・区は、「@」で私を選んでから、名前を書いてください。"
DISTRICT_ONLY: Final = "地区のお知らせだけ"
OF_ASSOCIATION: Final = "{district}と「{name}」のお知らせを、このグループに届けます。\n" + HOW
_CHANGES: Final = re.compile(r"地区を?(?:変え|かえ|えら|選)")
_ABOUT_ONESELF: Final = re.compile(r"登録|参加する|申し?込|相談した|投票|アンケート|わたしの|私の|通知|配信停止")
_ASSOCIATION: Final = re.compile(r"[^\s?？。、]{1,20}(?:町内会|自治会|区会|行政区)")
MOST_CHOICES: Final = 13
MOST_LISTED: Final = 12  # beside 「地区のお知らせだけ」
MOST_LABEL: Final = 20  # characters on a button

Write = Callable[[Session, GroupChat], None]


@dataclass(frozen=True)
class GroupTurn:
    """One event of a group. `text` is None unless the bot was addressed."""

    context: Context
    session: Session  # for reading only
    municipality: str
    now: datetime
    kind: str  # join, leave, message/text, postback ...
    text: str | None
    button: Postback | None
    group: GroupChat | None


@dataclass(frozen=True)
class GroupOutcome:
    """What is said to the group and what becomes of its row. `joins`, `leaves`: the row is made or erased."""

    messages: Sequence[Message] = ()
    write: Write | None = None
    joins: bool = False
    leaves: bool = False


@dataclass(frozen=True)
class Addressed:
    """What a text event says to the bot: the words without its name."""

    text: str = field(repr=False)


def addressed(message: Mapping[str, Any]) -> Addressed | None:
    """The words of a message that mentions the bot itself; None when it does not. Indices are UTF-16 (LINE)."""
    mention = message.get("mention")
    people = mention.get("mentionees") if isinstance(mention, dict) else None
    text = message.get("text")
    if not isinstance(people, list) or not isinstance(text, str):
        return None
    mine = [one for one in people if isinstance(one, dict) and one.get("isSelf") is True]
    if not mine:
        return None
    units = text.encode("utf-16-le")
    for one in sorted(mine, key=lambda one: -_number(one.get("index"))):
        start, length = _number(one.get("index")), _number(one.get("length"))
        units = units[: 2 * start] + units[2 * (start + length) :]
    return Addressed(" ".join(units.decode("utf-16-le", "ignore").split()))


def react(turn: GroupTurn) -> GroupOutcome:
    """What the bot does; nothing at all when it was not addressed."""
    if turn.kind == "join":
        return GroupOutcome(_ask(turn, WELCOME), joins=True)
    if turn.kind == "leave":
        return GroupOutcome(leaves=True)
    if turn.button is not None:
        return _pressed(turn, turn.button)
    if turn.kind != "message/text" or turn.text is None:
        return GroupOutcome()
    return _told(turn, turn.text)


def _pressed(turn: GroupTurn, button: Postback) -> GroupOutcome:
    places = districts.listed(turn.session, turn.municipality)
    if button.action == "group.row":
        return GroupOutcome(_among(turn, names.rows(places).get(button.fields.get("row", ""), []), WHICH))
    if button.action == "group.pick":
        place = districts.by_key(places, button.fields.get("d", ""))
        return _chosen(turn, place) if place else GroupOutcome(_ask(turn, WHICH))
    if button.action == "group.association":
        return _association(turn, button.fields.get("d", ""), button.fields.get("n", ""))
    if button.action == "group.again":
        return GroupOutcome(_ask(turn, WHICH))
    return GroupOutcome()  # a button of somebody's own chat, sent on


def _told(turn: GroupTurn, text: str) -> GroupOutcome:
    places = districts.listed(turn.session, turn.municipality)
    if not text:
        return GroupOutcome((Text(HELLO, (_change(turn),)),))
    if _CHANGES.search(text):
        return GroupOutcome(_ask(turn, WHICH))
    home = districts.by_id(places, turn.group.district_id) if turn.group else None
    if home is None:
        return _first(turn, text, places)
    if name := _named(turn, text, home):
        return _of_association(turn, home, name)
    if _ABOUT_ONESELF.search(text):
        return GroupOutcome((Text(PERSONAL),))
    return GroupOutcome((_answer(turn, text, home),))


def _first(turn: GroupTurn, text: str, places: Sequence[Place]) -> GroupOutcome:
    """A group without a district: the one that the message names, or the question which."""
    found = names_in.find(text, [place.district for place in places]).districts
    if len(found) == 1 and (place := districts.by_key(places, found[0].id)):
        return _chosen(turn, place)
    return GroupOutcome(_ask(turn, FIRST))


def _answer(turn: GroupTurn, text: str, home: Place) -> Text:
    """From the published entries, for the group's district; nothing is noted of the question."""
    stored = answers.read(turn.session, turn.municipality)
    turn.session.commit()  # what comes next may take its time and ask a model
    given = answers.answer(
        Question(text.replace("\x00", " "), turn.now, home.key, language="ja"), answers.knowledge(stored)
    )
    said = given.text
    while utf16(said) > MAX_TEXT:
        said = said[: len(said) // 2]
    return Text(said)


def _chosen(turn: GroupTurn, place: Place) -> GroupOutcome:
    """The district is kept at once; its association is asked for where the district's are known."""
    listed = groups.associations(turn.session, turn.municipality, place.id)
    said = Text(CHOSEN.format(district=names.full(place, "ja")), (_change(turn),))
    if listed:
        taps = [_tap(turn, _short(name), "group.association", d=place.key, n=name) for name in listed[:MOST_LISTED]]
        taps.append(_tap(turn, DISTRICT_ONLY, "group.association", d=place.key))
        more = "\n" + TYPE_IT if len(listed) > MOST_LISTED else ""
        said = Text(WHICH_ASSOCIATION.format(district=names.full(place, "ja")) + more, tuple(taps))
    return GroupOutcome((said,), lambda _, group: groups.choose(group, place.id))


def _association(turn: GroupTurn, district: str, name: str) -> GroupOutcome:
    """A button of the associations; one of a district that was changed since asks anew."""
    place = districts.by_key(districts.listed(turn.session, turn.municipality), district)
    if place is None or turn.group is None or turn.group.district_id != place.id:
        return GroupOutcome(_ask(turn, WHICH))
    if not name:
        said = Text(CHOSEN.format(district=names.full(place, "ja")), (_change(turn),))
        return GroupOutcome((said,), lambda _, group: groups.choose_association(group, None))
    return _of_association(turn, place, name)


def _of_association(turn: GroupTurn, place: Place, name: str) -> GroupOutcome:
    said = Text(OF_ASSOCIATION.format(district=names.full(place, "ja"), name=name), (_change(turn),))
    return GroupOutcome((said,), lambda _, group: groups.choose_association(group, name))


def _named(turn: GroupTurn, text: str, home: Place) -> str:
    """The association that a message names and does nothing else; a question about one is a question."""
    said = text.strip(" 。、です")
    known = {neighbourhood_key(one): one for one in groups.associations(turn.session, turn.municipality, home.id)}
    if (key := neighbourhood_key(said)) and key in known:
        return known[key]
    return said if _ASSOCIATION.fullmatch(said) else ""


def _short(name: str) -> str:
    return name if len(name) <= MOST_LABEL else name[: MOST_LABEL - 1] + "…"


def _ask(turn: GroupTurn, title: str) -> tuple[Message, ...]:
    """The districts themselves where they are few, else the rows of kana."""
    places = districts.listed(turn.session, turn.municipality)
    if len(places) <= MOST_CHOICES:
        return _among(turn, places, title)
    rows = [_tap(turn, f"{row}行", "group.row", row=row) for row in names.rows(places)]
    return (Text(title, tuple(rows[:MOST_CHOICES])),)


def _among(turn: GroupTurn, places: Sequence[Place], title: str) -> tuple[Message, ...]:
    if not places:
        return _ask(turn, WHICH)
    taps = [_tap(turn, names.label(place, "ja")[:20], "group.pick", d=place.key) for place in places[:MOST_CHOICES]]
    return (Text(title, tuple(taps)),)


def _change(turn: GroupTurn) -> Tap:
    return _tap(turn, CHANGE, "group.again")


def _tap(turn: GroupTurn, label: str, action: str, **fields: str) -> Tap:
    key = next(turn.context.sealer.signing_keys("postback"))
    return Tap(label, postback.encode(action, fields, turn.municipality, key), label)


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0

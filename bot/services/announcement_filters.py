"""Whom of an announcement's audience it goes to: the JSON of `Announcement.filters`, checked, in words, as SQL.

Every filter narrows: conditions are only ever joined by AND, so that none can reach more people than the audience
alone, and one that cannot be read matches nobody. Who took part somewhere is an audience of its own (`took_part`): it
stands for itself, so that no count of it can be split by district or language (docs/budget.md).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, except_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from bot.errors import BadInputError
from bot.models import (
    Announcement,
    AnnouncementDistrict,
    District,
    Entry,
    Participation,
    Poll,
    Resident,
    ResidentTopic,
    RoleHolder,
    RoundParticipation,
    RoundTable,
    SignUp,
)
from bot.models.resident import HOLDERS, TOPICS
from bot.now import jst
from bot.services import ledger
from bot.services.pages import on_page
from content.phrases import SERVED

MOST: Final = 50  # values of one kind
LEAST_WHO_TOOK_PART: Final = 10  # fewer who answered or spoke, and a message to them would point at somebody
UNREADABLE: Final = "届ける人のしぼり方が読み取れません。もう一度えらんでください。"
ALONE: Final = "「参加した人」は、1つの円卓会議か、1つのアンケートか、行事の申し込みのどれかでえらびます。"
HOLDER_NAMES: Final = {"group_head": "組長", "section_head": "班長", "association_head": "区長・町内会長"}
TOPIC_NAMES: Final = {
    "activities": "行事", "children": "子育て", "safety": "防災・安全", "environment": "ごみ・環境",
    "welfare": "福祉・健康", "volunteers": "手伝い募集",
}  # fmt: skip
LANGUAGE_NAMES: Final = {
    "ja": "日本語", "easy-ja": "やさしい日本語", "en": "英語", "pt": "ポルトガル語", "vi": "ベトナム語",
    "zh-Hans": "中国語", "tl": "フィリピン語", "es": "スペイン語",
}  # fmt: skip
# 本町 and 本町町内会 are the same place: residents type either.
_LEFT_OUT: Final = (" ", "　", "町内会", "自治会", "行政区")

SignUpDay = tuple[str, date]


@dataclass(frozen=True)
class Filters:
    """What narrows an audience; an empty field narrows nothing. Within a field any value is enough.

    `topics` leaves out residents who chose others only; `untold_days` those who were told something in as many days.
    `polls`, `round_tables`, `sign_ups` ((entry's key, day)) belong to the audience `took_part`.
    """

    neighbourhoods: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    untold_days: int = 0
    polls: tuple[int, ...] = ()
    round_tables: tuple[int, ...] = ()
    sign_ups: tuple[SignUpDay, ...] = ()
    readable: bool = True

    @property
    def nothing(self) -> bool:
        """Whether the whole audience gets it."""
        return self == Filters()

    @property
    def for_groups(self) -> bool:
        """Whether a group may get it, where everybody reads it: narrowed to associations at most, never by people."""
        return self == Filters(neighbourhoods=self.neighbourhoods)

    @property
    def of_part(self) -> bool:
        """Whether it names who took part somewhere."""
        return bool(self.polls or self.round_tables or self.sign_ups)

    @property
    def needs_many(self) -> bool:
        """Whether few recipients would tell of somebody that they answered or spoke."""
        return bool(self.polls or self.round_tables)

    def as_json(self) -> dict[str, Any]:
        """What is stored; parse gives the same again."""
        found: dict[str, Any] = {
            one.name: list(value) if isinstance(value := getattr(self, one.name), tuple) else value
            for one in fields(self)
            if one.name != "readable" and getattr(self, one.name)
        }
        if self.sign_ups:
            found["sign_ups"] = [[key, day.isoformat()] for key, day in self.sign_ups]
        return found


EVERYBODY: Final = Filters()


def parse(raw: Mapping[str, Any]) -> Filters:
    """The JSON read strictly: unknown keys, kinds and empty lists are refused (BadInputError), never left out."""
    if not isinstance(raw, Mapping) or set(raw) - set(_READERS):
        raise BadInputError(UNREADABLE)
    read: dict[str, Any] = {name: _READERS[name](value) for name, value in raw.items()}
    return Filters(**read)


def stored(raw: Mapping[str, Any]) -> Filters:
    """A row's filters; what cannot be read matches nobody."""
    try:
        return parse(raw)
    except BadInputError:
        return Filters(readable=False)


def checked(session: Session, municipality: str, audience: str, wanted: Filters) -> Filters:
    """The filters, if they fit the audience and name only what this municipality has. Raises BadInputError."""
    if not wanted.readable:
        raise BadInputError(UNREADABLE)
    if audience == "took_part":
        if sum(map(bool, (wanted.polls, wanted.round_tables, wanted.sign_ups))) != 1 or any(
            getattr(wanted, name) for name in ("neighbourhoods", "topics", "languages", "posts", "untold_days")
        ):
            raise BadInputError(ALONE)
        if len(wanted.polls) > 1 or len(wanted.round_tables) > 1:
            raise BadInputError(ALONE)
    elif wanted.of_part:
        raise BadInputError("円卓会議、アンケート、申し込みでえらぶときは、届ける範囲を「参加した人」にしてください。")
    of_part(session, municipality, wanted)
    return wanted


def of_part(session: Session, municipality: str, wanted: Filters) -> frozenset[int]:
    """The districts of what is named; none: it is (also) the whole city's. Raises BadInputError for what is not here.

    They decide who may write to those who took part: officers of all of these districts, else the city.
    """
    found: list[Sequence[int]] = []
    for poll_id in wanted.polls:
        poll = session.get(Poll, poll_id)
        if poll is None or poll.municipality_id != municipality or poll.state in ("draft", "cancelled"):
            raise BadInputError("えらんだアンケートは、この市町村にありません。")
        found.append(_districts_of_poll(session, poll))
    for round_id in wanted.round_tables:
        round_ = session.get(RoundTable, round_id)
        if round_ is None or round_.municipality_id != municipality:
            raise BadInputError("えらんだ円卓会議は、この市町村にありません。")
        found.append([round_.district_id])
    for key, _ in wanted.sign_ups:
        found.append(_districts_of_activity(session, municipality, key))
    return frozenset() if not all(found) else frozenset(one for ids in found for one in ids)


def condition(wanted: Filters, municipality: str, now: datetime, *, paged: bool = False) -> ColumnElement[bool]:
    """The condition on `resident`, to be joined to the audience's by AND; `paged` as in bot.services.ledger."""
    if not wanted.readable:
        return false()
    parts: list[ColumnElement[bool]] = [true()]
    if wanted.posts:
        parts.append(holds(municipality, (), now, posts=wanted.posts))
    if wanted.neighbourhoods:
        parts.append(_lives_in(wanted, municipality, now))
    if wanted.topics:
        theirs = exists().where(ResidentTopic.resident_id == Resident.id)
        parts.append(or_(~theirs, theirs.where(ResidentTopic.topic.in_(wanted.topics))))
    if wanted.languages:
        parts.append(Resident.language.in_(wanted.languages))
    if wanted.untold_days:
        since = now - timedelta(days=wanted.untold_days)
        anybody = select(Resident.id).where(Resident.municipality_id == municipality)
        anybody = anybody.where(on_page(Resident.id)) if paged else anybody
        # Not NOT IN: where PostgreSQL takes its list for a long one, it goes through it for each resident.
        parts.append(Resident.id.in_(except_(anybody, *ledger.told_since(municipality, since, paged=paged))))
    if wanted.of_part:
        parts.append(_took_part(wanted, municipality))
    return and_(*parts)


def holds(
    municipality: str, district_ids: Collection[int], now: datetime, *, posts: Collection[str] = ()
) -> ColumnElement[bool]:
    """Residents who hold a post of a neighbourhood association today; in these districts, when any are named."""
    post = RoleHolder
    parts = [post.resident_id == Resident.id, post.municipality_id == municipality]
    parts.append(or_(post.until.is_(None), post.until >= jst(now).date()))
    if posts:
        parts.append(post.post.in_(posts))
    if district_ids:
        parts.append(post.district_id.in_(district_ids))
    return exists().where(*parts)


def in_words(session: Session, municipality: str, wanted: Filters) -> tuple[str, ...]:
    """What the writer and the approver read, one line for each thing that narrows."""
    if not wanted.readable:
        return (UNREADABLE,)
    lines = []
    if wanted.neighbourhoods:
        lines.append(f"町内会・区: {'・'.join(wanted.neighbourhoods)}")
    if wanted.topics:
        lines.append(f"話題: {_listed(wanted.topics, TOPIC_NAMES)}(話題を選んでいない人にも届きます)")
    if wanted.languages:
        lines.append(f"言葉: {_listed(wanted.languages, LANGUAGE_NAMES)}")
    if wanted.posts:
        lines.append(f"役: {_listed(wanted.posts, HOLDER_NAMES)}")
    if wanted.untold_days:
        lines.append(f"この{wanted.untold_days}日にお知らせを受け取っていない人だけ")
    for poll_id in wanted.polls:
        poll = session.get(Poll, poll_id)
        lines.append(
            f"アンケート「{poll.question if poll and poll.municipality_id == municipality else '?'}」に答えた人"
        )
    for round_id in wanted.round_tables:
        round_ = session.get(RoundTable, round_id)
        theme = round_.theme.splitlines()[0] if round_ and round_.municipality_id == municipality else "?"
        lines.append(f"円卓会議「{theme}」に参加した人")
    for key, day in wanted.sign_ups:
        row = _activity(session, municipality, key)
        lines.append(f"「{row.title if row else '?'}」{day.month}月{day.day}日に申し込んだ人")
    return tuple(lines)


def neighbourhood_key(name: str) -> str:
    """A neighbourhood's name as it is compared: 本町町内会 and 本町 are the same."""
    return reduce(lambda text, part: text.replace(part, ""), _LEFT_OUT, name)


def _lives_in(wanted: Filters, municipality: str, now: datetime) -> ColumnElement[bool]:
    """By what the resident typed; holders of a post by the association they hold it for."""
    if not wanted.posts:
        return in_neighbourhoods(Resident.neighbourhood, wanted.neighbourhoods)
    post = RoleHolder
    mine = and_(post.resident_id == Resident.id, post.municipality_id == municipality, post.post.in_(wanted.posts))
    valid = or_(post.until.is_(None), post.until >= jst(now).date())
    return exists().where(mine, valid, in_neighbourhoods(post.neighbourhood, wanted.neighbourhoods))


def in_neighbourhoods(column: Any, names: Collection[str]) -> ColumnElement[bool]:
    """Whether the neighbourhood in this column is one of these, written either way."""
    found: ColumnElement[bool] = _plain(column).in_({neighbourhood_key(name) for name in names})
    return found


def _plain(column: Any) -> Any:
    return reduce(lambda text, part: func.replace(text, part, ""), _LEFT_OUT, column)


def _took_part(wanted: Filters, municipality: str) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = []
    if wanted.polls:
        mine = select(Participation.resident_id).where(Participation.municipality_id == municipality)
        ways.append(Resident.id.in_(mine.where(Participation.poll_id.in_(wanted.polls))))
    if wanted.round_tables:
        part = select(RoundParticipation.resident_id).where(RoundParticipation.municipality_id == municipality)
        ways.append(Resident.id.in_(part.where(RoundParticipation.round_table_id.in_(wanted.round_tables))))
    for key, day in wanted.sign_ups:
        joined = and_(SignUp.municipality_id == municipality, SignUp.entry_key == key, SignUp.day == day)
        ways.append(Resident.id.in_(select(SignUp.resident_id).where(joined)))
    return or_(*ways)


def _districts_of_poll(session: Session, poll: Poll) -> Sequence[int]:
    of = AnnouncementDistrict
    query = select(of.district_id).join(Announcement, Announcement.id == of.announcement_id)
    mine = (Announcement.municipality_id == poll.municipality_id, Announcement.poll_id == poll.id)
    return session.scalars(query.where(*mine)).all()


def _districts_of_activity(session: Session, municipality: str, key: str) -> Sequence[int]:
    row = _activity(session, municipality, key)
    if row is None:
        raise BadInputError("えらんだ行事は、この市町村にありません。")
    keys = row.data.get("districts") or []
    query = select(District.id).where(District.municipality_id == municipality, District.key.in_(keys))
    return session.scalars(query).all()


def _activity(session: Session, municipality: str, key: str) -> Entry | None:
    same = (Entry.municipality_id == municipality, Entry.key == key, Entry.kind == "activity")
    return session.scalar(select(Entry).where(*same))


def _listed(values: Sequence[str], names: Mapping[str, str]) -> str:
    return "・".join(names.get(one, one) for one in values)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST:
        raise BadInputError(UNREADABLE)
    return list(value)


def _word(value: Any, known: Collection[str] | None) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 40 or (known is not None and value not in known):
        raise BadInputError(UNREADABLE)
    return value


def _number(value: Any, most: int = 2**63 - 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise BadInputError(UNREADABLE)
    return value


def _sign_up(value: Any) -> SignUpDay:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise BadInputError(UNREADABLE)
    try:
        return _word(value[0], None), date.fromisoformat(value[1])
    except (TypeError, ValueError):
        raise BadInputError(UNREADABLE) from None


def _each(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Several values, each once, in an order of their own."""
    return lambda value: tuple(sorted({read(one) for one in _list(value)}))


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "neighbourhoods": _each(lambda one: _word(one, None)),
    "topics": _each(lambda one: _word(one, TOPICS)),
    "languages": _each(lambda one: _word(one, SERVED)),
    "posts": _each(lambda one: _word(one, HOLDERS)),
    "untold_days": lambda value: _number(value, 31),
    "polls": _each(_number),
    "round_tables": _each(_number),
    "sign_ups": _each(_sign_up),
}

"""Filters against a plain reading of the rules, on both databases; what cannot be read, and what is somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from bot.db import Database
from bot.errors import BadInputError
from bot.models import (
    Announcement,
    AnnouncementDistrict,
    DigestRecipient,
    District,
    Entry,
    LedgerSheet,
    Municipality,
    Participation,
    Poll,
    Resident,
    ResidentDistrict,
    ResidentTopic,
    RoleHolder,
    RoundParticipation,
    RoundTable,
    SignUp,
    Staff,
)
from bot.models.announcement import AUDIENCES, CHOSEN
from bot.models.poll import random_id
from bot.now import jst, real_now
from bot.services import pages
from bot.services.announcement_filters import EVERYBODY, Filters, checked, in_words, of_part, parse, stored
from bot.services.announcement_reach import NOBODY, TOO_FEW_TOOK_PART, Whom, count, of_audience, recipients, why_not
from bot.services.schema import upgrade

NOW = real_now()
TODAY = jst(NOW).date()
PLACES = (1, 2, 3)
DAY = date(2026, 12, 6)
TOPICS, LANGUAGES, POSTS = ("safety", "children", "welfare"), ("ja", "vi", "en"), ("association_head", "group_head")
TYPED = {None: None, "本町": "本町", "本町町内会": "本町", "第1 区": "第1区", "栄町": "栄町"}

people = st.lists(
    st.fixed_dictionaries(
        {
            "city": st.sampled_from(["fuji", "fuji", "fuji", "tomioka"]),
            "home": st.sampled_from([None, *PLACES]),
            "interests": st.frozensets(st.sampled_from(PLACES), max_size=2),
            "state": st.sampled_from(["active", "active", "active", "left"]),
            "paused": st.sampled_from([False, False, True]),
            "typed": st.sampled_from(list(TYPED)),
            "language": st.sampled_from(LANGUAGES),
            "topics": st.frozensets(st.sampled_from(TOPICS), max_size=2),
            "post": st.none() | st.tuples(st.sampled_from(POSTS), st.sampled_from(PLACES), st.sampled_from([-1, 0, None])),
            "told": st.sampled_from([None, 1, 8]),
            "part": st.frozensets(st.sampled_from(["poll", "round", "sign_up"])),
        }
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip
some = st.just(()) | st.just(())
filters = st.builds(
    Filters,
    neighbourhoods=some | st.sampled_from([("本町",), ("第1区",), ("本町町内会", "栄町")]),
    topics=some | st.sampled_from([("safety",), ("children", "safety")]),
    languages=some | st.sampled_from([("vi",), ("en", "ja")]),
    posts=some | st.sampled_from([("group_head",), POSTS]),
    untold_days=st.sampled_from([0, 0, 7]),
    polls=some | st.just((1,)),
    round_tables=some | st.just((1,)),
    sign_ups=some | st.just((("clean", DAY),)),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if request.param == "postgresql":
        url = request.getfixturevalue("cluster").database()
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('filters') / 'entaku.db'}"
    upgrade(url)
    database = Database(url)
    with database.write() as session:
        session.add_all(Municipality(id=name, name=name, code="0") for name in ("fuji", "tomioka"))
        session.flush()
        session.add_all(District(id=d, municipality_id="fuji", key=str(d), name=str(d), kana="") for d in PLACES)
        session.add(Staff(id=1, municipality_id="fuji", email="1", name="", password_hash="", created_at=NOW))
        session.flush()
        for number, city in ((1, "fuji"), (9, "tomioka")):
            session.add(Poll(id=number, municipality_id=city, state="open", question="来ますか", closes_at=NOW))
        session.flush()
        for number in (1, 2):  # 1 carries the poll, 2 was told before
            session.add(
                Announcement(
                    id=number, municipality_id="fuji", state="sent", author_id=1, sender="s", title="t", body="b",
                    created_at=NOW, poll_id=1 if number == 1 else None,
                )
            )  # fmt: skip
        session.add(
            RoundTable(
                id=1, municipality_id="fuji", district_id=2, number=1, theme="公園\nの使い方", opens_at=NOW, closes_at=NOW,
                meets_at=NOW, place="", answerer="", answer_on=TODAY, author_id=1, created_at=NOW,
            )
        )  # fmt: skip
        session.add(
            Entry(
                municipality_id="fuji",
                key="clean",
                kind="activity",
                title="清掃",
                data={"districts": ["3"]},
                updated_at=NOW,
            )
        )
        session.flush()
        session.add(AnnouncementDistrict(announcement_id=1, district_id=1, municipality_id="fuji"))
    yield database
    database.close()


def settle(session: Any, rows: list[dict[str, Any]]) -> None:
    """Resident n (from 1) is row n, with everything that hangs on them."""
    sheets: dict[tuple[str, int], list[int]] = {}
    for number, row in enumerate(rows, 1):
        city = row["city"]
        values = {"id": number, "municipality_id": city, "line_id": bytes([number]), "home_district_id": row["home"]}
        values |= {"state": row["state"], "paused_at": NOW if row["paused"] else None, "followed_at": NOW}
        session.execute(insert(Resident).values(**values, neighbourhood=row["typed"], language=row["language"]))
        mine = {"resident_id": number, "municipality_id": city}
        for one in row["interests"]:
            session.execute(insert(ResidentDistrict).values(**mine, district_id=one))
        for one in row["topics"]:
            session.execute(insert(ResidentTopic).values(**mine, topic=one))
        if row["post"]:
            post, place, days = row["post"]
            until = None if days is None else TODAY + timedelta(days=days)
            held = {"post": post, "district_id": place, "neighbourhood": row["typed"], "until": until}
            session.execute(insert(RoleHolder).values(**mine, **held))
        if row["told"]:
            at = NOW - timedelta(days=row["told"])
            if number % 2:
                sheets.setdefault((city, row["told"]), []).append(number)
            else:
                session.execute(insert(DigestRecipient).values(**mine, announcement_id=2, lane="evening", frozen_at=at))
        if "poll" in row["part"]:
            session.execute(insert(Participation).values(id=random_id(), poll_id=1, **mine))
        if "round" in row["part"]:
            session.execute(insert(RoundParticipation).values(id=random_id(), round_table_id=1, **mine))
        if "sign_up" in row["part"]:
            coming = {
                "entry_key": "clean",
                "day": DAY,
                "people": 2,
                "state": "joined",
                "queued_at": NOW,
                "over_at": NOW,
            }
            session.execute(insert(SignUp).values(**mine, **coming))
    for (city, days), ids in sheets.items():
        one = {"municipality_id": city, "announcement_id": 2, "frozen_at": NOW - timedelta(days=days)}
        ends = {"first_id": ids[0], "last_id": ids[-1], "resident_ids": str(ids)}
        session.execute(insert(LedgerSheet).values(**one, **ends))


def on_pages(session: Any, whom: Whom) -> list[int]:
    """Whom freezing finds, page by page."""
    return [
        one for page in pages.pages(session) for part in recipients(whom, NOW) for one in session.scalars(part, page)
    ]


def holds(row: dict[str, Any]) -> bool:
    return bool(row["post"]) and row["post"][2] != -1


def wanted(row: dict[str, Any], audience: str, places: frozenset[int], only: Filters) -> bool:
    """The rule, as a person would say it."""
    if row["city"] != "fuji" or row["state"] != "active" or row["paused"]:
        return False
    part = {"poll": only.polls, "round": only.round_tables, "sign_up": only.sign_ups}
    within = {
        "home": row["home"] in places,
        "home_and_interest": row["home"] in places or bool(row["interests"] & places),
        "city": True,
        "took_part": only.of_part,
        "holders": holds(row) and row["post"][1] in places and (not only.posts or row["post"][0] in only.posts),
    }[audience]
    place = {TYPED.get(name, "本町") if name != "第1区" else "第1区" for name in only.neighbourhoods}
    return (
        within
        and (not only.neighbourhoods or TYPED[row["typed"]] in place)
        and (not only.topics or not row["topics"] or bool(row["topics"] & set(only.topics)))
        and (not only.languages or row["language"] in only.languages)
        and (not only.posts or (holds(row) and row["post"][0] in only.posts))
        and (not only.untold_days or row["told"] != 1)
        and (not only.of_part or any(part[name] for name in row["part"]))
    )


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=people,
    audience=st.sampled_from([*AUDIENCES, *CHOSEN]),
    places=st.frozensets(st.sampled_from(PLACES)),
    only=filters,
)
def test_a_filter_reaches_exactly_whom_it_says_and_never_widens_its_audience(
    town, monkeypatch, rows, audience, places, only
):
    monkeypatch.setattr(pages, "SIZE", 5)
    whom = Whom("fuji", audience, tuple(places), only)
    with town.write() as session:
        settle(session, rows)
        got = set(session.scalars(select(Resident.id).where(of_audience(whom, NOW))))
        whole = set(session.scalars(select(Resident.id).where(of_audience(Whom("fuji", audience, tuple(places)), NOW))))
        counted = count(session, whom, NOW)
        frozen, again = on_pages(session, whom), on_pages(session, Whom("fuji", "city", corrects_id=2))
        session.rollback()
    assert sorted(frozen) == sorted(got)
    told = {number for number, row in enumerate(rows, 1) if row["told"]}
    assert set(again) == told & {n for n, row in enumerate(rows, 1) if wanted(row, "city", frozenset(), Filters())}
    assert got == {number for number, row in enumerate(rows, 1) if wanted(row, audience, places, only)}
    assert got <= whole or audience == "took_part", "narrowed, never widened"
    assert counted.recipients == len(got)
    assert not counted.districts or not counted.rough, "parts of a district's people are not split any further"
    assert bool(why_not(whom, len(got))) == (not got or (only.needs_many and len(got) < 10))


@given(only=filters)
def test_what_is_stored_reads_the_same_again(only):
    assert parse(only.as_json()) == only


@pytest.mark.parametrize(
    "raw",
    [
        {"colour": ["red"]}, {"languages": []}, {"languages": "ja"}, {"languages": ["xx"]}, {"topics": [None]},
        {"posts": ["mayor"]}, {"polls": ["1"]}, {"polls": [0]}, {"sign_ups": [["clean"]]}, {"sign_ups": [["clean", "soon"]]},
        {"untold_days": True}, {"untold_days": 400}, {"neighbourhoods": ["  "]},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_once_stored_matches_nobody(town, raw):
    with pytest.raises(BadInputError):
        parse(raw)
    with town.write() as session:
        settle(session, [dict.fromkeys(("home", "typed", "post", "told")) | ROW])
        assert count(session, Whom("fuji", "city"), NOW).recipients == 1
        assert count(session, Whom("fuji", "city", (), stored(raw)), NOW).recipients == 0
        session.rollback()


ROW = {"city": "fuji", "interests": (), "state": "active", "paused": False, "language": "ja", "topics": (), "part": ()}


@pytest.mark.parametrize(
    ("audience", "only"),
    [
        ("took_part", Filters(polls=(9,))),  # another city's
        ("took_part", Filters(polls=(404,))),
        ("took_part", Filters(round_tables=(404,))),
        ("took_part", Filters(sign_ups=(("nothing", DAY),))),
        ("took_part", EVERYBODY),
        ("took_part", Filters(polls=(1,), languages=("vi",))),  # would tell how many of them speak it
        ("took_part", Filters(polls=(1,), sign_ups=(("clean", DAY),))),
        ("city", Filters(polls=(1,))),
        ("home", Filters(readable=False)),
    ],
)
def test_unknown_and_joined_parts_are_refused_never_dropped(town, audience, only):
    with town.read() as session, pytest.raises(BadInputError):
        checked(session, "fuji", audience, only)


def test_who_took_part_belongs_to_the_districts_it_was_held_in(town):
    with town.read() as session:
        assert of_part(session, "fuji", Filters(polls=(1,))) == {1}
        assert of_part(session, "fuji", Filters(round_tables=(1,))) == {2}
        assert of_part(session, "fuji", Filters(sign_ups=(("clean", DAY),))) == {3}
        assert in_words(session, "fuji", Filters(round_tables=(1,))) == ("円卓会議「公園」に参加した人",)
        assert in_words(session, "fuji", Filters(polls=(1,))) == ("アンケート「来ますか」に答えた人",)


def test_few_who_answered_stop_the_send_and_are_not_counted_out():
    answered, coming = (
        Whom("fuji", "took_part", (), Filters(polls=(1,))),
        Whom("fuji", "took_part", (), Filters(sign_ups=(("a", DAY),))),
    )
    assert [why_not(answered, people) for people in (0, 1, 9, 10)] == [TOO_FEW_TOOK_PART] * 3 + [None]
    assert [why_not(coming, people) for people in (0, 1)] == [NOBODY, None]

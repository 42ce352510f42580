"""The agenda and the search on both databases: what stands on which day, found in any spelling, and what is too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.models import (
    Announcement,
    AnnouncementDistrict,
    AnnouncementSeries,
    Circular,
    CircularItem,
    CircularRule,
    District,
    Entry,
    Inquiry,
    Poll,
    RoundTable,
)
from bot.now import JST
from bot.services import agenda, agenda_dates, entry_editing, finding, freshness
from bot.services.agenda import Event, Look
from bot.services.finding import Seeker
from content.packs_json import entry_json
from content.packs_model import Activity
from content.search import plain_find
from tests.support.announcing import CITY, Office, open_office

NOW = datetime(2026, 11, 10, 9, tzinfo=JST)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path) as opened:
        yield opened


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=JST)


def fill(office: Office) -> None:
    """November: something of every kind in 今泉, and the city's and 吉原's announcements beside it."""
    author = office.person("city").id
    with office.database.write() as session:
        ids = dict(session.execute(select(District.name, District.id).where(District.municipality_id == CITY)).all())
        here, key = ids["今泉"], session.get_one(District, ids["今泉"]).key
        common = {"municipality_id": CITY}

        def announce(title: str, day: int, *places: int, **values: object) -> Announcement:
            row = Announcement(
                **common, **({"state": "scheduled"} | values), author_id=author, sender="-", title=title, body="-",
                audience="home" if places else "city", send_at=at(day), created_at=NOW,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add_all(AnnouncementDistrict(announcement_id=row.id, district_id=one, **common) for one in places)
            return row

        poll = Poll(**common, question="ゴミの日は分かりますか", closes_at=at(25), remind_at=at(24), state="open")
        series = AnnouncementSeries(
            **common, state="running", rule="FREQ=WEEKLY;BYDAY=SU", at="18:00", starts_on=date(2026, 11, 1),
            ends_on=date(2027, 3, 31), made_to=date(2026, 11, 22),
        )  # fmt: skip
        session.add_all((poll, series))
        session.flush()
        announce("清掃", 16, here)
        announce("訓練", 17, here, poll_id=poll.id)
        announce("市から", 18)
        announce("となり", 18, ids["吉原"])
        announce("中止", 18, here, kind="called_off", urgency="cancellation")
        announce("体操", 22, here, series_id=series.id, series_day=date(2026, 11, 22))
        issue = Circular(
            **common, district_id=here, named_on=date(2026, 11, 20), issue_on=date(2026, 11, 20), closes_at=at(13),
            send_at=at(20),
        )  # fmt: skip
        session.add_all((issue, CircularRule(district_id=here, **common, rule="FREQ=MONTHLY;BYMONTHDAY=20,27")))
        session.flush()
        session.add(
            CircularItem(**common, circular_id=issue.id, position=1, origin="school", sender="小学校", title="運動会",
                         body="ごみは持ち帰ります", created_at=NOW)
        )  # fmt: skip
        session.add(
            RoundTable(
                **common,
                district_id=here,
                number=1,
                theme="ゴミ置き場",
                opens_at=at(5),
                closes_at=at(12),
                meets_at=at(14, 19),
                place="公民館",
                answerer="課",
                answer_on=date(2026, 11, 30),
                author_id=author,
                created_at=NOW,
            )
        )
        for title, kind, checked in (("ｺﾞﾐの出し方", "faq", "2020-01-01"), ("ごみ拾い", "activity", "2026-11-01")):
            activity = Activity(rule="FREQ=MONTHLY;BYMONTHDAY=28", start=time(9)) if kind == "activity" else None
            content = replace(
                entry_editing.blank(kind), id=kind, title=title, body="-", districts=(key,), draft=False,
                activity=activity, questions=("塵芥はいつ",), checked_on=date.fromisoformat(checked),
            )  # fmt: skip
            session.add(
                Entry(**common, key=kind, kind=kind, title=title, data=entry_json(content), updated_at=NOW)
            )  # fmt: skip
        session.add(
            Inquiry(**common, district_id=here, category="road", door="web", language="ja", state="referred",
                    department="ゴミ対策課", due=date(2026, 11, 19), created_at=NOW, waiting_since=NOW)
        )  # fmt: skip


def days(events: list[Event]) -> set[tuple[int, str, str]]:
    return {(one.day.day, one.kind, one.title) for one in events}


def test_the_month_has_everything_on_its_day_and_nothing_that_is_not_ones_own(office: Office):
    fill(office)
    city, officer = office.person("city"), office.person("officer", "今泉")
    with office.database.read() as session:
        look = Look(CITY, city, NOW, date(2026, 11, 1), date(2026, 11, 30))
        every = days(agenda_dates.everything(session, look))
        mine = days(agenda_dates.everything(session, replace(look, actor=officer)))
        next_ones = agenda.coming(session, replace(look, first=date(2026, 11, 10)))
    assert {
        (3, "holiday", "文化の日"), (16, "announcement", "清掃"), (18, "announcement", "市から"),
        (20, "circular", "回覧 11月20日号"), (27, "circular", "回覧 11月27日号"), (22, "series", "体操"),
        (29, "series", "体操"), (25, "poll", "ゴミの日は分かりますか"), (24, "reminder", "ゴミの日は分かりますか"),
        (14, "round", "第1回 円卓会議 ゴミ置き場"), (12, "round", "第1回 円卓会議 ゴミ置き場"), (28, "activity", "ごみ拾い"),
        (30, "answer", "第1回 円卓会議 ゴミ置き場"),
    } <= every  # fmt: skip
    assert any(day == 19 and kind == "answer" and title.startswith("相談 ") for day, kind, title in every)
    assert (18, "announcement", "となり") in every
    assert not any(title in ("となり", "市から") or title.startswith("相談") for _, _, title in mine)
    assert (18, "announcement", agenda.CITY_PLANNED) in mine
    assert [one.title for one in next_ones[:2]] == ["清掃", "訓練"]


def test_too_much_counts_the_city_and_the_circular_and_leaves_out_what_is_called_off(office: Office):
    fill(office)
    with office.database.read() as session:
        place = session.scalars(select(District.id).where(District.name == "今泉", District.municipality_id == CITY))
        look = Look(CITY, office.person("city"), NOW, date(2026, 11, 1), date(2026, 11, 30))
        found = agenda.crowds(session, look, [place.one()])
    # 16 and 17 are two; the city's on the 18th is the third, the circular of the 20th the fourth, 22nd the fifth.
    assert [(one.day.day, one.week, one.day_count) for one in found if one.over][:3] == [
        (18, 3, 1),
        (20, 4, 1),
        (22, 5, 1),
    ]


def test_one_word_finds_every_spelling_in_every_kind(office: Office):
    fill(office)
    city = office.person("city")
    with office.database.read() as session:
        groups = finding.find(session, Seeker(CITY, city, NOW, plain_find.words("ごみ")), {"road": "道路"})
        assert [one.kind for one in groups] == ["circular", "activity", "round_table", "poll", "entry", "inquiry"]
        # Words of kanji are looked for by the database first, also in lists that lie there with escapes.
        by_kanji = finding.find(session, Seeker(CITY, city, NOW, plain_find.words("塵芥")), {})
        assert {one.kind for one in by_kanji} == {"activity", "entry"}
        nothing = finding.find(session, Seeker("tomioka", city, NOW, plain_find.words("ごみ")), {})
        assert nothing == [], "another municipality"


def test_what_is_due_is_counted_as_the_list_has_it(office: Office):
    fill(office)
    with office.database.read() as session:
        for days_on in (0, 400, 4000):
            moment = NOW + timedelta(days=days_on)
            assert len(freshness.due_districts(session, CITY, moment)) == len(freshness.due(session, CITY, moment))
        assert len(freshness.due_districts(session, CITY, NOW)) == 1

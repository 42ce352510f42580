"""The figures: a council sees its own districts, the city all; charts, tables and files say the same; nobody is told."""

import csv
import io
from datetime import timedelta
from itertools import combinations

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert

from bot.models import Announcement, AnnouncementDistrict, DailyCount, District, Entry, EntryRating, Poll
from bot.now import jst
from tests.support.console import Office, text_of

FIGURES = "/console/fuji/figures"


@pytest.fixture
def office(cities):
    made = Office(cities)
    for name, people in (("今泉", 23), ("吉原", 41), ("広見", 3), ("原田", 12), ("須津", 30), ("伝法", 8)):
        made.residents(people, name)
    return made


def counts(office, kind, numbers, back=40):
    """So many of a kind on one day in the month before, by district's name."""
    day = jst(office.context.clock()).date() - timedelta(days=back)
    rows = [
        {"municipality_id": "fuji", "day": day, "kind": kind, "district_id": office.district(name) if name else 0, "count": n}
        for name, n in numbers.items()
    ]  # fmt: skip
    with office.context.database.write() as session:
        session.execute(insert(DailyCount), rows)
    return f"{day.year}年{day.month}月"


def announcement(office, *names, left=0, recipients=200, poll=None, **more):
    now = office.context.clock()
    with office.context.database.write() as session:
        author = office.hire("officer", "今泉")
        carried = None
        if poll is not None:
            carried = Poll(
                municipality_id="fuji", state="closed", question="q", closes_at=now, closed_at=now, participants=40,
                tally={"total": 40, "items": [], "districts": {str(office.district(n)): c for n, c in poll.items()}},
            )  # fmt: skip
            session.add(carried)
            session.flush()
        row = Announcement(
            municipality_id="fuji", state="sent", author_id=author.id, sender="協議会", title="a", body="", created_at=now,
            frozen_at=now, recipients=recipients, left_after=left, poll_id=carried.id if carried else None, **more,
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add_all(
            AnnouncementDistrict(announcement_id=row.id, district_id=office.district(name), municipality_id="fuji")
            for name in names
        )


def table(visitor, show, key, **more):
    asked = "".join(f"&{name}={value}" for name, value in more.items())
    answer = visitor.get(f"{FIGURES}/file?show={show}&table={key}&as=csv{asked}")
    assert answer.status_code == 200, text_of(answer)
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_the_city_sees_every_district_as_a_tile_with_its_table_and_files(office):
    visitor = office.visit(office.hire("city"))
    page = visitor.get(FIGURES)
    said = text_of(page)
    with office.context.database.read() as session:
        names = session.query(District.name).filter_by(municipality_id="fuji").all()
    assert page.text.count('class="c-tile"') == len(names) == 26
    assert "26地区のまん中は0人です" in said
    rows = {row[0]: row[1:] for row in table(visitor, "participation", "participation")}
    assert (rows["今泉"][0], rows["吉原"][0], rows["広見"][0], rows["伝法"][0]) == ("23", "41", "5人未満", "8")
    book = load_workbook(io.BytesIO(visitor.get(f"{FIGURES}/file?table=participation&as=xlsx").get_data()))
    assert book.active.max_row == len(names) + 2
    for bad in ("?table=participation&as=pdf", "?table=people&as=csv", "?as=csv"):
        assert visitor.get(f"{FIGURES}/file{bad}").status_code == 400
    assert visitor.get(f"{FIGURES}?show=money").status_code == 404


def test_a_council_sees_itself_and_the_middle_and_nothing_of_others(office):
    announcement(office, "今泉", poll={"今泉": 20, "吉原": 15})
    visitor = office.visit(office.hire("officer", "今泉"))
    page = visitor.get(FIGURES)
    said = text_of(page)
    assert "今泉は23人です。26地区のまん中は0人です。" in said
    assert "吉原" not in said
    assert "41" not in said
    assert [row[0] for row in table(visitor, "participation", "participation")] == ["地区", "今泉", "市のまん中"]
    assert table(visitor, "participation", "participation")[1][3] == "20"
    other = office.district("吉原")
    for address in (
        f"{FIGURES}?district={other}",
        f"{FIGURES}/file?district={other}&table=participation",
        f"{FIGURES}?district=x",
    ):
        assert visitor.get(address).status_code == 404
    # Weeks of a district beside its months would tell small numbers.
    assert table(visitor, "activity", "announcements", by="week") == table(visitor, "activity", "announcements")


def test_every_page_says_what_it_found_with_and_without_numbers(office):
    visitor = office.visit(office.hire("city"))
    empty = {
        show: text_of(visitor.get(f"{FIGURES}?show={show}")) for show in ("activity", "answers", "ratings", "blocks")
    }
    assert "まだ数がありません" in empty["activity"]
    assert "約束の日が来た声は、まだありません" in empty["answers"]
    month = counts(office, "asked", {"今泉": 30, "吉原": 20, "": 10})
    counts(office, "answered", {"今泉": 27, "吉原": 18, "": 9})
    counts(office, "wrong", {"今泉": 3})
    counts(office, "residents", {"今泉": 61})
    announcement(office, "今泉", left=6)
    announcement(office, "今泉", left=2)  # too few to tell: in no sum
    asked = dict(table(visitor, "activity", "asked")[1:])
    assert asked[month] == "60"
    assert dict(table(visitor, "activity", "answered")[1:])[month] == "85.0"
    assert dict(table(visitor, "answers", "questions")[1:])[month] == "85.0"
    blocked = table(visitor, "blocks", "blocks")[-1]
    assert blocked[1:] == ["2", "200", "6", "3.0"]
    assert "入れていないお知らせは1件です" in text_of(visitor.get(f"{FIGURES}?show=blocks"))
    assert dict(table(visitor, "blocks", "residents")[1:])[month] == "65"
    assert "週ごと" in text_of(visitor.get(f"{FIGURES}?show=activity&by=week"))
    page = visitor.get(f"{FIGURES}?show=activity").text
    assert page.count('role="img"') == page.count("<desc>") >= 3


def test_a_districts_small_month_hides_with_others(office):
    month = counts(office, "asked", {"今泉": 40, "吉原": 30, "広見": 2, "原田": 3, "": 25})
    counts(office, "residents", {"": 0})
    visitor = office.visit(office.hire("city"))
    shown = {}
    for name in ("今泉", "吉原", "広見", "原田", "伝法"):
        shown[name] = dict(table(visitor, "activity", "asked", district=office.district(name))[1:])[month]
    assert (shown["広見"], shown["原田"], shown["伝法"]) == ("", "", "")
    whole = int(dict(table(visitor, "activity", "asked")[1:])[month])
    known = [int(value) for value in shown.values() if value]
    rests = [whole - sum(some) for size in range(len(known) + 1) for some in combinations(known, size)]
    assert not [rest for rest in rests if 0 < rest < 5]


def test_ratings_of_a_council_are_of_its_own_entries(office):
    data = {
        "id": "x",
        "kind": "faq",
        "title": "体育館の使い方",
        "body": "b",
        "source": {"title": "s"},
        "districts": ["imaizumi"],
    }
    with office.context.database.write() as session:
        row = Entry(
            municipality_id="fuji",
            key="x",
            kind="faq",
            title="体育館の使い方",
            data=data,
            updated_at=office.context.clock(),
        )
        session.add(row)
        session.flush()
        session.add_all(
            EntryRating(entry_id=row.id, question="found", value=value, municipality_id="fuji", count=count)
            for value, count in ((3, 8), (1, 2))
        )
    own, other = (office.visit(office.hire("chair", name)).get(f"{FIGURES}?show=ratings") for name in ("今泉", "吉原"))
    assert "見つけやすかった 80点です" in text_of(own)
    assert "体育館" in own.text
    assert "体育館" not in other.text
    assert "まだありません" in text_of(other)

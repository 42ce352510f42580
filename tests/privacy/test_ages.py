"""Ages that a poll asked for: sealed while it is open, gone from every ballot at close, and no table tells on anybody."""

import csv
import io
import json
import shutil
import sqlite3
from collections import defaultdict
from contextlib import closing as shut
from datetime import timedelta
from itertools import combinations, product

import pytest
from sqlalchemy import select, update

from bot.core.poll_items import Item
from bot.models import Ballot, Poll, Resident
from bot.services import closing, poll_ages, poll_results, polls
from bot.services.ballots import Sheet
from bot.services.context import open_context
from tests.conftest import make_settings
from tests.privacy.test_after_close import files, where
from tests.support.console import Office
from tests.support.polling import CITY, NOW, Polling, line_id

ITEM = (Item("single", "参加しますか", ("はい", "いいえ")),)
LATER = NOW + timedelta(days=3)
# Three of the youngest, three who did not want to say: neither may be told.
AGES = [3] * 14 + [1] * 10 + [4] * 10 + [0] * 3 + [5] * 2 + [None]


def kept(people):
    """What is kept of ballots given as (district, age) pairs: districts and ages."""
    found = poll_results.outcome(ITEM, [Sheet({0: (0,)}, place, age=age) for place, age in people], asks_age=True)
    return found.districts, found.ages


@pytest.mark.parametrize("people", [16, 21, 24])
def test_an_attacker_who_knows_the_rule_and_both_tables_finds_no_number_under_five(people):
    """Every way so many people can be of two bands or none, in two districts or none; the tables are all that is seen."""
    worlds = defaultdict(list)
    for young, old in product(range(people + 1), repeat=2):
        if young + old > people:
            continue
        ages = [0] * young + [4] * old + [None] * (people - young - old)
        for at_home in range(0, people + 1, 4):
            places = [1] * at_home + [2] * (people - at_home)
            districts, bands = kept(list(zip(places, ages, strict=True)))
            worlds[tuple(sorted(districts.items())), tuple(sorted(bands.items()))].append((young, old))
    shown = 0
    for (_, bands), truths in worlds.items():
        assert not bands or sum(count for _, count in bands) == people
        assert all(count >= 5 for _, count in bands)
        shown += bool(bands)
        for at in range(2):
            possible = {truth[at] for truth in truths}
            assert len(possible) > 1 or min(possible) not in range(1, 5), (bands, truths)
    assert shown > 5 or people < 20


class Story:
    """Forty residents answer, and most say how old they are; then the poll closes."""

    def __init__(self, context):
        self.context, self.polling, self.office = context, Polling(context), Office(context)
        self.poll = self.polling.opened(choices=("はい", "いいえ"), audience="city")
        with context.database.write() as session:
            session.execute(update(Poll).where(Poll.id == self.poll).values(asks_age=True))
        for number, age in enumerate(AGES):
            self.polling.vote(self.poll, number, number % 2)
            if age is not None:
                self.give(number, age)
        self.sealed = [row.answer for row in self.ballots()]
        self.paths = (context.database.url.database, context.keystore.database.url.database)
        self.while_open = files(*self.paths)
        assert closing.close_due(context, LATER) == 1
        self.after = files(*self.paths)

    def give(self, number, age):
        resident, box = self.polling.resident(number), polls.box_of(self.context.keystore, self.polling.poll(self.poll))
        with self.context.database.write() as session:
            given = poll_ages.Given(self.poll, age, line_id(number))
            poll_ages.give(session, box, session.get_one(Resident, resident), given, NOW)

    def ballots(self):
        with self.context.database.read() as session:
            return session.scalars(select(Ballot).where(Ballot.poll_id == self.poll)).all()


@pytest.fixture(scope="module")
def story(city_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ages")
    shutil.copyfile(city_template, folder / "entaku.db")
    context = open_context(make_settings(folder, f"sqlite:///{folder / 'entaku.db'}"))
    yield Story(context)
    context.database.close()
    context.keystore.database.close()


def test_sealed_ballots_look_alike_whatever_age_they_hold_and_are_gone_afterwards(story):
    assert len({len(one) for one in story.sealed}) == 1
    assert where(story.sealed, story.while_open)
    assert where(story.sealed, story.after) == []


def test_after_the_close_no_row_holds_an_age_beside_an_answer(story):
    with shut(sqlite3.connect(story.paths[0])) as connection:
        columns = {row[1] for table in ("ballot", "resident", "participation", "poll_text")
                   for row in connection.execute(f"PRAGMA table_info({table})")}  # fmt: skip
    assert not [name for name in columns if "age" in name.split("_")]
    assert {(row.voter, row.answer) for row in story.ballots()} == {(None, None)}


def test_what_is_kept_of_ages_is_one_table_that_holds_everybody(story):
    tally = story.polling.poll(story.poll).tally
    assert tally["ages"] == {"3": 14, "": 26}  # the small bands drew the next larger ones in
    assert json.dumps(tally["splits"]) == "{}"  # and never beside an answer


@pytest.mark.parametrize("role", ["officer", "chair", "district_staff", "city", "viewer", "admin"])
def test_no_role_can_subtract_its_way_to_fewer_than_five(story, role):
    visitor = story.office.visit(story.office.hire(role, "今泉"))
    address = f"/console/{CITY}/polls/{story.poll}"
    page = visitor.get(address)
    if role in ("officer", "chair", "district_staff"):
        assert page.status_code == 404  # a poll of the whole city is the city's to read
        return
    answer = visitor.get(f"{address}/file?table=who&as=csv")
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))[1:]
    people = [int(row[2]) for row in rows if row[0] == "年代"]
    assert people == [14, 26]
    rests = [len(AGES) - sum(some) for size in (1, 2) for some in combinations(people, size)]
    assert not [rest for rest in rests if 0 < rest < 5]
    assert "世論の割合ではありません" in page.text
    assert "29歳まで" not in page.text

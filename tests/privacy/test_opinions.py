"""After a round's votes are closed: can anybody tell a voter's vote, or a number of people under five?

The attacker holds the database with its log, raw copies taken before and after a single vote in the morning, a backup
while votes were open and one after, everything logged, every key but the destroyed one, and all pages and files.
"""

import csv
import io
import json
import re
import shutil
import sqlite3
from contextlib import closing as shut
from itertools import combinations

import pytest
from flask import Flask
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.models import Listening, RoundAudience, Statement, StatementVote
from bot.services import backups
from bot.services.context import open_context
from bot.services.statement_votes import VoteBox, name_of
from handlers import public
from tests.conftest import make_settings
from tests.privacy.test_after_close import files, where
from tests.support.console import Office
from tests.support.hearing import CITY
from tests.support.opinions import FEW, Voted
from tests.support.polling import line_id

MORNING = 22  # the voter who comes alone


class Story:
    def __init__(self, context, folder):
        with capture_logs() as logs:
            self.tell(context, folder)
        self.logs = {"logs": str(logs).encode()}

    def tell(self, context, folder):
        self.voted = Voted(context)
        self.context = self.voted.context
        self.paths = (context.database.url.database, context.keystore.database.url.database)
        self.voted.voters = range(MORNING)
        self.voted.cast()
        self.night = self.copy(folder / "night.db")
        self.voted.voters = range(MORNING, MORNING + 1)
        self.voted.cast()
        self.morning = self.copy(folder / "morning.db")
        self.older = folder / "older.backup"
        backups.backup(str(context.database.url), self.older)
        self.round_key = context.keystore.get(name_of(CITY, self.voted.hearing.round))
        self.hmacs = [self.voted.hearing.box().ballots.voter(line_id(number)) for number in range(MORNING + 1)]
        self.sealed = [row.answer for row in self.rows(StatementVote)]
        self.while_open = files(*self.paths)
        self.voted.close()
        self.newest = folder / "newest.backup"
        backups.backup(str(context.database.url), self.newest)
        self.after = files(*self.paths) | {"newest": self.newest.read_bytes()}
        self.pages = self.fetch()

    def copy(self, path):
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{self.paths[0]}{suffix}", f"{path}{suffix}")
        return path

    def rows(self, table):
        with self.context.database.read() as session:
            return session.scalars(select(table)).all()

    def fetch(self):
        """All that any role can fetch of the round, and what everybody can."""
        office, found = Office(self.context), {}
        base = self.voted.address.removesuffix("/opinions")
        tables = [f"{self.voted.address}/file?table={name}&as=csv" for name in ("statements", "districts", "days")]
        for role in ("officer", "chair", "district_staff", "city", "viewer", "admin"):
            visitor = office.visit(office.hire(role, "今泉"))
            for path in (base, self.voted.address, f"{base}/sheet", *tables):
                answer = visitor.get(path)
                assert answer.status_code == 200, (role, path)
                found[role, path] = answer.get_data().decode("utf-8-sig")
        app = Flask("public", static_folder=None)
        public.register(app, self.context)
        path = f"/m/{CITY}/round-tables/{self.voted.hearing.round}"
        found["everybody", path] = app.test_client().get(path).text
        return found

    def table(self, role, name):
        text = next(text for (who, path), text in self.pages.items() if who == role and f"table={name}" in path)
        return list(csv.reader(io.StringIO(text)))[1:]


@pytest.fixture(scope="module")
def story(city_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("opinions")
    shutil.copyfile(city_template, folder / "entaku.db")
    context = open_context(make_settings(folder, f"sqlite:///{folder / 'entaku.db'}"))
    yield Story(context, folder)
    context.database.close()
    context.keystore.database.close()


def votes_in(path):
    with shut(sqlite3.connect(path)) as connection:
        return {row[0]: row[1:] for row in connection.execute("SELECT id, voter, answer FROM statement_vote")}


def test_what_is_looked_for_was_there(story):
    """The positive control; and with the key that was destroyed the morning's vote would have been open."""
    assert where([story.round_key], story.while_open)
    assert where(story.hmacs, story.while_open)
    assert where(story.sealed, story.while_open)
    new = {name: row for name, row in votes_in(story.morning).items() if name not in votes_in(story.night)}
    assert len(new) == 8
    box = VoteBox.of(CITY, story.voted.hearing.round, story.round_key)
    assert {box.ballots.open(answer, voter) for voter, answer in new.values()} <= {0, 1, 2}


def test_nothing_that_is_left_holds_a_vote_or_opens_one(story):
    assert where([story.round_key, *story.hmacs, *story.sealed], story.after) == []
    assert where([story.round_key, line_id(MORNING).encode()], story.logs) == []
    assert story.context.keystore.get(name_of(CITY, story.voted.hearing.round)) is None
    # The copies hold sealed votes for good; nothing that is left of the installation opens them.
    left = [value for value in story.after.values() if story.round_key in value]
    assert left == []
    other = VoteBox.of(CITY, story.voted.hearing.round, b"x" * 32)
    for path in (story.night, story.morning, story.older):
        assert {other.ballots.open(answer, voter) for voter, answer in votes_in(path).values()} == {None}


def test_the_morning_moved_nothing_that_stands_in_the_clear_but_how_many_took_part(story):
    """Between the two copies an attacker sees one more voter; no count, no list, no group, no day of fewer than five."""
    for path, voters in ((story.night, 22), (story.morning, 23)):
        with shut(sqlite3.connect(path)) as connection:
            assert connection.execute('SELECT voters, "groups" FROM listening').fetchone() in {
                (voters, None),
                (voters, "null"),
            }
            assert connection.execute("SELECT count(agree) FROM statement").fetchone() == (0,)
            assert connection.execute("SELECT count(districts) FROM round_audience").fetchone() == (0,)


def test_what_is_kept_names_nobody_and_counts_no_group_by_statement(story):
    kept = story.rows(Listening)[0].groups
    assert {key for group in kept["groups"] for key in group} == {"size", "x", "y", "marks"}
    assert {key for group in kept["groups"] for mark in group["marks"] for key in mark} == {"id", "agrees"}
    numbers = [int(one) for one in re.findall(r"\d+", json.dumps(kept))]
    ids = {row.id for row in story.rows(Statement)}
    assert {one for one in numbers if one not in ids} <= {0, 1, 10, 15}


@pytest.mark.parametrize("role", ["officer", "chair", "district_staff", "city", "viewer", "admin"])
def test_no_table_and_no_two_tables_lead_to_fewer_than_five(story, role):
    statements, districts, days = (story.table(role, name) for name in ("statements", "districts", "days"))
    tallies = [[int(cell) for cell in row[3:7]] for row in statements]
    assert all(seen == sum(answers) >= 10 for seen, *answers in tallies)
    assert len(tallies) == 8
    # Rows split by district: each of five or more, and nothing is left of the whole.
    people = [int(row[2]) for row in districts]
    assert min(people) >= 5
    whole = int(days[-1][1])
    rests = [whole - sum(some) for size in range(1, len(people) + 1) for some in combinations(people, size)]
    assert not [rest for rest in rests if 0 < rest < 5]
    steps = [
        later - earlier
        for earlier, later in zip([0, *(int(row[1]) for row in days)], [int(row[1]) for row in days], strict=False)
    ]
    assert not [step for step in steps if 0 < step < 5]
    # Sizes in fives: what is left of the voters could be anything from none to several.
    page = next(text for (who, path), text in story.pages.items() if who == role and path == story.voted.address)
    assert sorted(set(re.findall(r"約(\d+)人", page)), key=int) == ["5", "10", "15"]


def test_no_page_speaks_of_a_statement_answered_by_few_beside_a_number(story):
    for (who, path), text in story.pages.items():
        for line in re.split(r"</?(?:li|tr|p|text)\b", text):
            assert FEW not in line or not re.search(r"n=|\d人", line), (who, path)


def test_the_days_and_districts_hold_no_resident(story):
    row = story.rows(RoundAudience)[0]
    assert sum(row.districts.values()) == row.days[-1][1] == MORNING + 1
    assert all(isinstance(key, str) for key in row.districts)

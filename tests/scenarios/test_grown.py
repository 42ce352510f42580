"""The grown column of design.md 4: several processes on PostgreSQL, Celery and Redis, and all that can befall them.

One run, because starting the processes costs more than everything else: first an ordinary day, then one disaster after
another while announcements are being sent and residents write.
"""

import os
import random
import signal

import pytest
from sqlalchemy import select

from bot.core.permissions import Actor, Grant
from bot.models import District, Resident
from bot.now import real_now
from bot.services import announcements, processes, staff
from tests.scenarios.test_poll import Survey
from tests.support.house import words
from tests.support.processes import Apart

MANY = 1200  # residents who only receive: three batches an announcement
MULTICAST, REPLY = "/v2/bot/message/multicast", "/v2/bot/message/reply"


@pytest.fixture
def grown(postgres_url, redis, tmp_path):
    apart = Apart(postgres_url, tmp_path, engine="celery", broker_url=redis.url, work_processes="2")
    for command, name in (("serve", ""), ("worker", ""), ("clock", ""), ("clock", "second clock")):
        apart.start(command, name)
    apart.wait(apart.healthy)
    apart.wait(lambda: running(apart) == ["clock", "clock", "serve", "worker", "worker"])
    yield apart
    apart.stop()


def running(apart):
    with apart.context.database.read() as session:
        return [row.kind for row in processes.alive(session, real_now())]


@pytest.mark.chaos
def test_an_ordinary_day_and_then_everything_that_can_break(grown, redis, cluster):
    people = grown.residents(6)
    asks_and_is_answered(grown, people[0])
    votes(grown, people)
    one_minds_the_clock(grown)

    add_receivers(grown, MANY)
    make_line_slow(grown)
    telling = Telling(grown)
    writing = Writing(grown, people)

    telling.announce("しるしA")  # a process is killed in mid-work; Celery forks another
    writing.write("ごみの日はいつ")
    grown.wait(lambda: telling.in_flight() > 0)
    os.kill(random.choice(grown.children("worker")), signal.SIGKILL)

    telling.announce("しるしB")  # Redis forgets everything
    writing.write("避難所はどこ")
    redis.empty()

    telling.announce("しるしC")  # PostgreSQL restarts
    writing.write("防災訓練いつ？")
    cluster.restart()

    telling.announce("しるしD")  # the whole worker and the clock on duty are killed at once
    writing.write("ありがとう")
    grown.kill("worker")
    grown.kill("clock")
    grown.start("worker")

    redis.stop()  # and Redis stays away for the rest: slower, but complete
    telling.announce("しるしE")
    writing.write("相談したい")

    telling.reached_everybody_once()
    writing.answered_once_each()
    assert grown.control("violations") == []
    assert "clock.on_duty" in grown.words("second clock")


def asks_and_is_answered(grown, user):
    before = len(grown.inbox(user))
    grown.control(f"fuji/users/{user}/say", {"text": "防災訓練いつ？"})
    said = grown.wait(lambda: grown.inbox(user)[before:])
    assert "防災訓練" in words(said[0]["messages"])


def votes(grown, people):
    survey = Survey(grown)
    for user in people:
        survey.reaches(user)
        grown.control(f"fuji/users/{user}/tap", {"label": "参加したい"})
    grown.wait(lambda: survey.seen().participants == len(people))


def one_minds_the_clock(grown):
    with grown.context.database.read() as session:
        clocks = [row for row in processes.alive(session, real_now()) if row.kind == "clock"]
    assert sorted(row.on_duty for row in clocks) == [False, True]


def add_receivers(grown, count):
    ids = grown.control("fuji/users", {"count": count, "friends": True})["userIds"]
    sealer, now = grown.context.sealer, grown.context.clock()
    with grown.context.database.write() as session:
        home = session.scalars(select(District.id).where(District.municipality_id == "fuji", District.name == "今泉"))
        district = home.one()
        session.add_all(
            Resident(
                municipality_id="fuji", line_id=sealer.seal_id(one, "fuji"), home_district_id=district, followed_at=now
            )
            for one in ids
        )


def make_line_slow(grown):
    """So that something is always in flight: half a second an answer, some lost on the way back."""
    for path, action, when, chance in (
        (MULTICAST, {"type": "delay", "ms": 700}, "before", 1.0),
        (MULTICAST, {"type": "drop"}, "after", 0.2),
        (MULTICAST, {"type": "status", "status": 500}, "after", 0.2),
        (REPLY, {"type": "delay", "ms": 400}, "before", 1.0),
        (REPLY, {"type": "drop"}, "after", 0.2),
    ):
        match = {"method": "POST", "path": path, "prob": chance, "seed": 4}
        grown.control("faults", {"match": match, "action": action, "when": when})


class Telling:
    """Announcements to everybody in 今泉, each counted in every inbox at the end."""

    def __init__(self, grown):
        self.grown, self.markers = grown, []
        with grown.context.database.write() as session:
            home = session.scalars(
                select(District.id).where(District.municipality_id == "fuji", District.name == "今泉")
            )
            self.district = home.one()
            self.people = tuple(self._person(session, name) for name in ("one", "two"))

    def _person(self, session, name):
        new = staff.NewStaff(f"{name}@fuji.example", name, "a long password", "fuji", "officer", (self.district,))
        person = staff.create(session, new, self.grown.context.clock())
        return Actor(person.id, person.name, (Grant("officer", "fuji", frozenset({self.district})),))

    def announce(self, marker):
        self.markers.append(marker)
        context, (author, second) = self.grown.context, self.people
        now = context.clock()
        draft = announcements.Draft("清掃のお知らせ", marker, "今泉地区", "home", (self.district,))
        with context.database.write() as session:
            row = announcements.draft(session, "fuji", author, draft, now)
            row.at_once = True  # more than the week's share, to everybody all the same
            announcements.submit(session, row, author, now)
            announcements.approve(session, row, second, row.version, now, sealer=context.sealer)

    def in_flight(self):
        return self.grown.control("fuji/counters").get(f"POST {MULTICAST}", {}).get("calls", 0)

    def reached_everybody_once(self):
        with self.grown.context.database.read() as session:
            query = select(Resident.id).where(Resident.home_district_id == self.district)
            everybody = len(session.scalars(query).all())
        for marker in self.markers:
            self.grown.wait(lambda marker=marker: len(self.grown.copies(marker)) == everybody)
        self.grown.wait(self._finished)
        copies = {marker: set(self.grown.copies(marker).values()) for marker in self.markers}
        assert copies == {marker: {1} for marker in self.markers}

    def _finished(self):
        with self.grown.context.database.read() as session:
            listed = session.scalars(select(announcements.Announcement)).all()
            return all(row.finished_at is not None for row in listed)


class Writing:
    """Residents who write, each a text of their own; every text gets one answer."""

    def __init__(self, grown, people):
        self.grown, self.people, self.before = grown, list(people), {}

    def write(self, text):
        user = self.people.pop()
        self.before[user] = self._replies(user)
        self.grown.control(f"fuji/users/{user}/say", {"text": text})

    def answered_once_each(self):
        for user, before in self.before.items():
            self.grown.wait(lambda user=user, before=before: self._replies(user) > before)
        assert {user: self._replies(user) - before for user, before in self.before.items()} == dict.fromkeys(
            self.before, 1
        )

    def _replies(self, user):
        return sum(1 for sent in self.grown.inbox(user) if sent["via"] != "multicast")

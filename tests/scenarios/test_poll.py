"""The main job, over real HTTP: an officer asks, a second person approves, the phones ring, neighbours answer, a tally.

What residents see is read from the simulator's inboxes; what officers see from the one function that decides it.
"""

from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from bot.core.permissions import Actor, Grant
from bot.models import District, InboxEvent, OutboxMessage, Staff
from bot.now import jst
from bot.services import announcements, composing, poll_tickets, polls
from bot.services.composing import Question
from content.phrases import phrases
from tests.support.house import labels, words

CHOICES = ("参加したい", "参加しない", "まだ分からない")
QUESTION = "夜の防災訓練があったら、参加しますか。"
DAY = 86_400


class Survey:
    """One poll in a running house, from the officer's draft to the tally."""

    def __init__(self, house, city="fuji", district="今泉", closes_at=None, remind_at=None):
        self.house, self.context, self.city = house, house.context, city
        now = house.context.clock()
        with house.context.database.write(durable=True) as session:
            place = session.scalars(
                select(District).where(District.municipality_id == city, District.name == district)
            ).one()
            author, second = self.people = tuple(
                self.person(session, place.id, name, now) for name in ("書く人", "認める人")
            )
            new = announcements.Draft(
                "防災訓練のこと", "1つだけ教えてください。", f"{district}協議会", "home", (place.id,), None
            )
            question = Question(QUESTION, CHOICES, closes_at or now + timedelta(days=1), remind_at=remind_at)
            row = composing.write(session, city, author, new, question, now)
            announcements.submit(session, row, author, now)
            announcements.approve(session, row, second, row.version, now, sealer=house.context.sealer)
            assert row.poll_id is not None
            self.id = row.poll_id

    def person(self, session, district_id, name, now):
        row = Staff(municipality_id=self.city, email=f"{name}@example.jp", name=name, password_hash="-", created_at=now)
        session.add(row)
        session.flush()
        return Actor(row.id, name, (Grant("officer", self.city, frozenset({district_id})),))

    def reaches(self, user):
        """Wait for the invitation on somebody's phone."""

        def there():
            return QUESTION in words(
                [message for sent in self.house.inbox(user, self.city) for message in sent["messages"]]
            )

        self.house.wait(there)

    def tickets(self, count):
        """Codes for letters, as the console makes them."""
        with self.context.database.write(durable=True) as session:
            poll = polls.get(session, self.city, self.id)
            return poll_tickets.make(session, poll, self.people[0], count, self.context.clock())

    def seen(self):
        """What an officer sees of it."""
        with self.context.database.read() as session:
            poll = polls.get(session, self.city, self.id)
            return polls.result(poll, polls.choices_of(session, poll)).shown

    def state(self):
        with self.context.database.read() as session:
            return polls.get(session, self.city, self.id).state

    def ends(self):
        """Every reply is out, a day passes, the clock's tick closes it."""
        settled(self.house)
        self.house.control("clock", {"advance_s": 2 * DAY})
        self.house.wait(lambda: self.state() == "closed")


@pytest.mark.parametrize(("city", "district"), [("fuji", "今泉"), ("tomioka", "東富岡")])
def test_a_poll_from_the_officer_to_the_tally(house, city, district):
    me = house.resident(district, city)
    neighbours = house.control(f"{city}/neighbours", {"district": district, "count": 12})["userIds"]
    survey = Survey(house, city, district)
    for user in (me, *neighbours):
        survey.reaches(user)

    said = house.tap(me, "参加したい", city)
    assert "受け取りました" in words(said)
    assert "変えられます" in words(said)
    assert "参加したい" not in words(said)
    assert "答えを変える" in labels(said)
    again = house.tap(me, "答えを変える", city)
    assert QUESTION in words(again)
    assert "新しい答え" in words(house.tap(me, "参加しない", city))

    assert house.control(f"{city}/neighbours/answer", {"district": district}) == {"answered": 12}
    house.wait(lambda: survey.seen().participants == 13)
    assert survey.seen().counts is None

    survey.ends()
    tally = survey.seen()
    assert (tally.participants, sum(tally.counts)) == (13, 13)
    assert tally.counts[0] < 13
    late = words(house.tap(me, "まだ分からない", city))
    assert "終わりました" in late
    assert f"参加したい: {tally.counts[0]}人" in late
    assert survey.seen().counts == tally.counts
    assert house.violations() == []
    nothing_is_left(house, survey, [me, *neighbours])


def nothing_is_left(house, survey, users):
    """No id in any file, no vote in any row; the key is gone."""
    settled(house)
    assert {row.body for row in rows(house, OutboxMessage)} == {None}
    assert {row.body for row in rows(house, InboxEvent)} == {None}
    assert house.context.keystore.get(f"{survey.city}/{survey.id}") is None
    for url in (house.context.settings.database_url, house.context.settings.keystore_url):
        for suffix in ("", "-wal"):
            content = Path(url.removeprefix("sqlite:///") + suffix).read_bytes()
            assert not [user for user in users if user.encode() in content]


def settled(house):
    house.wait(lambda: all(row.state == "settled" for row in rows(house, OutboxMessage)))


def rows(house, table):
    with house.context.database.read() as session:
        return session.scalars(select(table)).all()


def test_a_number_answers_and_few_answers_stay_hidden(house):
    first, second = house.residents(2, "今泉")
    survey = Survey(house)
    for user in (first, second):
        survey.reaches(user)
    assert "受け取りました" in words(house.say(first, "２番"))
    assert "受け取りました" in words(house.say(second, "①"))
    assert "新しい答え" in words(house.say(second, "3"))
    more = words(house.tap(second, "くわしく"))
    assert "鍵をこわします" in more
    survey.ends()
    assert (survey.seen().participants, survey.seen().why) == (2, "few")
    assert "2人が回答。10人から結果を出します。" in words(house.tap(first, "参加したい"))
    assert house.violations() == []


def test_a_letter_answers_over_the_web_and_one_reminder_goes_to_those_who_have_not(house):
    answered, silent = house.residents(2, "今泉")
    evening = jst(house.context.clock() + timedelta(days=1)).replace(hour=18, minute=0, second=0, microsecond=0)
    survey = Survey(house, closes_at=evening + timedelta(days=1, hours=2), remind_at=evening)
    for user in (answered, silent):
        survey.reaches(user)
    house.tap(answered, "参加したい")

    once, unused = survey.tickets(2)
    page = f"{house.url}/m/{survey.city}/poll/{once}"
    assert QUESTION in requests.get(page, timeout=20).text
    assert "この答えで送りますか" in requests.post(page, {"q0": "1", "step": "check"}, timeout=20).text
    assert "ありがとうございました" in requests.post(page, {"q0": "1", "step": "send"}, timeout=20).text
    assert "もう使われています" in requests.post(page, {"q0": "0", "step": "send"}, timeout=20).text
    assert survey.seen().participants == 2

    reminder = phrases("ja").say("poll_door.reminder_title")
    house.control("clock", {"advance_s": int((evening - house.context.clock()).total_seconds()) + 60})
    house.wait(lambda: house.marker(reminder) == {silent: 1})
    assert "受け取りました" in words(house.tap(silent, "参加しない"))
    survey.ends()
    assert house.marker(reminder) == {silent: 1}
    assert survey.seen().participants == 3
    late = requests.get(f"{house.url}/m/{survey.city}/poll/{unused}", timeout=20)
    assert (late.status_code, "終わりました" in late.text) == (410, True)
    assert house.violations() == []


def test_whoever_erases_the_registration_takes_the_answer_along(house):
    me, other = house.residents(2, "今泉")
    survey = Survey(house)
    for user in (me, other):
        survey.reaches(user)
        house.tap(user, "参加したい")
    assert survey.seen().participants == 2
    house.say(me, "わたしの登録")
    house.tap(me, "登録を消す")
    house.tap(me, "消す")
    house.wait(lambda: survey.seen().participants == 1)

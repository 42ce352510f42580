"""The one reminder: at its hour, once, to those who got the poll and have not answered; and nobody sees who."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.models import Alert, Announcement, AnnouncementBatch, AnnouncementText, Channel, Municipality, Poll, Resident
from bot.now import jst
from bot.services import batches, poll_form, poll_reminders, polls
from tests.support.polling import CITY, NOW, Polling

EVENING = NOW.replace(hour=9) + timedelta(days=2)  # 18:00 in Japan, the day before the last


@pytest.fixture
def polling(context, database):
    return Polling(replace(context, database=database))


@pytest.fixture
def asked(polling):
    """A poll of the first district, to be reminded of; residents 1 to 5, of whom 1 and 2 have answered."""
    poll_id = polling.opened()
    with polling.context.database.write() as session:
        poll = polls.get(session, CITY, poll_id)
        poll.remind_at = poll_form.remind_at(poll.closes_at)
    for number in range(1, 6):
        polling.resident(number)
    polling.resident(7, polling.elsewhere)
    polling.vote(poll_id, 1, 0)
    polling.vote(poll_id, 2, 1)
    return poll_id


def remind(polling, now=EVENING):
    return poll_reminders.remind_due(polling.context, now, now)


def rows(polling, table):
    with polling.context.database.read() as session:
        return session.scalars(select(table)).all()


def told(polling):
    """The residents in the batches."""
    found = [
        batches.unpack(polling.context.sealer, CITY, row.recipients)[0] for row in rows(polling, AnnouncementBatch)
    ]
    return sorted(one for part in found for one in part)


def test_the_evening_before_the_last_day_at_six(polling, asked):
    moment = jst(polling.poll(asked).remind_at)
    closes = jst(polling.poll(asked).closes_at)
    assert (moment.hour, moment.minute, (closes.date() - moment.date()).days) == (18, 0, 1)


def test_once_to_those_who_have_not_answered(polling, asked):
    paused, new = polling.resident(4), polling.resident(5)
    with polling.context.database.write() as session:
        session.get_one(Resident, paused).paused_at = NOW
        session.get_one(Resident, new).followed_at = NOW + timedelta(hours=1)  # after the poll was sent
    assert remind(polling, EVENING - timedelta(minutes=1)) == 0
    assert remind(polling) == 1
    assert told(polling) == [polling.resident(3)]
    assert remind(polling) == remind(polling, EVENING + timedelta(hours=1)) == 0
    first, row = sorted(rows(polling, Announcement), key=lambda one: one.id)
    assert (row.state, row.recipients, row.poll_id, row.author_id) == ("sending", 1, None, first.author_id)
    assert "締切は、11月25日(水)" in row.messages.decode()
    assert "夜の防災訓練" in row.messages.decode()


def test_everybody_reads_it_in_their_own_language(polling, asked):
    english, vietnamese = polling.resident(3), polling.resident(4)
    with polling.context.database.write() as session:
        session.get_one(Municipality, CITY).languages = ["ja", "easy-ja", "en"]
        session.get_one(Resident, english).language = "en"
        session.get_one(Resident, vietnamese).language = "vi"  # not offered here: in plain Japanese
    assert remind(polling) == 3
    by_language = {row.variant: row.count for row in rows(polling, AnnouncementBatch)}
    assert by_language == {"en": 1, "easy-ja": 1, "ja": 1}
    texts = {row.language: row.messages.decode() for row in rows(polling, AnnouncementText)}
    assert set(texts) == {"easy-ja", "en"}
    assert "A poll closes soon" in texts["en"]
    assert "This is sent once" in texts["en"]


@pytest.mark.parametrize("late", [timedelta(hours=5), timedelta(hours=16)])
def test_not_at_night_and_not_after_the_end(polling, asked, late):
    assert remind(polling, EVENING + late) == 0
    assert polling.poll(asked).reminded_at is None
    assert len(rows(polling, Announcement)) == 1


def test_a_tick_missed_is_made_up_for_in_the_morning(polling, asked):
    with polling.context.database.write() as session:
        polls.get(session, CITY, asked).closes_at = EVENING + timedelta(hours=20)
    assert remind(polling, EVENING + timedelta(hours=14)) == 3


def test_when_all_have_answered_nothing_is_sent(polling, asked):
    for number in (3, 4, 5):
        polling.vote(asked, number, 0)
    assert remind(polling) == 0
    assert len(rows(polling, Announcement)) == 1
    assert rows(polling, AnnouncementBatch) == []
    assert polling.poll(asked).reminded_at == EVENING


def test_too_few_messages_left_stops_it_and_staff_are_told(polling, asked):
    with polling.context.database.write() as session:
        session.add(
            Channel(
                municipality_id=CITY,
                bot_user_id="U",
                secret=b"-",
                token=b"-",
                quota=10,
                quota_used=9,
                quota_read_at=EVENING,
            )
        )
    assert remind(polling) == 0
    assert len(rows(polling, Announcement)) == 1
    assert rows(polling, AnnouncementBatch) == []
    (alert,) = rows(polling, Alert)
    assert "締切のお知らせ" in alert.text


def test_polls_without_a_reminder_get_none(polling):
    polling.opened()
    polling.resident(1)
    assert remind(polling) == 0
    assert rows(polling, Poll)[0].reminded_at is None

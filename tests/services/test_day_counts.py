"""The numbers of a day: each day once, the same whenever it is counted again, and nothing of anybody in them."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.models import DailyCount, InboxEvent, Resident
from bot.now import JST
from bot.services import day_counts
from bot.services.context import open_context
from tests.conftest import make_settings
from tests.support.polling import CITY, Polling

TODAY = datetime(2026, 11, 22, 9, 0, tzinfo=JST)
DAY = date(2026, 11, 21)
AT = datetime(2026, 11, 21, 23, 30, tzinfo=JST)  # in UTC it is still the same day only in the afternoon


@pytest.fixture
def polling(database_url, tmp_path):
    context = open_context(make_settings(tmp_path, database_url))
    yield Polling(context)
    context.database.close()
    context.keystore.database.close()


def asked(polling, number, about, at=AT):
    with polling.context.database.write() as session:
        source = session.get_one(Resident, polling.resident(number)).line_id if number else None
        session.add(
            InboxEvent(
                municipality_id=CITY, event_key=f"{number}/{about}/{at}", kind="message/text", source=source, event_at=at,
                received_at=at, state="handled", about=about,
            )
        )  # fmt: skip


def rows(polling, day=DAY):
    with polling.context.database.read() as session:
        found = session.scalars(select(DailyCount).where(DailyCount.day == day)).all()
    return {(row.kind, row.district_id): row.count for row in found}


def test_a_day_is_counted_by_what_was_asked_and_who_was_there(polling):
    home = polling.district
    residents = [polling.resident(number) for number in range(1, 8)]
    with polling.context.database.write() as session:
        session.execute(update(Resident).values(followed_at=AT - timedelta(days=9)))
        session.execute(update(Resident).where(Resident.id == residents[0]).values(followed_at=AT))
        session.execute(update(Resident).where(Resident.id == residents[1]).values(state="left", left_at=AT))
    for number, about in ((1, "answered"), (2, "answered"), (3, "unknown"), (3, "wrong"), (None, "unknown")):
        asked(polling, number, about)
    asked(polling, 4, "answered", AT + timedelta(hours=1))  # the next day in Japan
    assert day_counts.keep(polling.context, TODAY) == day_counts.BACK.days + 1
    assert rows(polling) == {
        ("asked", home): 3, ("answered", home): 2, ("wrong", home): 1, ("asked", 0): 1,
        ("joined", home): 1, ("left", home): 1, ("residents", home): 6, ("residents", 0): 0,
    }  # fmt: skip


def test_counting_a_day_again_gives_the_same_and_the_clock_counts_it_once(polling):
    asked(polling, 1, "answered")
    assert day_counts.keep(polling.context, TODAY) > 0
    first = rows(polling)
    with polling.context.database.write() as session:
        day_counts.write(session, CITY, day_counts.counts(session, CITY, DAY, DAY))
    assert rows(polling) == first
    # What retention takes away later does not change what was counted.
    with polling.context.database.write() as session:
        session.execute(delete(InboxEvent))
    assert day_counts.keep(polling.context, TODAY) == 0
    assert rows(polling) == first
    assert day_counts.keep(polling.context, TODAY + timedelta(days=2)) == 2
    assert rows(polling, DAY + timedelta(days=2))["residents", 0] == 0


def test_days_without_anything_are_told_from_days_that_were_not_counted(polling):
    with polling.context.database.write() as session:
        day_counts.write(session, CITY, day_counts.counts(session, CITY, DAY, DAY))
    with polling.context.database.read() as session:
        found = day_counts.of(session, CITY, "asked", DAY - timedelta(days=3))
    assert found == {DAY: {}}


def test_many_days_are_counted_at_once_as_one_by_one(polling):
    residents = [polling.resident(number) for number in range(1, 6)]
    with polling.context.database.write() as session:
        session.execute(update(Resident).values(followed_at=AT - timedelta(days=90)))
        for back, resident in enumerate(residents[:3]):  # the third day before, the second, the day before
            came = update(Resident).where(Resident.id == resident)
            session.execute(came.values(followed_at=AT - timedelta(days=back)))
        gone = update(Resident).where(Resident.id == residents[2])
        session.execute(gone.values(state="left", left_at=AT - timedelta(days=1)))
    asked(polling, 1, "answered", AT - timedelta(days=1))
    first = DAY - timedelta(days=3)
    with polling.context.database.read() as session:
        together = day_counts.counts(session, CITY, first, DAY)
        apart = {day: day_counts.counts(session, CITY, day, day)[day] for day in together}
    assert together == apart
    home = polling.district
    assert [kinds["residents"][home] for kinds in together.values()] == [2, 3, 3, 4]
    assert [kinds["joined"][home] for kinds in together.values()] == [0, 1, 1, 1]
    assert [kinds["left"][home] for kinds in together.values()] == [0, 0, 1, 0]

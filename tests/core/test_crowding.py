"""Too much for a resident: several sends on a day, more than the week's number in any seven days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.core.crowding import Send, crowds
from bot.now import JST

NOON = datetime(2026, 11, 20, 12, tzinfo=JST)
IMAIZUMI, YOSHIWARA = 1, 2


def send(days: float, *places: int, name: str = "") -> Send:
    return Send(NOON + timedelta(days=days), frozenset(places), name or f"{days}")


def found(*sends: Send, cap: int = 2, places: tuple[int, ...] = (IMAIZUMI, YOSHIWARA)):
    return crowds(sends, places, cap, NOON - timedelta(hours=12))


def test_the_third_send_in_seven_days_is_one_too_many_and_the_one_a_week_later_is_not():
    (crowd,) = found(send(0, IMAIZUMI), send(3, IMAIZUMI), send(6, IMAIZUMI))
    assert (crowd.day, crowd.week, crowd.over, crowd.places) == (date(2026, 11, 26), 3, True, (IMAIZUMI,))
    # The cap counts what was sent less than seven days before: exactly a week ago is no more counted.
    assert found(send(0, IMAIZUMI), send(3, IMAIZUMI), send(7, IMAIZUMI)) == []


def test_what_was_sent_before_counts_and_the_city_counts_in_every_district():
    sends = (send(-5, IMAIZUMI), send(-2), send(1, YOSHIWARA), send(1.1, IMAIZUMI))
    (crowd,) = found(*sends)
    assert (crowd.places, crowd.week, crowd.names) == ((IMAIZUMI,), 3, ("1.1",))
    (both,) = found(send(0), send(1), send(2))
    assert both.places is None, "everybody's"


def test_two_on_a_day_are_told_also_without_a_number_for_the_week():
    (crowd,) = found(send(1, IMAIZUMI, name="清掃"), send(1.2, name="訓練"), cap=0)
    assert (crowd.over, crowd.day_count, crowd.names, crowd.places) == (False, 2, ("清掃", "訓練"), (IMAIZUMI,))
    assert found(send(1, IMAIZUMI), send(1.2, YOSHIWARA)) == [], "not the same people"


def test_days_that_are_over_are_no_warning():
    assert found(send(-3), send(-2.9), send(-2.8)) == []

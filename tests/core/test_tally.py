import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.tally import SHOWN_FROM, count, percents, publishable, shown


def test_answers_are_counted_by_choice():
    assert count([0, 2, 2, 0, 2], 4) == (2, 0, 3, 0)


@pytest.mark.parametrize("answer", [-1, 3])
def test_an_answer_outside_the_choices_is_an_error(answer):
    with pytest.raises(ValueError):
        count([answer], 3)


def test_a_tally_is_shown_whole_from_ten_answers():
    assert shown(10, (9, 1)).counts == (9, 1)
    assert shown(10, (9, 1)).why is None


def test_nine_answers_show_participation_only():
    seen = shown(9, (8, 1))
    assert (seen.participants, seen.counts, seen.why, seen.percents) == (9, None, "few", ())
    assert not publishable(9)
    assert publishable(SHOWN_FROM)


def test_an_open_poll_shows_participation_only_whatever_is_known():
    assert shown(500, (250, 250), open_=True).counts is None
    assert shown(500, None, open_=True).why == "open"


def test_a_lost_poll_has_no_counts():
    assert shown(30, None, lost=True).why == "lost"


def test_the_counts_decide_not_the_counter_beside_them():
    # A counter that was off by some must never open a small tally.
    assert shown(12, (5, 4)).counts is None


def test_percents_add_up_to_a_hundred():
    assert percents((1, 1, 1)) == (34, 33, 33)
    assert percents((2, 1)) == (67, 33)
    assert percents((0, 0)) == (0, 0)


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=10).filter(any))
def test_percents_are_whole_and_near_the_truth(counts):
    parts = percents(counts)
    assert sum(parts) == 100
    assert all(abs(part - value * 100 / sum(counts)) < 1 for part, value in zip(parts, counts, strict=True))
    assert all(part == 0 for part, value in zip(parts, counts, strict=True) if value == 0)

"""The items of a poll: what may be answered, branches, counting, and splits that tell on nobody."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import poll_items as rules
from bot.core.poll_items import DECLINED, UNKNOWN, Item, Words

SINGLE = Item("single", "参加しますか", ("はい", "いいえ"), may_pass=True)
RANKING = Item("ranking", "どれを先に", ("a", "b", "c", "d", "e", "f"))


@pytest.mark.parametrize(
    ("item", "good", "bad"),
    [
        (SINGLE, [(0,), (1,), UNKNOWN, DECLINED], [(2,), (-1,), (0, 1), (), 0, "x", {"text": "a"}]),
        (Item("multiple", "q", ("a", "b", "c")), [(0,), (2, 0)], [(), (0, 0), (3,), UNKNOWN, DECLINED]),
        (Item("scale", "q", tuple("12345")), [(4,)], [(5,), (0, 1)]),
        (RANKING, [(5, 0, 1, 2, 3), (1,)], [(0, 1, 2, 3, 4, 5), (1, 1)]),
        (Item("number", "q", low=1, high=9), [1, 9], [0, 10, (1,), "1"]),
        (Item("text", "q"), [{"text": "あ"}, {"text": "あ" * 140}], [{"text": ""}, {"text": "あ" * 141}, {}, (0,)]),
    ],
)
def test_what_fits_an_item(item, good, bad):
    assert [one for one in good if not rules.fits(item, one)] == []
    assert [one for one in bad if rules.fits(item, one)] == []


def test_items_come_back_from_their_column_as_they_were():
    items = (
        Item("single", "q", ("a", "b"), texts={"en": Words("Q", ("A", "B"))}, may_pass=True),
        Item("number", "n", low=1, high=3, unit="人", after=(0, (1,))),
    )
    assert rules.from_json(rules.to_json(items)) == items


def test_a_translation_that_lost_a_choice_is_not_shown():
    item = Item("single", "q", ("a", "b"), texts={"en": Words("Q", ("A",)), "pt": Words("P", ("A", "B"))})
    assert item.words("en") == Words("q", ("a", "b"))
    assert item.words("pt").question == "P"


def test_a_branch_is_asked_only_of_who_took_it():
    items = (
        SINGLE,
        Item("text", "なぜ", after=(0, (1,))),
        Item("text", "その先", after=(1, (0,))),
        Item("text", "ほかに"),
    )
    assert rules.asked(items, {}) == [0, 3]
    assert rules.asked(items, {0: (1,)}) == [0, 1, 3]
    assert rules.coming(items, {0: (1,)}, 0) == 1
    assert rules.coming(items, {0: (0,)}, 0) == 3
    assert rules.coming(items, {0: (0,), 3: {"text": "x"}}, 0) is None
    # an answer of a branch that was left again does not count
    assert rules.counted(items, {0: (0,), 1: {"text": "x"}}) == {0: (0,)}


def test_fewer_than_ten_leave_nothing_but_their_number():
    assert rules.tally(SINGLE, [(0,)] * 9) == rules.ItemTally("single", 9)
    assert rules.tally(SINGLE, [(0,)] * 7 + [(1,), UNKNOWN, DECLINED]) == rules.ItemTally("single", 10, (7, 1), 1, 1)


def test_several_choices_of_one_person_count_each():
    item = Item("multiple", "q", ("a", "b", "c"))
    assert rules.tally(item, [(0, 2)] * 6 + [(2,)] * 4).counts == (6, 0, 10)


def test_a_ranking_counts_points_by_hand():
    item = Item("ranking", "q", ("a", "b", "c"))
    found = rules.tally(item, [(0, 1, 2)] * 6 + [(2,)] * 4)
    assert found.points == (18, 12, 6 + 12)
    assert found.firsts == (6, 0, 4)


def test_numbers_show_a_middle_and_ranges_of_at_least_five():
    item = Item("number", "q", high=100)
    found = rules.tally(item, [1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 99])
    assert found.middle == 8
    assert found.bins == ((1, 5, 5), (8, 99, 6))
    assert rules.tally(item, [7] * 10).bins == ((7, 7, 10),)
    few = rules.tally(item, [1] * 9 + [UNKNOWN])  # not possible to answer so, but never told either
    assert (few.middle, few.bins) == (None, ())


def test_a_tally_comes_back_from_its_column():
    found = rules.tally(Item("number", "q"), list(range(20)))
    assert rules.ItemTally.from_json(found.as_json()) == found


def test_splits_by_hand():
    whole = {"今泉": (8, 6), "吉永": (15, 0), "大淵": (3, 19), "丘": (9, 1), "": (4, 2)}
    assert rules.split(whole, "") == {"今泉": (8, 6), "吉永": (15, 0), "": (16, 22)}
    assert rules.split(whole | {"丘": (1, 0)}, "") == {"吉永": (15, 0), "": (16, 27)}  # the smallest other joins
    assert rules.split({"今泉": (8, 6), "丘": (1, 0)}, "") == {}
    assert rules.split({"今泉": (8, 6)}, "") == {}
    assert rules.split({"今泉": (8, 6), "丘": (0, 0)}, "") == {}
    assert rules.split({"今泉": (8, 6), "丘": (5, 0)}, "") == {"今泉": (8, 6), "丘": (5, 0)}


def test_who_knows_the_rule_cannot_solve_the_rest():
    assert rules.split({"a": (5,), "b": (4,), "c": (4,)}, "") == {}  # 8 of two that are under five are 4 and 4
    four = dict.fromkeys("bcde", (4,))
    assert rules.split({"a": (50,), **four}, "") == {}  # so are 16 of four
    assert rules.split({"a": (50,), "z": (9,), **four}, "") == {"a": (50,), "": (25,)}


@settings(max_examples=300)
@given(st.dictionaries(st.text("abcdef", max_size=2), st.tuples(*[st.integers(0, 12)] * 3), max_size=7))
def test_no_subtraction_reaches_a_small_cell(rows):
    shown = rules.split(rows, "")
    if not shown:
        return
    total = tuple(map(sum, zip(*rows.values(), strict=True)))
    assert tuple(map(sum, zip(*shown.values(), strict=True))) == total
    for names in ([name] for name in shown):
        for row in (shown[names[0]], tuple(whole - one for whole, one in zip(total, shown[names[0]], strict=True))):
            assert all(value == 0 or value >= 5 for value in row)

from datetime import date

import pytest

from bot.core import inquiry_rules
from bot.core.permissions import RIGHTS, Actor, Grant
from bot.errors import ConflictError

TODAY = date(2026, 11, 22)


def test_every_state_is_reached_and_none_is_a_dead_end():
    states = set(inquiry_rules.STATES)
    assert {before for before, _ in inquiry_rules.INQUIRY} == states
    assert set(inquiry_rules.INQUIRY.values()) | {"new"} == states
    assert {act for _, act in inquiry_rules.INQUIRY} == set(inquiry_rules.ACT_WORDS)
    assert set(inquiry_rules.STATE_WORDS) == states


def test_what_is_not_in_the_table_is_refused_in_words():
    with pytest.raises(ConflictError, match="「終了」なので、回答はできません"):
        inquiry_rules.next_state("closed", "answer")


def may(role, right, *, districts=(), district=None, referred_to=None, department=None, until=None):
    actor = Actor(1, "x", (Grant(role, "fuji", frozenset(districts), until, department),))
    return inquiry_rules.may(actor, right, "fuji", TODAY, district=district, referred_to=referred_to)


def test_a_department_has_only_what_is_referred_to_it():
    mine = {"referred_to": "道路課", "department": "道路課"}
    assert may("department", "inquiry.read", **mine)
    assert may("department", "inquiry.draft", **mine)
    assert not may("department", "inquiry.answer", **mine)
    assert not may("department", "inquiry.read", referred_to="道路課", department="福祉課")
    assert not may("department", "inquiry.read", referred_to=None, department="道路課")
    assert not may("department", "inquiry.read", referred_to=None, department=None)
    assert not may("department", "inquiry.read", until=date(2026, 11, 21), **mine)


def test_district_staff_have_their_districts_and_no_council_has_any():
    assert may("district_staff", "inquiry.read", districts={3}, district=3)
    assert not may("district_staff", "inquiry.read", districts={3}, district=4)
    assert not may("district_staff", "inquiry.read", districts={3}, district=None)
    assert not may("district_staff", "inquiry.answer", districts={3}, district=3)
    for right in [name for name in RIGHTS if name.startswith("inquiry.")]:
        for role in ("officer", "chair", "neighbourhood", "viewer", "admin"):
            assert not may(role, right, districts={3}, district=3), (role, right)
        assert may("city", right)

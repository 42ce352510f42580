from datetime import date, timedelta

import pytest

from bot.core.permissions import DISTRICT_ROLES, DRAFTING_DAYS, RIGHTS, ROLES, Grant, allowed

TODAY = date(2026, 11, 22)


def test_an_officer_writes_for_the_own_districts_only():
    grant = Grant("officer", "fuji", frozenset({1, 2}))
    assert allowed([grant], "announcement.write", "fuji", TODAY, [1])
    assert allowed([grant], "announcement.write", "fuji", TODAY, [1, 2])
    assert not allowed([grant], "announcement.write", "fuji", TODAY, [1, 3])
    assert not allowed([grant], "announcement.write", "fuji", TODAY, [])  # the whole city
    assert not allowed([grant], "announcement.write", "tomioka", TODAY, [1])


def test_the_city_may_address_everybody():
    assert allowed([Grant("city", "fuji")], "announcement.write", "fuji", TODAY, [])


def test_nobody_holds_a_right_that_is_not_in_the_table():
    assert not any(allowed([Grant(role, "fuji", frozenset({1}))], "invented", "fuji", TODAY) for role in ROLES)


def test_a_role_counts_on_its_last_day_and_may_only_draft_afterwards():
    grant = Grant("officer", "fuji", frozenset({1}), until=TODAY)
    assert allowed([grant], "announcement.approve", "fuji", TODAY, [1])
    later = TODAY + timedelta(days=1)
    assert not allowed([grant], "announcement.approve", "fuji", later, [1])
    assert allowed([grant], "announcement.write", "fuji", later, [1])
    for right in ("announcement.submit", "circular.manage", "poll.show"):
        assert allowed([grant], right, "fuji", TODAY, [1])
        assert not allowed([grant], right, "fuji", later, [1]), right
    assert not allowed([grant], "announcement.write", "fuji", TODAY + timedelta(days=DRAFTING_DAYS + 1), [1])


def test_an_admin_of_the_installation_is_admin_everywhere():
    assert allowed([Grant("admin", None)], "staff.manage", "tomioka", TODAY)


@pytest.mark.parametrize("role", ["neighbourhood", "department", "viewer"])
def test_readers_never_publish(role):
    grant = Grant(role, "fuji", frozenset({1}))
    for right in ("announcement.write", "announcement.approve", "announcement.cancel", "poll.write"):
        assert not allowed([grant], right, "fuji", TODAY, [1])


def test_every_role_is_known_and_every_right_belongs_to_somebody():
    assert all(roles and roles <= set(ROLES) for roles in RIGHTS.values())
    assert set(ROLES) >= DISTRICT_ROLES

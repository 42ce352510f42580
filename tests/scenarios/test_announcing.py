"""An announcement from approval to the phone, with the whole product running on real HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.models import District, Resident
from bot.services import announcements, staff
from bot.services.announcements import Draft
from tests.support.house import RunningHouse
from tests.support.reading import words

CITY = "fuji"


def schedule(house: RunningHouse, district: str, title: str, **changes: Any) -> int:
    """Written and approved by two people of the city."""
    context = house.context
    now = context.clock()
    with context.database.write(durable=True) as session:
        place = session.scalars(
            select(District).where(District.municipality_id == CITY, District.name == district)
        ).one()
        author, approver = (
            staff.actor(
                session,
                staff.create(
                    session,
                    staff.NewStaff(f"{title}{n}@fuji.example".lower(), "見本", "correct horse battery", CITY, "city"),
                    now,
                ),
            )
            for n in (1, 2)
        )
        values = {"audience": "home_and_interest", "district_ids": (place.id,)} | changes
        draft = Draft(title, "公園に集まります。", f"{district}まちづくり協議会", **values)
        row = announcements.draft(session, CITY, author, draft, now)
        announcements.submit(session, row, author, now)
        announcements.approve(session, row, approver, row.version, now, sealer=context.sealer)
        return row.id


def finished(house: RunningHouse, announcement_id: int) -> bool:
    with house.context.database.read() as session:
        return announcements.get(session, CITY, announcement_id).finished_at is not None


def test_it_arrives_at_its_time_at_the_district_and_nowhere_else(house: RunningHouse):
    here, there = house.resident("今泉"), house.resident("吉永")
    at = house.context.clock() + timedelta(hours=2)
    announcement_id = schedule(house, "今泉", "a-one", send_at=at)
    assert house.marker("a-one") == {}
    house.control("clock", {"advance_s": 2 * 3600 + 1})
    house.wait(lambda: finished(house, announcement_id))
    assert house.marker("a-one") == {here: 1}
    assert there not in house.marker("a-one")
    assert "公園に集まります。" in words(house.inbox(here)[-1]["messages"])
    assert house.violations() == []


def test_who_stopped_or_blocked_gets_nothing(house: RunningHouse):
    stays, stops, blocks = house.residents(3, "今泉")
    house.say(stops, "停止")
    house.act(blocks, "block")

    def states() -> list[tuple[str, bool]]:
        with house.context.database.read() as session:
            rows = session.scalars(select(Resident).order_by(Resident.id))
            return sorted((row.state, row.paused_at is not None) for row in rows)

    house.wait(lambda: states() == [("active", False), ("active", True), ("left", False)])
    announcement_id = schedule(house, "今泉", "b-one")
    house.wait(lambda: finished(house, announcement_id))
    assert house.marker("b-one") == {stays: 1}

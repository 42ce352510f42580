"""Whom and with how much: filters, topics, a trial, the quota, the reserve and going on, with the product running."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.errors import BadInputError
from bot.models import Announcement, Channel, District
from bot.now import jst, real_now
from bot.services import announcements, resuming, staff, trials
from bot.services.announcement_filters import Filters
from bot.services.announcements import Draft
from tests.support.house import RunningHouse

CITY = "fuji"


class Desk:
    """Two people of the city who write and approve."""

    def __init__(self, house: RunningHouse) -> None:
        self.house, self.context = house, house.context
        with self.context.database.write(durable=True) as session:
            self.author, self.chair = (
                staff.actor(session, staff.create(session, staff.NewStaff(f"{n}@fuji.example", "見本", "correct horse battery", CITY, "city"), real_now()))
                for n in (1, 2)
            )  # fmt: skip

    def write(self, title: str, *districts: str, **changes: Any) -> int:
        with self.context.database.write(durable=True) as session:
            ids = session.scalars(
                select(District.id).where(District.municipality_id == CITY, District.name.in_(districts))
            )
            values = {"audience": "home", "district_ids": tuple(ids)} | changes
            draft = Draft(title, "公園に集まります。", "今泉まちづくり協議会", **values)
            return announcements.draft(session, CITY, self.author, draft, self.context.clock()).id

    def approve(self, announcement_id: int) -> str | None:
        """Submitted and approved, to go out at once; the reason when it is refused."""
        now = self.context.clock()
        with self.context.database.write(durable=True) as session:
            row = announcements.get(session, CITY, announcement_id)
            announcements.submit(session, row, self.author, now)
            try:
                announcements.approve(
                    session, row, self.chair, row.version, now, sealer=self.context.sealer, hold=timedelta(0)
                )
            except BadInputError as error:
                return error.message
        return None

    def send(self, title: str, *districts: str, **changes: Any) -> Announcement:
        announcement_id = self.write(title, *districts, **changes)
        assert self.approve(announcement_id) is None
        return self.house.wait(lambda: self.over(announcement_id))

    def over(self, announcement_id: int) -> Announcement | None:
        with self.context.database.read() as session:
            row = announcements.get(session, CITY, announcement_id)
            return row if row.finished_at is not None or row.state == "refused" else None


def by_day(house: RunningHouse) -> None:
    """Ten in the morning of the third of a month: no quiet hours, and a new quota."""
    now = jst(house.context.clock())
    first = (now.replace(day=1, hour=10, minute=0, second=0, microsecond=0) + timedelta(days=33)).replace(day=3)
    house.control("clock", {"advance_s": (first - now).total_seconds()})


def line_allows(house: RunningHouse, limit: int, used: int, known: int | None = None) -> None:
    """What LINE sells in a month, and what we read of it (`known`: when that is something else by now)."""
    with house.context.database.write() as session:
        row = session.get_one(Channel, CITY)
        row.quota, row.quota_used, row.quota_read_at = known or limit, used, house.context.clock()
        bot = row.bot_user_id
    channel = {"id": CITY, "name": "富士", "secret": f"secret-{CITY}", "token": f"token-{CITY}", "quota": limit}
    channel |= {"botUserId": bot, "webhook": f"{house.url}/line/{CITY}", "redelivery": True}
    house.control(CITY, channel, method="PUT")


def test_filters_a_trial_the_reserve_and_going_on_next_month(house: RunningHouse):
    desk = Desk(house)
    by_day(house)
    one, two, three = house.residents(3, "今泉")
    there = house.resident("吉永")

    # Topics: one hears of environment only; three uses plain Japanese.
    house.say(one, "受け取るお知らせ")
    house.tap(one, "ごみ・環境")
    house.say(three, "やさしい日本語")
    desk.send("t-safety", "今泉", filters=Filters(topics=("safety",)))
    assert house.marker("t-safety") == {two: 1, three: 1}
    desk.send("t-plain", "今泉", "吉永", filters=Filters(languages=("easy-ja",), topics=("environment",)))
    assert house.marker("t-plain") == {three: 1}
    nobody = desk.write("t-nobody", "吉永", filters=Filters(languages=("vi",)))
    assert "届く人がいない" in (desk.approve(nobody) or "")
    assert house.marker("t-nobody") == {}

    # A trial: the very JSON, once, as a reply.
    tried = desk.write("t-trial", "今泉")
    with house.context.database.write() as session:
        row = announcements.get(session, CITY, tried)
        code = trials.code(session, row, desk.author, house.context.clock())
        shown = announcements.preview(session, house.context.sealer, row, house.context.clock())
    got = house.say(there, code.replace(" ", ""))
    assert json.loads(json.dumps(got)) == shown
    assert "使えません" in json.dumps(house.say(there, code), ensure_ascii=False)

    # LINE sells 14: three were used; of the eleven left two are kept, so that ten people are too many.
    everybody = [one, two, three, there, *house.residents(6, "今泉")]
    line_allows(house, 14, used=3)
    normal = desk.write("t-normal", "今泉", "吉永")
    assert "緊急のための予備2通をのぞいて" in (desk.approve(normal) or "")
    desk.send("t-urgent", "今泉", "吉永", urgency="emergency")
    assert house.marker("t-urgent") == dict.fromkeys(everybody, 1)

    # Somebody else used the rest up: it stops with nobody told, and goes on next month, once, under a new key.
    line_allows(house, 14, used=3, known=100)
    stopped = desk.send("t-later", "今泉", "吉永", urgency="emergency")
    assert (stopped.state, house.marker("t-later")) == ("stopped", {})
    by_day(house)
    house.act(there, "block")
    with house.context.database.write(durable=True) as session:
        row = announcements.get(session, CITY, stopped.id)
        assert resuming.resume(session, row, desk.chair, row.version, house.context.clock(), real_now()).people == 10
    house.wait(lambda: (row := desk.over(stopped.id)) and row.state == "sent")
    assert house.marker("t-later") == dict.fromkeys(set(everybody) - {there}, 1)
    assert house.violations() == []

"""A small city with staff, residents and LINE in a box: what tests of announcements work with.

Residents are written straight into the table and made friends at the simulator without webhooks, so that
hundreds of them cost nothing; sending goes over real HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from select import POLLIN, poll
from typing import Any
from urllib.parse import quote

from sqlalchemy import insert, select

from bot.core.permissions import Actor
from bot.line.client import LineClient
from bot.models import (
    Alert,
    Announcement,
    AnnouncementBatch,
    ApprovalRule,
    Channel,
    District,
    Municipality,
    Resident,
    ResidentDistrict,
    Staff,
    StaffDistrict,
    StaffRole,
)
from bot.now import real_now
from bot.services import announcements, resuming, staff
from bot.services.announcements import Draft
from bot.services.batches import Ticket
from bot.services.channels import ChannelBook, ChannelKeys, save_channel
from bot.services.context import Context, open_context
from bot.simulator.server import Simulator
from scheduler.delivery import Delivery
from tests.conftest import make_settings
from tests.support.daytime import by_day

CITY = "fuji"
MULTICAST = {"method": "POST", "path": "/v2/bot/message/multicast"}


class Office:
    """The city `fuji` with three districts; `delivery` is the only process unless a test opens another."""

    def __init__(self, context: Context, simulator: Simulator) -> None:
        self.context, self.simulator = context, simulator
        self.database = context.database
        self.client = LineClient(simulator.url)
        with self.database.write() as session:
            session.add(Municipality(id=CITY, name="富士市", code="222101", facts={"sample": True}))
            session.flush()
            for number, name in enumerate(("今泉", "吉原", "岩松")):
                session.add(District(municipality_id=CITY, key=f"d{number}", name=name, kana=name, position=number))
            session.flush()
            session.add(ApprovalRule(municipality_id=CITY, hold_minutes=0, wait_hours=4))  # tests do not wait
            bot = simulator.world.state.channels[CITY].botUserId
            save_channel(session, context.sealer, ChannelKeys(CITY, bot, b"secret", simulator.token(CITY)))
            rows = session.execute(select(District.name, District.id)).all()
        self.districts = {row.name: row.id for row in rows}
        self.delivery = self.new_delivery()
        self._people = 0
        self.everybody: list[str] = []  # whom a test means by "everybody"

    def new_delivery(self, calls: int = 4) -> Delivery:
        """One more process's delivery."""
        return Delivery(self.context, ChannelBook(self.database, self.context.sealer), self.client, calls)

    def call_line(self, ticket: Ticket, messages: bytes) -> None:
        """As delivery would, for a process that dies before it writes the answer down."""
        wire = self.client.wire()
        wire.open()
        request = self.client.multicast(self.simulator.token(CITY), ticket.to(), messages, ticket.retry_key)
        assert isinstance(request, bytes)
        answered, ready = wire.begin(request), poll()
        ready.register(wire, POLLIN)
        while answered is None:
            ready.poll(1000)
            answered = wire.go_on()
        wire.close()

    # --- people ----------------------------------------------------------------------------------

    def person(self, role: str, *districts: str, until: Any = None) -> Actor:
        """A new member of staff as the console would know them."""
        self._people += 1
        with self.database.write() as session:
            row = Staff(
                municipality_id=CITY,
                email=f"{self._people}@fuji.example",
                name=role,
                password_hash="-",
                created_at=real_now(),
            )
            session.add(row)
            session.flush()
            grant = StaffRole(staff_id=row.id, municipality_id=CITY, role=role, until=until)
            session.add(grant)
            session.flush()
            for name in districts:
                link = StaffDistrict(role_id=grant.id, district_id=self.districts[name], municipality_id=CITY)
                session.add(link)
            session.flush()
            return staff.actor(session, row)

    def residents(
        self,
        count: int,
        home: str | None = None,
        interests: tuple[str, ...] = (),
        *,
        paused: bool = False,
        left: bool = False,
    ) -> list[str]:
        """So many people, friends at LINE; returns their LINE user ids."""
        now = real_now()
        line_ids: list[str] = self.simulator.control("POST", f"/_sim/{CITY}/users", {"count": count, "friends": True})[
            "userIds"
        ]
        rows = [
            {
                "municipality_id": CITY,
                "line_id": self.context.sealer.seal_id(line_id, CITY),
                "home_district_id": self.districts[home] if home else None,
                "city_wide": home is None,
                "paused_at": now if paused else None,
                "state": "left" if left else "active",
                "followed_at": now,
            }
            for line_id in line_ids
        ]
        with self.database.write() as session:
            ids = session.scalars(insert(Resident).returning(Resident.id), rows).all()
            links = [
                {"resident_id": resident, "district_id": self.districts[name], "municipality_id": CITY}
                for resident in ids
                for name in interests
            ]
            if links:
                session.execute(insert(ResidentDistrict), links)
        return line_ids

    def resident(self, line_id: str) -> Resident:
        """The row of a LINE user."""
        sealed = self.context.sealer.seal_id(line_id, CITY)
        with self.database.read() as session:
            return session.scalars(select(Resident).where(Resident.line_id == sealed)).one()

    def change(self, line_id: str, **values: Any) -> None:
        """Set columns of a resident."""
        with self.database.write() as session:
            row = session.get(Resident, self.resident(line_id).id)
            assert row is not None
            for name, value in values.items():
                setattr(row, name, value)

    # --- announcements ---------------------------------------------------------------------------

    def draft(self, *districts: str, title: str = "清掃のお知らせ", **changes: Any) -> Draft:
        """What an officer of these districts writes; without districts, to the whole city."""
        values: dict[str, Any] = {
            "title": title,
            "body": "11月29日(日) 午前8時から、公園を清掃します。\n\n軍手をお持ちください。",
            "sender": "今泉まちづくり協議会",
            "audience": "home_and_interest" if districts else "city",
            "district_ids": tuple(self.districts[name] for name in districts),
        }
        return Draft(**(values | changes))

    def scheduled(self, draft: Draft, *, now: datetime | None = None, poll_id: int | None = None) -> int:
        """Written and approved by two people of the city; returns the id."""
        now = now or self.context.clock()
        author, approver = self.person("city"), self.person("city")
        with self.database.write() as session:
            row = announcements.draft(session, CITY, author, draft, now, poll_id)
            announcements.submit(session, row, author, now)
            announcements.approve(session, row, approver, row.version, now, sealer=self.context.sealer)
            return row.id

    def send(self, draft: Draft) -> int:
        """The same, frozen and tried once."""
        announcement_id = self.scheduled(draft)
        self.delivery.freeze_due(self.context.clock())
        self.delivery.send_due()
        return announcement_id

    def again(self) -> None:
        """Try what waits for its pause now: pauses are real time, and longer than what LINE's box calls too fast."""
        time.sleep(0.12)
        with self.database.write() as session:
            for batch in session.scalars(select(AnnouncementBatch)):
                batch.next_try_at = real_now() - timedelta(seconds=1)
        self.delivery.send_due()

    def read(self, announcement_id: int) -> Announcement:
        with self.database.read() as session:
            return announcements.get(session, CITY, announcement_id)

    def batches(self, announcement_id: int) -> list[AnnouncementBatch]:
        with self.database.read() as session:
            query = select(AnnouncementBatch).where(AnnouncementBatch.announcement_id == announcement_id)
            return list(session.scalars(query.order_by(AnnouncementBatch.position)))

    # --- LINE's side -----------------------------------------------------------------------------

    def fault(self, action: dict[str, Any], **more: Any) -> None:
        self.simulator.control("POST", "/_sim/faults", {"match": MULTICAST, "action": action, **more})

    def no_faults(self) -> None:
        self.simulator.control("DELETE", "/_sim/faults")

    def copies(self, text: str = "清掃のお知らせ") -> dict[str, int]:
        """How often each user has a message with this text."""
        return self.simulator.control("GET", f"/_sim/{CITY}/inbox?marker={quote(text)}")

    def multicasts(self) -> dict[str, int]:
        return self.simulator.control("GET", "/_sim/counters").get("POST /v2/bot/message/multicast", {})

    def violations(self) -> list[Any]:
        return self.simulator.control("GET", "/_sim/violations")

    def line_quota(self, limit: int | None, used: int = 0, *, read_at: datetime | None = None) -> None:
        """What we know of the month's quota (and LINE's own limit, when given)."""
        with self.database.write() as session:
            channel = session.get(Channel, CITY)
            assert channel is not None
            channel.quota, channel.quota_used, channel.quota_read_at = limit, used, read_at or self.context.clock()


@contextmanager
def open_office(database_url: str, folder: Path, *, quota: int | None = None) -> Iterator[Office]:
    """The city with everything around it, closed at the end."""
    clock_file = folder / "clock.txt"
    with Simulator(clock_file=clock_file) as simulator:
        simulator.add_channel(CITY, webhook="http://127.0.0.1:9/line/fuji", quota=quota)
        by_day(simulator)
        settings = make_settings(folder, database_url, line_api=simulator.url, demo_clock=clock_file)
        context = open_context(settings)
        office = Office(context, simulator)
        yield office
        office.delivery.stop()
        context.database.close()
        context.keystore.database.close()


def states(office: Office, announcement_id: int) -> list[str]:
    return [batch.state for batch in office.batches(announcement_id)]


def alerts(office: Office) -> set[str]:
    with office.database.read() as session:
        return set(session.scalars(select(Alert.kind)))


def resume(office: Office, announcement_id: int) -> None:
    """A person lets it go on, in the console."""
    city = office.person("city")
    with office.database.write(durable=True) as session:
        row = announcements.get(session, CITY, announcement_id)
        resuming.resume(session, row, city, row.version, office.context.clock(), real_now())
    office.delivery.send_due()

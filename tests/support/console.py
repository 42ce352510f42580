"""A console on a real database, and staff of every role to visit it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zlib import crc32

from flask import Flask, send_from_directory
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from bot.core.permissions import DISTRICT_ROLES, Actor
from bot.models import District, Matter, Referral, Resident, Staff, StaffSession
from bot.now import jst, real_now
from bot.services import announcements, composing, round_tables, staff, staff_sessions
from bot.services.announcements import Draft
from bot.services.context import Context
from bot.services.round_table_form import Opening
from bot.web_server import WebServer
from handlers import console
from tests.support.places import REPOSITORY

PASSWORD = "green-tea-and-rice"
DEPARTMENT = "見本課"  # whom every hired member of a department speaks for
# Hashing is slow on purpose; nearly all tests only need an account that exists.
HASH = staff.HASHER.hash(PASSWORD)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    id: int
    email: str
    version: int
    actor: Actor


class Office:
    """Both cities' console, without LINE."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.app = make_app(context)
        self._people = 0

    def district(self, name: str, city: str = "fuji") -> int:
        with self.context.database.read() as session:
            query = select(District.id).where(District.municipality_id == city, District.name == name)
            return session.scalars(query).one()

    def hire(
        self,
        role: str,
        *districts: str,
        city: str | None = "fuji",
        until: date | None = None,
        name: str = "",
        password: str | None = None,
        totp: str | None = None,
    ) -> Account:
        """A new member of staff; `password` only where a test signs in by hand."""
        self._people += 1
        email = f"staff{self._people}@{city or 'all'}.example"
        with self.context.database.write() as session:
            row = Staff(
                municipality_id=city,
                email=email,
                name=name or f"{role}{self._people}",
                password_hash=staff.HASHER.hash(password) if password else HASH,
                # Who gets no second factor here owes none: most tests are about something else.
                second_factor_due=None if totp or role == "admin" else FAR,
                created_at=real_now(),
            )
            session.add(row)
            session.flush()
            if city is not None:
                ids = tuple(staff.district_ids(session, city, districts)) if role in DISTRICT_ROLES else ()
                department = DEPARTMENT if role == "department" else None
                staff.grant(session, row, city, staff.Role(role, ids, until, department), real_now())
            if totp or role == "admin":
                staff.enable_totp(session, self.context.sealer, row, totp, real_now())
            session.flush()
            return Account(row.id, email, row.session_version, staff.actor(session, row))

    def visit(self, account: Account | None = None) -> Visitor:
        """A browser of this person, signed in already."""
        client = self.app.test_client()
        if account is not None:
            with self.context.database.write() as session:
                row = session.get_one(Staff, account.id)
                key = staff_sessions.begin(session, row, "password", "試験のブラウザー", real_now())
                session.query(StaffSession).filter_by(staff_id=row.id).update({"version": account.version})
            with client.session_transaction() as cookie:
                cookie["staff"] = {"key": key}
        return Visitor(client)

    def draft(self, account: Account, *districts: str, city: str = "fuji", poll: Any = None, **changes: Any) -> int:
        """An announcement written by this person; to the whole city without districts."""
        ids = tuple(self.district(name, city) for name in districts)
        values: dict[str, Any] = {
            "title": "公園の清掃",
            "body": "11月29日(日) 午前8時から、公園を清掃します。\n\n軍手をお持ちください。",
            "sender": "今泉地区まちづくり協議会",
            "audience": "home_and_interest" if districts else "city",
            "district_ids": ids,
        }
        with self.context.database.write() as session:
            new = Draft(**(values | changes))
            return composing.write(session, city, account.actor, new, poll, self.context.clock()).id

    def submitted(self, account: Account, *districts: str, **changes: Any) -> int:
        announcement_id = self.draft(account, *districts, **changes)
        with self.context.database.write() as session:
            row = announcements.get(session, changes.get("city", "fuji"), announcement_id)
            announcements.submit(session, row, account.actor, self.context.clock())
        return announcement_id

    def announcement(self, announcement_id: int, city: str = "fuji") -> Any:
        with self.context.database.read() as session:
            return announcements.get(session, city, announcement_id)

    def round_table(self, account: Account, district: str, city: str = "fuji", **changes: Any) -> int:
        """A round opened by this person, its card waiting for a second one."""
        now = self.context.clock()
        values: dict[str, Any] = {
            "district_id": self.district(district, city),
            "kind": "round_table",
            "theme": "夜道の明るさ",
            "closes_at": now + timedelta(days=10),
            "meets_at": now + timedelta(days=14),
            "place": "公民館",
            "answerer": "地域づくり課",
            "answer_on": jst(now + timedelta(days=30)).date(),
        }
        with self.context.database.write() as session:
            return round_tables.open_round(session, city, account.actor, Opening(**(values | changes)), now).id

    def referral(self, round_table_id: int, city: str = "fuji", name: str = DEPARTMENT) -> int:
        """A matter of a round, referred to a department, its answer awaited."""
        now = self.context.clock()
        with self.context.database.write() as session:
            round_tables.get(session, city, round_table_id).state = "answering"
            matter = Matter(municipality_id=city, round_table_id=round_table_id, number=1, title="街灯", created_at=now)
            session.add(matter)
            session.flush()
            row = Referral(
                municipality_id=city,
                matter_id=matter.id,
                body="department",
                name=name,
                due_on=jst(now + timedelta(days=30)).date(),
                created_at=now,
            )
            session.add(row)
            session.flush()
            return row.id

    def residents(self, count: int, home: str, city: str = "fuji") -> None:
        """People of a district, straight into the table."""
        district, now = self.district(home, city), real_now()
        rows = [
            {
                "municipality_id": city,
                "line_id": self.context.sealer.seal_id(f"U{crc32(home.encode()):08x}{number:024x}", city),
                "home_district_id": district,
                "followed_at": now,
            }
            for number in range(count)
        ]
        with self.context.database.write() as session:
            session.execute(insert(Resident), rows)


class Visitor:
    """A browser without JavaScript."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **values: Any) -> TestResponse:
        return self.client.get(path, **values)

    def token(self) -> str:
        """The token of this session's forms."""
        page = self.client.get("/console/account/password")
        if page.status_code != 200:
            page = self.client.get("/console/sign-in")
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert found is not None, page.text[:500]
        return found.group(1)

    def post(self, path: str, data: dict[str, Any] | None = None, **values: Any) -> TestResponse:
        """Post a form as a page of this session would."""
        return self.client.post(path, data={"csrf_token": self.token()} | (data or {}), **values)


def make_app(context: Context) -> Flask:
    """The console alone, with the drawing of messages beside it."""
    app = Flask("console", static_folder=None)
    app.testing = False
    console.register(app, context)

    @app.get("/static/<path:name>")
    def drawing(name: str) -> Any:
        return send_from_directory(REPOSITORY / "bot" / "simulator" / "static", name)

    return app


@contextmanager
def serving(app: Flask, port: int) -> Iterator[str]:
    """The console on real HTTP, on the server we ship: it closes its files also when a browser hangs up."""
    server = WebServer(app, "127.0.0.1", port, threads=4)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


def later(hours: float = 24) -> datetime:
    return real_now() + timedelta(hours=hours)


def text_of(page: TestResponse) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def invited_to(page: TestResponse) -> str:
    """The path of the invitation that an admin is shown."""
    found = re.search(r"/console/invited/[\w-]+", page.text)
    assert found is not None, text_of(page)
    return found.group(0)

"""Every route of the console x every role x own district, other district, other municipality; default deny.

Generated from the route map: a new route is in here as soon as it is registered, and fails until it has
declared what it needs and, where its address names a row, until this file can make such a row.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from bot.core.permissions import DISTRICT_ROLES, RIGHTS, ROLES
from bot.models import (
    Alert,
    Announcement,
    AnnouncementSeries,
    AuditRow,
    Circular,
    CircularItem,
    District,
    ElectionPeriod,
    Entry,
    Feed,
    ImportRun,
    InboxEvent,
    Inquiry,
    RainPlan,
    ReplyTemplate,
    StaffRole,
    Statement,
    UnansweredQuestion,
)
from bot.now import real_now
from bot.services import entry_editing, invitations, slips
from bot.services.composing import Question
from bot.services.context import Context
from bot.services.slips import NewSlip
from content.packs_json import entry_json
from content.packs_model import Activity
from handlers.console import access
from tests.support import html_rules
from tests.support.console import DEPARTMENT, Account, Office, Visitor, later, make_app

OWN = {"fuji": "今泉", "tomioka": "東富岡"}
OTHER = "吉原"
DENIED = {403, 404}
# Rows that belong to a district; the others belong to the whole municipality.
OF_A_DISTRICT = {
    "activity_id",
    "circular_id",
    "district_id",
    "item_id",
    "organisation_id",
    "rain_plan_id",
    "round_table_id",
    "series_id",
    "referral_id",
    "announcement_id",
    "poll_id",
    "question_id",
    "entry_id",
    "inquiry_id",
    "statement_id",
}
OF_NOBODY = {"topic"}  # the guide is the same everywhere
SUBMITTED = {"announcements_approve", "announcements_return", "announcements_cancel"}
READ_EVERYWHERE = {
    "console.entries_show",
    "console.entries_history",
    "console.districts_show",
}  # what the bot knows is no secret
ENTRANCE = {
    "console.help_outside",
    "console.help_outside_topic",
    "console.setup_first",
    "console.sign_in",
    "console.sign_in_code",
    "console.sign_in_city",
    "console.sign_in_city_back",
    "console.sign_in_passkey",
    "console.sign_in_passkey_options",
    "console.invited",
    "console.missing",
}
ABOUT_ONESELF = {
    "console.account",
    "console.choose",
    "console.confirm",
    "console.confirm_options",
    "console.passkey_new",
    "console.passkey_options",
    "console.passkey_remove",
    "console.passkey_rename",
    "console.passkeys",
    "console.password",
    "console.recovery_codes",
    "console.session_end",
    "console.sessions_end",
    "console.sign_out",
    "console.totp",
    "console.totp_remove",
}

OF_THE_INSTALLATION = {"console.setup_new"}


def rules_of(app: Flask) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.")]
    return [rule for rule in found if rule.endpoint != "console.static"]


def calls(app: Flask) -> list[tuple[Rule, str, str]]:
    """Every route and method that needs a right: (rule, method, right)."""
    found = []
    for rule in rules_of(app):
        need = access.declared(app.view_functions[rule.endpoint])
        if need in RIGHTS:
            found += [(rule, method, need) for method in sorted(rule.methods & {"GET", "POST"})]
    return found


class Rows:
    """Makes a row for each name that an address can have."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.authors = {city: office.hire("city", city=city) for city in OWN}
        self.count = 0
        self.kept: dict[tuple[str, str, str, str], int | str] = {}

    def make(self, name: str, city: str, district: str, endpoint: str, *, anew: bool = True) -> int | str:
        """A row. One that nobody may change need not be `anew`: it is as it was for the next one who may not."""
        key = (name, city, district, endpoint if self._looks_at(endpoint) else "")
        if anew or key not in self.kept:
            self.count += 1
            made: int | str = getattr(self, name)(city, district, endpoint)
            if anew:
                return made
            self.kept[key] = made
        return self.kept[key]

    def _looks_at(self, endpoint: str) -> bool:
        """Whether rows are made in a state of their own for this page."""
        own = endpoint.removeprefix("console.")
        return own in SUBMITTED | {"activities_edit"} or own.startswith(("slips", "rain_plans", "staff"))

    def topic(self, city: str, district: str, endpoint: str) -> str:
        return "announcement-write"

    def announcement_id(self, city: str, district: str, endpoint: str, **more: Any) -> int:
        if endpoint.startswith("console.slips"):
            return self._slip(city, district)
        write = self.office.submitted if endpoint.removeprefix("console.") in SUBMITTED else self.office.draft
        return write(self.authors[city], district, city=city, title=f"お知らせ{self.count}", **more)

    def _slip(self, city: str, district: str) -> int:
        now = self.office.context.clock()
        reply_on, place = access.jst(now).date() + timedelta(days=9), self.office.district(district, city)
        new = NewSlip(f"連絡{self.count}", "清掃です。", "協議会", place, ("group_head",), reply_on)
        with self.office.context.database.write() as session:
            return slips.write(session, city, self.authors[city].actor, new, now).id

    def series_id(self, city: str, district: str, endpoint: str) -> int:
        today = access.jst(self.office.context.clock()).date()
        found = self._add(
            AnnouncementSeries(
                municipality_id=city, rule="FREQ=WEEKLY;BYDAY=SU", at="09:00", starts_on=today,
                ends_on=today + timedelta(days=60),
            )
        )  # fmt: skip
        first = self.announcement_id(city, district, endpoint)
        with self.office.context.database.write() as session:
            session.get_one(Announcement, first).series_id = found
        return found

    def district_id(self, city: str, district: str, _endpoint: str) -> int:
        return self.office.district(district, city)

    def circular_id(self, city: str, district: str, _endpoint: str) -> int:
        now, day = self.office.context.clock(), access.jst(self.office.context.clock()).date()
        return self._add(
            Circular(
                municipality_id=city, district_id=self.office.district(district, city), closes_at=now,
                named_on=day + timedelta(days=self.count), issue_on=day, send_at=now + timedelta(days=1),
            )
        )  # fmt: skip

    def item_id(self, city: str, district: str, endpoint: str) -> int:
        issue = self.circular_id(city, district, endpoint)
        return self._add(
            CircularItem(
                municipality_id=city, circular_id=issue, position=1, origin="school", sender="-", title="-", body="-",
                created_at=real_now(),
            )
        )  # fmt: skip

    def poll_id(self, city: str, district: str, endpoint: str) -> int:
        poll = Question(f"設問{self.count}", ("はい", "いいえ"), later())
        row = self.office.announcement(self.announcement_id(city, district, endpoint, poll=poll), city)
        return int(row.poll_id)

    def round_table_id(self, city: str, district: str, _endpoint: str) -> int:
        return self.office.round_table(self.authors[city], district, city=city, theme=f"テーマ{self.count}")

    def referral_id(self, city: str, district: str, endpoint: str) -> int:
        self.count += 1
        return self.office.referral(self.round_table_id(city, district, endpoint), city)

    def question_id(self, city: str, district: str, _endpoint: str) -> int:
        return self._add(
            UnansweredQuestion(
                municipality_id=city,
                district_id=self.office.district(district, city),
                text="ごみは?",
                folded=f"{self.count}",
                language="ja",
                asked_at=real_now(),
            )
        )

    def entry_id(self, city: str, district: str, _endpoint: str) -> int:
        with self.office.context.database.write() as session:
            key = session.scalars(select(District.key).where(District.id == self.office.district(district, city))).one()
            content = replace(entry_editing.blank(), title=f"記事{self.count}", body="-", districts=(key,))
            author = self.authors[city].actor
            return entry_editing.create(session, city, author, content, self.office.context.clock()).id

    def organisation_id(self, city: str, district: str, _endpoint: str) -> int:
        with self.office.context.database.write() as session:
            key = session.scalars(select(District.key).where(District.id == self.office.district(district, city))).one()
            new = replace(entry_editing.blank("organisation"), title="部会", body="-", districts=(key,))
            author = self.authors[city].actor
            return entry_editing.create(session, city, author, new, self.office.context.clock()).id

    def inquiry_id(self, city: str, district: str, _endpoint: str) -> int:
        now = real_now()
        return self._add(
            Inquiry(
                municipality_id=city,
                district_id=self.office.district(district, city),
                category="road",
                door="web",
                language="ja",
                state="referred",
                department=DEPARTMENT,
                due=access.jst(now).date(),
                created_at=now,
                waiting_since=now,
            )
        )

    def template_id(self, city: str, _district: str, _endpoint: str) -> int:
        values = {"name": f"文{self.count}", "body": "-", "changed_by": "-", "changed_at": real_now()}
        return self._add(ReplyTemplate(municipality_id=city, version=1, **values))

    def activity_id(self, city: str, district: str, endpoint: str) -> int:
        with self.office.context.database.read() as session:
            key = session.scalars(select(District.key).where(District.id == self.office.district(district, city))).one()
        content = replace(
            entry_editing.blank("activity"), id=f"a{self.count}", title="体操", body="-", districts=(key,), draft=False,
            activity=Activity(rule="FREQ=DAILY"),
        )  # fmt: skip
        return self._add(
            Entry(
                municipality_id=city,
                key=content.id,
                kind="activity",
                title=content.title,
                data=entry_json(content),
                published=endpoint != "console.activities_edit",  # a draft: who writes need not be who publishes
                updated_at=real_now(),
            )
        )

    def rain_plan_id(self, city: str, district: str, endpoint: str) -> int:
        activity, now = self.activity_id(city, district, endpoint), self.office.context.clock()
        with self.office.context.database.read() as session:
            key = session.get_one(Entry, activity).key
        state = "approved" if endpoint.endswith("decide") else "draft" if endpoint.endswith("submit") else "submitted"
        return self._add(
            RainPlan(
                municipality_id=city, entry_key=key, day=access.jst(now).date() + timedelta(days=1), state=state,
                author_id=self.authors[city].id, sender="-", audience="home",
                district_ids=[self.office.district(district, city)], decide_at=now, held_text="-", off_text="-",
                created_at=now, submitted_at=now,
            )
        )  # fmt: skip

    def statement_id(self, city: str, district: str, _endpoint: str) -> int:
        place = self.office.district(district, city)
        return self._add(Statement(municipality_id=city, district_id=place, text=f"声{self.count}", due_at=real_now()))

    def election_id(self, city: str, _district: str, _endpoint: str) -> int:
        today = access.jst(real_now()).date()
        return self._add(ElectionPeriod(municipality_id=city, name="選挙", first_day=today, last_day=today))

    def event_id(self, city: str, _district: str, _endpoint: str) -> int:
        now = real_now()
        return self._add(
            InboxEvent(
                municipality_id=city,
                event_key=f"{self.count}",
                kind="message",
                event_at=now,
                received_at=now,
                state="parked",
                attempts=3,
                body=b"-",
            )
        )

    def run_id(self, city: str, _district: str, _endpoint: str) -> int:
        body = "イベント名,開始日\n体操,2026-12-06\n".encode()
        values = {"kind": "activities", "collection": f"{self.count}", "file_name": "a.csv", "actor": "-"}
        run = ImportRun(municipality_id=city, at=real_now(), state="checked", report={}, body=body, **values)
        return self._add(run)

    def feed_id(self, city: str, _district: str, _endpoint: str) -> int:
        now, url = real_now(), f"https://example.jp/{self.count}.csv"
        feed = Feed(municipality_id=city, name="-", kind="activities", url=url, created_at=now, next_at=now, failures=0)
        return self._add(feed)

    def alert_id(self, city: str, _district: str, _endpoint: str) -> int:
        now = real_now()
        return self._add(
            Alert(municipality_id=city, kind="token", subject=f"{self.count}", text="-", first_at=now, last_at=now)
        )

    def invitation_id(self, city: str, _district: str, _endpoint: str) -> int:
        wanted = invitations.Wanted(f"invited{self.count}@{city}.example", "-", city, "viewer")
        with self.office.context.database.write() as session:
            return invitations.invite(session, wanted, self.authors[city].actor, "-", real_now())[0].id

    def staff_id(self, city: str, district: str, _endpoint: str) -> int:
        self.last = self.office.hire("officer", district, city=city)
        return self.last.id

    def role_id(self, _city: str, _district: str, _endpoint: str) -> int:
        # Rule.arguments are taken in order, so that the person was made just before.
        with self.office.context.database.read() as session:
            return session.scalars(select(StaffRole.id).where(StaffRole.staff_id == self.last.id)).one()

    def _add(self, row: Any) -> int:
        with self.office.context.database.write() as session:
            session.add(row)
            session.flush()
            if isinstance(row, Entry):
                entry_editing.raise_version(session, row.municipality_id)  # what was read before is stale
            return int(row.id)


class Matrix:
    """One role's visits."""

    def __init__(self, office: Office, role: str) -> None:
        self.office, self.role = office, role
        self.rows = Rows(office)
        self.visitor = office.visit(office.hire(role, OWN["fuji"]))
        self.token = self.visitor.token()

    def address(self, rule: Rule, *, path: str, city: str, district: str, anew: bool = False) -> str:
        values: dict[str, Any] = {"municipality": path}
        for name in sorted(rule.arguments - {"municipality"}, reverse=True):  # staff_id before role_id
            values[name] = self.rows.make(name, city, district, rule.endpoint, anew=anew)
        with self.office.app.test_request_context():
            return str(self.office.app.url_for(rule.endpoint, **values))

    def ask(self, method: str, address: str) -> int:
        client = self.visitor.client
        if method == "GET":
            page = client.get(address)
            if page.mimetype == "text/html" and page.status_code // 100 != 3:
                assert html_rules.faults(page.text) == [], f"{self.role} {address}"
            return page.status_code
        return client.post(address, data={"csrf_token": self.token}).status_code

    def changes(self) -> int:
        with self.office.context.database.read() as session:
            return session.scalar(select(func.count()).select_from(AuditRow)) or 0


@pytest.fixture
def office(cities: Context) -> Office:
    return Office(cities)


def test_each_route_declares_what_it_needs(context: Context) -> None:
    app = make_app(context)
    needs = {rule.endpoint: access.declared(app.view_functions[rule.endpoint]) for rule in rules_of(app)}
    assert {name for name, need in needs.items() if need is None} == set()
    assert {name for name, need in needs.items() if need == access.PUBLIC} == ENTRANCE
    assert {name for name, need in needs.items() if need == access.SIGNED_IN} == ABOUT_ONESELF
    assert {name for name, need in needs.items() if need == access.INSTALLATION} == OF_THE_INSTALLATION
    for rule in rules_of(app):
        if needs[rule.endpoint] in RIGHTS:
            assert "municipality" in rule.arguments, f"{rule}: a right counts in a municipality"


def test_a_route_that_forgot_to_declare_is_closed_to_everyone(office: Office) -> None:
    app = office.app
    app.add_url_rule("/console/<municipality>/forgotten", "console.forgotten", lambda municipality: "open")
    for role in ROLES:
        answer = office.visit(office.hire(role, OWN["fuji"])).get("/console/fuji/forgotten")
        assert answer.status_code == 403, role


def test_nobody_enters_without_signing_in(office: Office) -> None:
    rows, stranger = Rows(office), office.visit()
    for rule, method, _ in calls(office.app):
        values: dict[str, Any] = {"municipality": "fuji"}
        for name in sorted(rule.arguments - {"municipality"}, reverse=True):
            values[name] = rows.make(name, "fuji", OWN["fuji"], rule.endpoint, anew=False)
        with office.app.test_request_context():
            address = office.app.url_for(rule.endpoint, **values)
        answer = stranger.client.open(address, method=method)
        if method == "GET":
            assert answer.status_code == 302, address
            assert answer.location.startswith("/console/sign-in"), address
        else:
            assert answer.status_code == 401, address


@pytest.mark.parametrize("role", ROLES)
def test_own_district(office: Office, role: str) -> None:
    matrix = Matrix(office, role)
    for rule, method, need in calls(office.app):
        anew = method == "POST" and role in RIGHTS[need]
        address = matrix.address(rule, path="fuji", city="fuji", district=OWN["fuji"], anew=anew)
        before = matrix.changes()
        status = matrix.ask(method, address)
        if role in RIGHTS[need]:
            assert status not in DENIED | {401, 500}, f"{role} {method} {address}: {status}"
        else:
            assert status == 403, f"{role} {method} {address}: {status}"
            assert matrix.changes() == before, f"{role} {method} {address} changed something"


@pytest.mark.parametrize("role", ROLES)
def test_other_district(office: Office, role: str) -> None:
    matrix = Matrix(office, role)
    for rule, method, need in calls(office.app):
        if not rule.arguments & OF_A_DISTRICT or rule.endpoint in READ_EVERYWHERE:
            continue
        anew = method == "POST" and role in RIGHTS[need]
        address = matrix.address(rule, path="fuji", city="fuji", district=OTHER, anew=anew)
        before = matrix.changes()
        status = matrix.ask(method, address)
        if role in RIGHTS[need] and role not in DISTRICT_ROLES:
            assert status not in DENIED | {401, 500}, f"{role} {method} {address}: {status}"
        else:
            assert status in DENIED, f"{role} {method} {address}: {status}"
            assert matrix.changes() == before, f"{role} {method} {address} changed something"


@pytest.mark.parametrize("role", ROLES)
def test_other_municipality(office: Office, role: str) -> None:
    matrix = Matrix(office, role)
    for rule, method, _ in calls(office.app):
        over_there = matrix.address(rule, path="tomioka", city="tomioka", district=OWN["tomioka"])
        mixed = matrix.address(rule, path="fuji", city="tomioka", district=OWN["tomioka"])
        before = matrix.changes()
        assert matrix.ask(method, over_there) == 403, f"{role} {method} {over_there}"
        if rule.arguments - OF_NOBODY != {"municipality"}:
            status = matrix.ask(method, mixed)
            assert status in DENIED, f"{role} {method} {mixed}: {status}"
        assert matrix.changes() == before, f"{role} {method} {rule} changed something"


def test_an_admin_of_the_installation_enters_every_municipality(office: Office) -> None:
    visitor = office.visit(office.hire("admin", city=None))
    assert [visitor.get(f"/console/{city}/").status_code for city in OWN] == [200, 200]
    assert visitor.get("/console/nowhere/").status_code == 404


@pytest.mark.parametrize("role", ROLES)
def test_a_municipality_is_made_by_an_admin_of_the_installation_only(office: Office, role: str) -> None:
    path = "/console/setup/municipality"
    assert office.visit(office.hire(role, OWN["fuji"])).get(path).status_code == 403
    assert office.visit(office.hire(role, OWN["fuji"])).post(path).status_code == 403
    if role == "admin":
        whole = office.visit(office.hire(role, city=None))
        assert (whole.get(path).status_code, whole.post(path).status_code) == (200, 400)
        assert office.visit().get(path).location.startswith("/console/sign-in")


def test_expired_roles_open_drafts_only(office: Office) -> None:
    yesterday = access.jst(real_now()).date().replace(year=access.jst(real_now()).year - 1)
    long_gone: Account = office.hire("officer", OWN["fuji"], until=yesterday)
    visitor: Visitor = office.visit(long_gone)
    assert visitor.get("/console/fuji/").status_code == 403

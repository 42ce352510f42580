"""What an attacker tries at every page at once: scripts in every text, formulas in every file, forms without their token.

The pages are found by the route map, the fields by the templates, so that a new page is in here when it is registered.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import String, select, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from bot.core.permissions import DISTRICT_ROLES, ROLES
from bot.db import Base
from bot.models import Announcement, Entry, Staff
from bot.now import real_now
from bot.services import staff
from bot.services.context import Context
from handlers import public
from tests.rules.test_rights_matrix import Rows
from tests.support.console import DEPARTMENT, Account, Office, Visitor
from tests.support.places import REPOSITORY

CITY, DISTRICT = "fuji", "今泉"
# A formula, a way out of an attribute, and a tag: 15 letters, so that it fits into nearly every field.
RAW = "<i x=xss>"
MARK = f"=1+1\"'>{RAW}"
NO_PAGES = r"\.(ics|rss|xml|jsonld|png|jpg|pdf)$|^/api/|sitemap"  # neither shown by a browser as a page nor a table
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDS_THE_SESSION = {"console.sign_out", "console.session_end", "console.sessions_end", "console.staff_active"}
# What people write, wherever it lies; the columns left out hold words of ours, keys, addresses and digests.
WRITTEN = [
    "agenda_item.title",
    "agenda_item.said",
    "agenda_item.decided",
    "agenda_item.homework",
    "agenda_item.in_charge",
    "alert.text",
    "announcement.sender",
    "announcement.title",
    "announcement.body",
    "announcement.emergency_reason",
    "announcement.comment",
    "announcement_file.words",
    "announcement_series.stop_reason",
    "announcement_text.title",
    "announcement_text.body",
    "audit_row.actor",
    "circular_item.sender",
    "circular_item.title",
    "circular_item.body",
    "desk.name",
    "district.name",
    "district.kana",
    "election_period.name",
    "entry.title",
    "feed.name",
    "feed.said",
    "group_chat.neighbourhood",
    "import_run.file_name",
    "import_run.actor",
    "inquiry.drafted_by",
    "inquiry_letter.name",
    "inquiry_note.by",
    "inquiry_referral.by",
    "matter.title",
    "matter.summary",
    "matter.by_person",
    "matter.by_community",
    "matter.by_city",
    "moderation_act.actor",
    "moderation_act.before",
    "municipality.name",
    "neighbourhood_association.name",
    "passkey.name",
    "poll.question",
    "poll_choice.label",
    "poll_text.text",
    "rain_plan.sender",
    "rain_plan.held_text",
    "rain_plan.off_text",
    "rain_plan.put_off_text",
    "rain_plan.comment",
    "referral.name",
    "reply_template.name",
    "reply_template.body",
    "reply_template.changed_by",
    "response.text",
    "response.reason",
    "response.comment",
    "role_holder.neighbourhood",
    "role_holder.name",
    "round_table.theme",
    "round_table.place",
    "round_table.answerer",
    "slip.forward",
    "slip_answer.name",
    "staff.name",
    "staff_invitation.name",
    "staff_invitation.inviter",
    "staff_session.device",
    "statement.text",
    "unanswered_question.text",
    "weather_telegram.title",
]


@pytest.fixture
def office(cities: Context) -> Office:
    made = Office(cities)
    public.register(made.app, cities)
    return made


@pytest.fixture
def everybody(office: Office) -> Account:
    """Somebody who holds every role, so that every page opens."""
    account = office.hire("city")
    with office.context.database.write() as session:
        row = session.get_one(Staff, account.id)
        for role in sorted(set(ROLES) - {"city"}):
            districts = (office.district(DISTRICT),) if role in DISTRICT_ROLES else ()
            staff.grant(session, row, CITY, staff.Role(role, districts, None, DEPARTMENT), real_now())
    return account


class Addresses:
    """An address for each rule, with one row of each kind."""

    def __init__(self, office: Office) -> None:
        self.office, self.rows = office, Rows(office)
        self.made: dict[str, int] = {}
        with office.context.database.read() as session:
            self.entry = session.scalars(
                select(Entry.key).where(Entry.municipality_id == CITY, Entry.published)
            ).first()

    def all(self, method: str) -> Iterator[tuple[Rule, str]]:
        for rule in self.office.app.url_map.iter_rules():
            if method in (rule.methods or ()) and (address := self.of(rule)) is not None:
                yield rule, address

    def of(self, rule: Rule) -> str | None:
        if rule.endpoint.split(".")[-1] in {"static", "drawing"}:
            return None
        values = {name: self.value(name, rule) for name in sorted(rule.arguments, reverse=True)}
        with self.office.app.test_request_context():
            return str(self.office.app.url_for(rule.endpoint, **values))

    def value(self, name: str, rule: Rule) -> Any:
        if name == "municipality":
            return CITY
        if hasattr(Rows, name):
            if name not in self.made:
                self.made[name] = self.rows.make(name, CITY, DISTRICT, rule.endpoint)
            return self.made[name]
        words = {"key": self.entry, "kind": "activities", "form": "csv", "month": "2026-12", "district": DISTRICT}
        return 1 if f"<int:{name}>" in rule.rule else words.get(name, "x")


def fields() -> list[str]:
    """Every field's name that any template has."""
    found: set[str] = set()
    for template in (REPOSITORY / "handlers").rglob("templates/**/*.html"):
        text = template.read_text(encoding="utf-8")
        found |= set(re.findall(r'\bname="(\w+)"', text))
        found |= set(re.findall(r'\{\{ (?:input|area)\([\w.]+, "(\w+)"', text))
    return sorted(found - {"csrf_token", "restore"})


def everything_is_hostile(office: Office) -> None:
    """Write the mark into every text that people write, and publish what is there."""
    with office.context.database.write() as session:
        for name in WRITTEN:
            table, column = name.split(".")
            kind = Base.metadata.tables[table].columns[column]
            assert isinstance(kind.type, String), name
            session.execute(update(Base.metadata.tables[table]).values({column: MARK[: kind.type.length or 100]}))
        session.execute(update(Announcement).values(state="sent", frozen_at=real_now(), finished_at=real_now()))
        for entry in session.scalars(select(Entry).where(Entry.municipality_id == CITY).limit(300)):
            texts = {key: MARK for key in ("title", "body", "contact") if isinstance(entry.data.get(key), str)}
            lists = {key: [MARK] for key in ("questions", "keywords") if key in entry.data}
            entry.data, entry.published = {**entry.data, **texts, **lists}, True


def is_page(answer: TestResponse) -> bool:
    return answer.mimetype == "text/html"


def test_no_text_becomes_a_script_on_any_page_and_no_cell_a_formula_in_any_file(office: Office, everybody: Account):
    """One walk through everything, with hostile words in the database and then in the address as well."""
    addresses, visitor = Addresses(office), office.visit(everybody)
    calls = [(rule, address) for rule, address in addresses.all("GET") if not re.search(NO_PAGES, rule.rule)]
    everything_is_hostile(office)
    asked = dict.fromkeys(("q", *fields()), MARK)
    pages, files = 0, {"csv": 0, "excel": 0, "marked": 0}
    for rule, address in calls:
        for query in variants(rule):
            answer = visitor.get(address, query_string=query)
            assert answer.status_code < 500, f"{address} {query}: {answer.status_code}"
            look_for_formulas(answer, files, address)
            if not is_page(answer):
                continue
            assert RAW not in answer.text, f"{address}: {around(answer.text)}"
            if answer.status_code == 200:
                pages += 1
                look_for_code(answer, address)
                reflected = visitor.get(address, query_string=asked)
                assert reflected.status_code < 500, f"{address}, asked oddly: {reflected.status_code}"
                assert not is_page(reflected) or RAW not in reflected.text, f"{address}: {around(reflected.text)}"
    assert pages > 90, "the pages were not seen"
    assert files["csv"] >= 5, files
    assert files["excel"] >= 2, files
    assert files["marked"] >= 3, files


def variants(rule: Rule) -> list[dict[str, str]]:
    """As a page, and where it gives files, as each kind of file."""
    if not re.search(r"file|export|csv", rule.rule):
        return [{}]
    kinds = [{"kind": kind, "as": form} for kind in ("polis", "kouchou") for form in ("csv", "xlsx")]
    return [{}, *kinds, {"kind": "csv"}, {"kind": "xlsx"}, {"as": "csv"}, {"as": "xlsx"}]


def look_for_code(answer: TestResponse, address: str) -> None:
    """The policy of each page (no unsafe-inline), and nothing in the page that would need a laxer one."""
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] in {"'self'", "'none'"}, address
    assert "unsafe" not in str(policy), address
    assert policy.get("script-src", "'self'") == "'self'", address
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'", address
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/(ld\+)?json)", answer.text), address
    assert not re.search(r"<(?!svg|g|path|rect|text|circle|line|use)\w+[^>]*\s(?:on\w+|style)=", answer.text), address


def around(text: str) -> str:
    at = text.index(RAW)
    return text[max(0, at - 120) : at + 40]


def look_for_formulas(answer: TestResponse, files: dict[str, int], address: str) -> None:
    """Count the files; none of their cells may run."""
    if answer.status_code != 200:
        return
    if answer.mimetype == "text/csv":
        files["csv"] += 1
        code = "cp932" if "shift" in answer.content_type else "utf-8-sig"
        cells = [cell for row in csv.reader(io.StringIO(answer.data.decode(code))) for cell in row]
        bad = [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r", "＝"))]
        assert bad == [], f"{address}: {bad[:2]}"
        files["marked"] += any(cell.startswith("'=1+1") for cell in cells)
    elif answer.mimetype == EXCEL:
        files["excel"] += 1
        sheets = load_workbook(io.BytesIO(answer.data)).worksheets
        kinds = {cell.data_type for sheet in sheets for row in sheet.iter_rows() for cell in row}
        assert "f" not in kinds, address


def test_no_field_of_any_form_comes_back_as_a_script(office: Office, everybody: Account):
    addresses, visitor = Addresses(office), office.visit(everybody)
    hostile = dict.fromkeys(fields(), MARK) | {"csrf_token": visitor.token()}
    answered = 0
    for rule, address in addresses.all("POST"):
        if rule.endpoint in ENDS_THE_SESSION:
            continue
        answer = visitor.client.post(address, data=hostile)
        assert answer.status_code < 500, f"{address}: {answer.status_code}"
        if is_page(answer):
            answered += answer.status_code in {200, 400, 401, 403, 404, 409}
            assert RAW not in answer.text, f"{address}: {around(answer.text)}"
    assert answered > 60


def test_no_post_of_the_console_is_taken_without_its_token(office: Office, everybody: Account):
    addresses, visitor = Addresses(office), office.visit(everybody)
    calls = [(rule, address) for rule, address in addresses.all("POST") if rule.endpoint.startswith("console.")]
    assert len(calls) > 100
    stolen = {"csrf_token": office.visit(everybody).token()}
    for number, (rule, address) in enumerate(calls):
        answer = visitor.client.post(address, data=stolen if number % 2 else {})
        assert answer.status_code == 400, f"{rule}: {answer.status_code}"
    assert visitor.get(f"/console/{CITY}/").status_code == 200


def test_the_id_of_another_municipality_says_no_more_than_one_that_never_was(office: Office):
    """Enumeration of ids: the same status and the same words (the rights matrix tries each route)."""
    admin, elsewhere = office.visit(office.hire("admin")), office.hire("city", city="tomioka")
    for path in (f"staff/{elsewhere.id}", "announcements/{}", "entries/{}"):
        known = elsewhere.id
        if "{}" in path:
            with office.context.database.read() as session:
                table = Announcement if "announcements" in path else Entry
                if table is Announcement:
                    known = office.draft(elsewhere, city="tomioka")
                else:
                    known = session.scalars(select(Entry.id).where(Entry.municipality_id == "tomioka")).first()
        real, never = (admin.get(f"/console/fuji/{path.format(n)}".replace(f"/{elsewhere.id}", f"/{n}")) for n in (known, 987654321))  # fmt: skip
        assert real.status_code == never.status_code == 404
        assert words(real) == words(never)


def words(answer: TestResponse) -> str:
    return re.sub(r'value="[^"]*"|\d', "", answer.text.split("<main")[1])


def test_unknown_addresses_cost_as_much_and_hear_the_same(office: Office, monkeypatch: pytest.MonkeyPatch):
    """Enumeration of e-mails: one hash is worked out for each attempt, and passkeys are asked for alike."""
    hashed: list[str] = []
    verify = staff.HASHER.__class__.verify
    monkeypatch.setattr(staff.HASHER.__class__, "verify", lambda self, *a: hashed.append(a[0]) or verify(self, *a))
    known = office.hire("city")
    pages = []
    for email in (known.email, "nobody@fuji.example"):
        visitor: Visitor = office.visit()
        answer = visitor.post("/console/sign-in", {"email": email, "password": "not it at all"})
        asked = visitor.post("/console/sign-in/passkey/options", {"email": email}).json
        again = visitor.post("/console/sign-in/passkey/options", {"email": email}).json
        assert asked["allowCredentials"] == again["allowCredentials"]
        pages.append((answer.status_code, words(answer).replace(email, ""), len(asked["allowCredentials"])))
    assert pages[0] == pages[1]
    assert len(hashed) == 2


def test_the_cookie_is_another_one_after_signing_in(office: Office):
    """Session fixation: a cookie planted before the sign-in opens nothing afterwards."""
    city, victim, attacker = office.hire("city", password="green-tea-and-rice"), office.visit(), office.visit()
    attacker.get("/console/sign-in")
    planted = attacker.client.get_cookie("entaku").value
    victim.client.set_cookie("entaku", planted)
    victim.post("/console/sign-in", {"email": city.email, "password": "green-tea-and-rice"})
    assert victim.get(f"/console/{CITY}/").status_code == 200
    assert victim.client.get_cookie("entaku").value != planted
    assert attacker.get(f"/console/{CITY}/").status_code == 302
    with victim.client.session_transaction() as cookie:
        first = cookie["staff"]["key"]
    victim.post("/console/sign-out")
    victim.post("/console/sign-in", {"email": city.email, "password": "green-tea-and-rice"})
    with victim.client.session_transaction() as cookie:
        assert cookie["staff"]["key"] != first


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_way_in_leads_to_another_site(office: Office, target: str):
    """Open redirect, at the doors that signing in with a password does not pass."""
    account = office.hire("admin", password="green-tea-and-rice")
    visitor = office.visit(account)
    assert visitor.get("/console/sign-in", query_string={"next": target}).location == "/console/"
    passed = visitor.post("/console/confirm", {"next": target, "password": "green-tea-and-rice"})
    assert passed.location == "/console/"
    kept = visitor.post("/console/confirm", {"next": target, "password": "green-tea-and-rice", "kept": '[["a", "b"]]'})
    assert 'action="/console/"' in kept.text

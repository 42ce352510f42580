"""Signing in: password, code, lock, throttle, what a cookie is worth, forms kept over a sign-in."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pyotp
import pytest
from sqlalchemy import select

from bot.models import Announcement, Staff, StaffSession
from bot.now import real_now
from bot.services import staff
from bot.services.context import Context
from bot.services.recovery_codes import NUMBER
from handlers.console import session as console_session
from handlers.console.sign_in import FAILED
from handlers.console.throttle import FAILURES
from tests.conftest import make_settings
from tests.support.console import PASSWORD, Account, Office, Visitor, make_app, text_of

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def enter(visitor: Visitor, email: str, password: str = PASSWORD, **more: str):
    return visitor.post("/console/sign-in", {"email": email, "password": password} | more)


def row_of(office: Office, account: Account) -> Staff:
    with office.context.database.read() as session:
        row = session.get(Staff, account.id)
        assert row is not None
        return row


def test_the_right_password_leads_to_ones_own_municipality(office: Office):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    visitor = office.visit()
    answer = enter(visitor, f"  {officer.email.upper()} ")
    assert answer.location == "/console/"
    assert visitor.get("/console/").location == "/console/fuji/"
    assert visitor.get("/console/fuji/").status_code == 200
    assert row_of(office, officer).signed_in_at is not None


def test_unknown_account_and_wrong_password_say_the_same(office: Office):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    wrong, unknown = enter(office.visit(), officer.email, "not it at all"), enter(office.visit(), "nobody@fuji.example")
    assert wrong.status_code == unknown.status_code == 401
    pages = [
        text_of(answer).replace(officer.email, "").replace("nobody@fuji.example", "") for answer in (wrong, unknown)
    ]
    assert FAILED in pages[0]
    assert pages[0] == pages[1]


def test_five_failures_lock_the_account_even_for_the_right_password(office: Office):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    visitor = office.visit()
    for _ in range(5):
        assert enter(visitor, officer.email, "not it at all").status_code == 401
    assert enter(visitor, officer.email).status_code == 401
    until = row_of(office, officer).locked_until
    assert until is not None
    assert timedelta(minutes=14) < until - real_now() < timedelta(minutes=16)


def test_one_address_is_slowed_down_over_all_accounts(office: Office):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    visitor = office.visit()
    token = visitor.token()
    data = {"csrf_token": token, "email": "nobody@fuji.example", "password": "not it at all"}
    throttle = office.app.extensions["entaku.console.throttle"]
    for _ in range(FAILURES - 1):
        throttle.failed("127.0.0.1", real_now())
    assert visitor.client.post("/console/sign-in", data=data).status_code == 401
    assert visitor.client.post("/console/sign-in", data=data).status_code == 429
    assert enter(visitor, officer.email).status_code == 429


def test_a_code_is_asked_for_and_works_once(office: Office):
    admin = office.hire("admin", password=PASSWORD, totp=SECRET)
    visitor, code = office.visit(), pyotp.TOTP(SECRET).now()
    assert "確認番号" in enter(visitor, admin.email).text
    assert visitor.get("/console/fuji/").status_code == 302, "the password alone opens nothing"
    assert visitor.post("/console/sign-in/code", {"code": f"{code[:3]} {code[3:]}"}).status_code == 302
    assert visitor.get("/console/fuji/").status_code == 200
    again = office.visit()
    enter(again, admin.email)
    assert again.post("/console/sign-in/code", {"code": code}).status_code == 401


def test_wrong_codes_lock_as_wrong_passwords_do(office: Office):
    admin = office.hire("admin", password=PASSWORD, totp=SECRET)
    visitor = office.visit()
    enter(visitor, admin.email)
    for _ in range(5):
        assert visitor.post("/console/sign-in/code", {"code": "000000"}).status_code == 401
    assert row_of(office, admin).locked_until is not None
    assert visitor.post("/console/sign-in/code", {"code": pyotp.TOTP(SECRET).now()}).status_code == 401


def test_the_code_page_forgets_the_password_after_ten_minutes(office: Office):
    admin = office.hire("admin", password=PASSWORD, totp=SECRET)
    visitor = office.visit()
    enter(visitor, admin.email)
    with visitor.client.session_transaction() as cookie:
        cookie["pending"] = {**cookie["pending"], "since": real_now().timestamp() - 601}
    answer = visitor.client.post(
        "/console/sign-in/code", data={"csrf_token": visitor.token(), "code": pyotp.TOTP(SECRET).now()}
    )
    assert answer.location.startswith("/console/sign-in?")
    assert visitor.get("/console/fuji/").status_code == 302


def test_an_admin_without_an_app_sets_one_up_before_anything_else(office: Office):
    admin = office.hire("admin", password=PASSWORD, totp=SECRET)
    with office.context.database.write() as session:
        row = session.get(Staff, admin.id)
        assert row is not None
        row.totp_secret = None
    visitor = office.visit(admin)
    assert visitor.get("/console/fuji/staff").location == "/console/account/totp"
    page = visitor.get("/console/account/totp").text
    secret = page.split('class="secret">')[1].split("<")[0].replace(" ", "")
    pending = page.split('name="pending" value="')[1].split('"')[0]
    assert visitor.post("/console/account/totp", {"pending": pending, "code": "000000"}).status_code == 400
    done = visitor.post("/console/account/totp", {"pending": pending, "code": pyotp.TOTP(secret).now()})
    assert done.text.count("<li><code>") == NUMBER, "recovery codes, shown once"
    assert visitor.get("/console/fuji/staff").status_code == 200
    assert row_of(office, admin).totp_secret is not None
    assert visitor.get("/console/account/totp").status_code == 302, "the secret is shown once"


def test_somebody_elses_pending_secret_is_refused(office: Office):
    one, other = (office.hire("city") for _ in range(2))
    pending = office.visit(one).get("/console/account/totp").text.split('name="pending" value="')[1].split('"')[0]
    assert office.visit(other).post("/console/account/totp", {"pending": pending, "code": "1"}).status_code == 400


def test_a_one_time_password_has_to_be_changed_first(office: Office):
    admin, forgetful = office.hire("admin"), office.hire("city")
    made = office.visit(admin).post(f"/console/fuji/staff/{forgetful.id}/password")
    password = made.text.split('<p class="once"><code>')[1].split("<")[0]
    visitor = office.visit()
    enter(visitor, forgetful.email, password)
    assert visitor.get("/console/fuji/").location == "/console/account/password"
    form = {"old": password, "new": "my own green password", "again": "my own green password"}
    assert visitor.post("/console/account/password", form).status_code == 302
    assert visitor.get("/console/fuji/").status_code == 200
    assert enter(office.visit(), forgetful.email, password).status_code == 401


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"old": "wrong", "new": "another password", "again": "another password"}, "今のパスワードが違います"),
        ({"old": PASSWORD, "new": "another password", "again": "and another one"}, "2つの新しいパスワードが違います"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "12文字以上"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "今と違うパスワード"),
    ],
)
def test_a_new_password_is_checked(office: Office, form, error):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    answer = office.visit(officer).post("/console/account/password", form)
    assert answer.status_code == 400
    assert error in answer.text
    assert row_of(office, officer).session_version == officer.version


def test_a_new_password_ends_the_other_sessions_only(office: Office):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    here, there = office.visit(officer), office.visit(officer)
    form = {"old": PASSWORD, "new": "another password", "again": "another password"}
    here.post("/console/account/password", form)
    assert here.get("/console/fuji/").status_code == 200
    assert there.get("/console/fuji/").status_code == 302


def test_signing_out_makes_copies_of_the_cookie_worthless(office: Office):
    officer = office.hire("officer", "今泉")
    here, copy, elsewhere = office.visit(officer), office.visit(), office.visit(officer)
    copy.client.set_cookie("entaku", here.client.get_cookie("entaku").value)
    assert copy.get("/console/fuji/").status_code == 200
    assert here.post("/console/sign-out").status_code == 302
    assert here.get("/console/fuji/").status_code == 302
    assert copy.get("/console/fuji/").status_code == 302
    assert elsewhere.get("/console/fuji/").status_code == 200, "another browser stays: わたしのサインイン ends those"


@pytest.mark.parametrize(
    ("since", "seen", "inside"),
    [(0, 0, True), (7.9, 1, True), (8.1, 0, False), (3, 2.1, False)],
)
def test_a_session_ends_after_its_hours_and_when_it_is_quiet(office: Office, since, seen, inside):
    officer, moment = office.hire("officer", "今泉"), real_now()
    visitor = office.visit(officer)
    with office.context.database.write() as session:
        row = session.scalars(select(StaffSession)).one()
        row.begun_at, row.seen_at = moment - timedelta(hours=since), moment - timedelta(hours=seen)
    assert (visitor.get("/console/fuji/").status_code == 200) is inside


def test_an_ended_account_is_out_at_once(office: Office):
    officer, admin = office.hire("officer", "今泉", password=PASSWORD), office.hire("admin")
    visitor = office.visit(officer)
    office.visit(admin).post(f"/console/fuji/staff/{officer.id}/active", {"active": "0"})
    assert visitor.get("/console/fuji/").status_code == 302
    assert enter(office.visit(), officer.email).status_code == 401


def test_signing_in_leaves_nothing_of_the_session_before(office: Office):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    visitor = office.visit()
    before = visitor.token()
    with visitor.client.session_transaction() as cookie:
        cookie["planted"] = "1"
    enter(visitor, officer.email)
    with visitor.client.session_transaction() as cookie:
        assert "planted" not in cookie
    answer = visitor.client.post("/console/sign-out", data={"csrf_token": before})
    assert answer.status_code == 400, "a token from before the sign-in is worth nothing"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/console\\@evil",
        "/elsewhere",
        "//[",
        "/console/\r\nSet-Cookie: a=b",
    ],
)
def test_signing_in_never_leads_to_another_site(office: Office, target):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    assert enter(office.visit(), officer.email, next=target).location == "/console/"


def test_signing_in_leads_back_to_the_page_asked_for(office: Office):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    visitor = office.visit()
    asked = visitor.get("/console/fuji/announcements?group=mine")
    assert asked.location == "/console/sign-in?next=/console/fuji/announcements?group%3Dmine"
    target = "/console/fuji/announcements?group=mine"
    assert enter(visitor, officer.email, next=target).location == target


def test_a_form_is_still_there_after_the_session_has_ended(office: Office):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    visitor = office.visit()
    form = {
        "title": "夜回りの\u3000お知らせ",
        "body": '一行目\n二行目 "<b>"',
        "districts": [office.district("今泉")],
        "csrf_token": "old",
    }
    answer = visitor.client.post("/console/fuji/announcements/new", data=form)
    assert answer.status_code == 401
    assert "書いたものは残っています" in answer.text
    kept = answer.text.split('name="kept" value="')[1].split('"')[0]
    passed = enter(visitor, officer.email, next="/console/fuji/announcements/new", kept=unescape(kept))
    assert "続きを開く" in passed.text
    assert 'action="/console/fuji/announcements/new"' in passed.text
    again = visitor.post("/console/fuji/announcements/new", form | {"act": "restore", "csrf_token": visitor.token()})
    assert again.status_code == 200
    assert "夜回りの\u3000お知らせ" in again.text
    assert "一行目\n二行目" in again.text
    with office.context.database.read() as session:
        assert session.scalars(select(Announcement)).all() == [], "opened again, not saved"


def test_only_what_was_written_is_kept_never_an_act(office: Office):
    office.residents(1, "今泉")
    chair = office.hire("chair", "今泉", password=PASSWORD)
    address = f"/console/fuji/announcements/{office.submitted(office.hire('officer', '今泉'), '今泉')}/approve"
    visitor = office.visit()
    answer = visitor.client.post(address, data={"version": "2"})
    assert answer.status_code == 401
    assert 'name="kept"' not in answer.text
    assert "いまの操作は行っていません" in answer.text
    enter(visitor, chair.email)
    assert visitor.post(address, {"version": "2", "act": "restore"}).status_code == 400
    with office.context.database.read() as session:
        assert session.scalars(select(Announcement.state)).one() == "submitted"


def test_guesses_at_the_old_password_lock_the_account(office: Office):
    officer = office.hire("officer", "今泉", password=PASSWORD)
    visitor = office.visit(officer)
    guess = {"old": "a guess at it", "new": "another password", "again": "another password"}
    for _ in range(5):
        assert visitor.post("/console/account/password", guess).status_code == 400
    assert visitor.post("/console/account/password", guess | {"old": PASSWORD}).status_code == 400
    assert row_of(office, officer).locked_until is not None


def test_a_form_from_another_site_is_not_kept(office: Office):
    answer = office.visit().client.post(
        "/console/fuji/announcements/new", data={"title": "planted"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 401
    assert "planted" not in answer.text
    assert "いまの操作は行っていません" in answer.text


def test_a_form_without_its_token_is_refused(office: Office):
    officer = office.hire("officer", "今泉")
    visitor = office.visit(officer)
    for address in ("/console/fuji/announcements/new", "/console/sign-out"):
        for data in ({}, {"csrf_token": "made up"}):
            assert visitor.client.post(address, data=data).status_code == 400
    assert office.visit().client.post("/console/sign-in", data={"email": "a", "password": "b"}).status_code == 400
    assert visitor.get("/console/fuji/").status_code == 200


def test_the_cookie_is_secure_outside_the_demo(cities: Context, tmp_path):
    url = cities.settings.database_url
    settings = make_settings(tmp_path, url, demo=False)
    real = Context(settings, cities.database, cities.keystore, cities.sealer, cities.clock)
    Office(real).hire("city")  # an installation without anybody shows the setup instead
    client = make_app(real).test_client()
    cookie = client.get("/console/sign-in", base_url="https://entaku.example").headers["Set-Cookie"]
    assert cookie.startswith("__Host-entaku=")
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie
    assert "Expires" not in cookie, "it ends with the browser"


def test_keys_can_be_changed_without_signing_everyone_out(office: Office):
    current = office.app.secret_key
    assert isinstance(current, str)
    assert len(current) == 64
    assert timedelta(hours=office.context.settings.session_hours) > console_session.IDLE


def test_every_answer_has_its_headers(office: Office):
    officer = office.hire("officer", "今泉")
    visitor = office.visit(officer)
    for address in ("/console/sign-in", "/console/fuji/", "/console/fuji/audit", "/console/fuji/nothing/here"):
        headers = visitor.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
    assert "max-age" in visitor.get("/console/fuji/", base_url="https://entaku.example").headers.get(
        "Strict-Transport-Security", ""
    )


def test_a_sign_in_with_an_old_hash_renews_it(office: Office):
    from argon2 import PasswordHasher

    officer = office.hire("officer", "今泉")
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with office.context.database.write() as session:
        row = session.get(Staff, officer.id)
        assert row is not None
        row.password_hash = weak
    enter(office.visit(), officer.email)
    kept = row_of(office, officer).password_hash
    assert kept != weak
    assert not staff.HASHER.check_needs_rehash(kept)


def test_head_is_answered_as_get_without_the_body(office: Office):
    officer = office.hire("officer", "今泉")
    visitor, stranger = office.visit(officer), office.visit()
    for who, path in (
        (stranger, "/console/sign-in"),
        (stranger, "/console/fuji/"),
        (visitor, "/console/fuji/announcements/new"),
        (visitor, "/console/confirm"),
        (visitor, "/console/fuji/no-such-page"),
    ):
        answer, seen = who.client.head(path), who.client.get(path)
        assert (answer.status_code, answer.data) == (seen.status_code, b""), path
        assert answer.headers.get("Location") == seen.headers.get("Location")

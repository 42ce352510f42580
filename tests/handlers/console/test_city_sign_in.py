"""Sign-in through a city's own provider, over real HTTP: who comes in, and that nothing comes in without proof."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from bot.models import KeptForm, Staff, StaffIdentity, StaffSession
from bot.now import real_now
from bot.services import invitations, kept_forms, staff
from bot.services.context import Context
from tests.conftest import make_settings
from tests.support.city_provider import CLIENT, SECRET, CityProvider
from tests.support.console import PASSWORD, Office, Visitor


@pytest.fixture
def city() -> Iterator[CityProvider]:
    started = CityProvider()
    yield started
    started.stop()


@pytest.fixture
def office(cities: Context, city: CityProvider, tmp_path) -> Office:
    return with_provider(cities, city, tmp_path)


def with_provider(cities: Context, city: CityProvider, folder, **changes) -> Office:
    found = {"oidc_issuer": city.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    settings = make_settings(folder, cities.settings.database_url, **(found | changes))
    return Office(Context(settings, cities.database, cities.keystore, cities.sealer, cities.clock))


def come_back(visitor: Visitor, city: CityProvider, **query: str):
    """To the city's page and back again."""
    left = visitor.get("/console/sign-in/city", query_string=query)
    assert left.status_code == 302, left.text
    assert left.location.startswith(f"{city.issuer}/authorize?")
    return visitor.get(f"/console/sign-in/city/back?{city.authorize(left.location)}")


def somebody(email: str, **changes) -> dict:
    return {"sub": f"id of {email}", "email": email, "email_verified": True} | changes


def identities(office: Office) -> int:
    with office.context.database.read() as session:
        return session.scalar(select(func.count()).select_from(StaffIdentity)) or 0


def test_a_known_colleague_is_linked_once_by_a_verified_address(office: Office, city: CityProvider):
    account = office.hire("city")
    city.person = somebody(account.email.upper())
    visitor = office.visit()
    assert "市のアカウントでサインインする" in visitor.get("/console/sign-in").text
    assert come_back(visitor, city, next="/console/fuji/entries").location == "/console/fuji/entries"
    assert visitor.get("/console/fuji/").status_code == 200
    assert identities(office) == 1
    city.person = somebody("married@elsewhere.example", sub=f"id of {account.email.upper()}", email_verified=False)
    assert come_back(office.visit(), city).status_code == 302, "afterwards the subject counts, not the address"
    city.person = somebody(account.email, sub="another person with this address")
    assert come_back(office.visit(), city).status_code == 403
    assert identities(office) == 1


def test_an_invited_colleague_comes_in_without_a_password_and_owes_a_second_factor(office: Office, city: CityProvider):
    admin = office.hire("admin")
    with office.context.database.write() as session:
        wanted = invitations.Wanted("new@fuji.example", "新しい人", "fuji", "city")
        invitations.invite(session, wanted, admin.actor, "管理者", real_now())
    city.person = somebody("new@fuji.example")
    visitor = office.visit()
    assert come_back(visitor, city).status_code == 302
    assert visitor.get("/console/fuji/").location == "/console/account/totp"
    with office.context.database.read() as session:
        row = session.scalars(select(Staff).where(Staff.email == "new@fuji.example")).one()
        assert row.password_hash == staff.NO_PASSWORD
    answer = office.visit().post("/console/sign-in", {"email": row.email, "password": staff.NO_PASSWORD})
    assert answer.status_code == 401


def test_nobody_else_comes_in(office: Office, city: CityProvider):
    known = office.hire("city").email
    for person, status in (
        (somebody("stranger@fuji.example"), 403),
        (somebody(known, email_verified=False), 403),
        (somebody(known, email_verified="true"), 403),
        (somebody(known, sub=""), 400),
        (somebody(known, sub=7), 400),
    ):
        city.person, visitor = person, office.visit()
        assert come_back(visitor, city).status_code == status, person
        assert visitor.get("/console/fuji/").status_code == 302
    assert identities(office) == 0


def test_an_ended_account_stays_out(office: Office, city: CityProvider):
    known = office.hire("city")
    city.person = somebody(known.email)
    assert come_back(office.visit(), city).status_code == 302
    with office.context.database.write() as session:
        session.get_one(Staff, known.id).active = False
    assert come_back(office.visit(), city).status_code == 403


def test_a_token_that_is_not_for_us_and_now_is_refused(office: Office, city: CityProvider):
    city.person = somebody(office.hire("city").email)
    for claims in (
        {"iss": "https://evil.example"},
        {"aud": "somebody else"},
        {"aud": [CLIENT, "somebody else"], "azp": "somebody else"},
        {"nonce": "of another sign-in"},
        {"exp": 1_700_000_000},
        {"iat": 4_100_000_000},
    ):
        city.claims, visitor = claims, office.visit()
        answer = come_back(visitor, city)
        assert answer.status_code == 400, claims
        assert "もう一度、はじめから" in answer.text
        assert visitor.get("/console/fuji/").status_code == 302


def test_a_token_signed_by_another_key_is_refused_and_changed_keys_are_fetched(office: Office, city: CityProvider):
    known = office.hire("city")
    city.person = somebody(known.email)
    city.signs_with = city.new_key()
    assert come_back(office.visit(), city).status_code == 400
    city.key, city.signs_with = city.new_key(), None
    assert come_back(office.visit(), city).status_code == 302


def test_another_state_an_old_one_and_a_used_one_are_refused(office: Office, city: CityProvider):
    city.person = somebody(office.hire("city").email)
    visitor = office.visit()
    left = visitor.get("/console/sign-in/city")
    back = f"/console/sign-in/city/back?{city.authorize(left.location)}"
    assert office.visit().get(back).status_code == 400, "in another browser"
    forged = visitor.get(back.replace("state=", "state=x"))
    assert forged.status_code == 400
    assert visitor.get(back).status_code == 400, "a state is good once"
    left = visitor.get("/console/sign-in/city")
    with visitor.client.session_transaction() as cookie:
        cookie["city"] = cookie["city"] | {"since": cookie["city"]["since"] - 601}
    assert visitor.get(f"/console/sign-in/city/back?{city.authorize(left.location)}").status_code == 400
    left = visitor.get("/console/sign-in/city")
    with visitor.client.session_transaction() as cookie:
        cookie["city"] = cookie["city"] | {"verifier": "of another browser"}
    assert visitor.get(f"/console/sign-in/city/back?{city.authorize(left.location)}").status_code == 503
    assert city.refused == ["verifier"]
    assert "取りやめました" in visitor.get("/console/sign-in/city/back?error=access_denied").text


def test_a_provider_that_is_away_lets_nobody_in_and_the_page_says_what_to_do(office: Office, city: CityProvider):
    known = office.hire("city", password=PASSWORD)
    city.person = somebody(known.email)
    for path in ("/.well-known/openid-configuration", "/token", "/keys"):
        city.down, visitor = {path}, office.visit()
        left = visitor.get("/console/sign-in/city")
        if left.status_code == 302:
            left = visitor.get(f"/console/sign-in/city/back?{city.authorize(left.location)}")
        assert left.status_code == 503, path
        assert "パスワードかパスキーで" in left.text
        assert visitor.get("/console/fuji/").status_code == 302
    assert office.visit().post("/console/sign-in", {"email": known.email, "password": PASSWORD}).status_code == 302


def test_a_discovery_that_leads_elsewhere_is_not_followed(office: Office, city: CityProvider):
    for changes in (
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://127.0.0.1:1/authorize"},
    ):
        city.discovery = changes
        assert office.visit().get("/console/sign-in/city").status_code == 503
        office.app.extensions["entaku.console.city"]._kept.clear()


def test_a_second_factor_of_ones_own_is_asked_for_unless_the_city_does(cities: Context, city: CityProvider, tmp_path):
    known = with_provider(cities, city, tmp_path).hire("city", totp="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    city.person = somebody(known.email)
    for does in (False, True):
        office = with_provider(cities, city, tmp_path, oidc_second_factor=does)
        answer = come_back(office.visit(), city)
        assert (answer.status_code == 302) is does
        assert ("確認番号を入れてください" in answer.text) is not does


def test_the_city_shows_again_who_one_is(office: Office, city: CityProvider):
    admin = office.hire("admin")
    city.person = somebody(admin.email)
    visitor = office.visit(admin)

    def stale() -> None:
        with office.context.database.write() as session:
            for row in session.scalars(select(StaffSession).where(StaffSession.staff_id == admin.id)):
                row.proved_at = real_now() - timedelta(minutes=11)

    stale()
    assert visitor.get("/console/fuji/staff/new").status_code == 302
    left = visitor.get("/console/sign-in/city?next=/console/fuji/staff/new")
    assert "prompt=login" in urlsplit(left.location).query
    city.claims = {"auth_time": 1_700_000_000}
    assert visitor.get(f"/console/sign-in/city/back?{city.authorize(left.location)}").status_code == 401
    city.claims = {}
    assert come_back(visitor, city, next="/console/fuji/staff/new").location == "/console/fuji/staff/new"
    assert visitor.get("/console/fuji/staff/new").status_code == 200
    stale()
    city.person = somebody(office.hire("city").email)
    assert come_back(visitor, city).status_code == 401, "somebody else there"
    assert visitor.get("/console/fuji/staff/new").status_code == 302


FORM = {"title": "新しい記事", "body": "途中まで書いた文です。", "kind": "faq"}


def left_with(visitor: Visitor, page: str) -> str:
    """Post what waits on a page to the city's sign-in, and go on; returns the city's address."""
    kept = unescape(re.search(r'name="kept" value="([^"]*)"', page)[1])
    target = unescape(re.search(r'name="next" value="([^"]*)"', page)[1])
    stop = visitor.post("/console/sign-in/city", {"kept": kept, "next": target})
    assert stop.status_code == 200
    onward = unescape(re.search(r'<a class="button primary wide" href="([^"]+)"', stop.text)[1])
    return visitor.get(onward).location


def test_a_form_whose_session_has_ended_comes_back_with_its_writer(office: Office, city: CityProvider):
    chair = office.hire("city")
    city.person = somebody(chair.email)
    visitor = office.visit()
    ended = visitor.post("/console/fuji/entries/new", FORM)
    assert ended.status_code == 401
    location = left_with(visitor, ended.text)
    with office.context.database.read() as session:
        (row,) = session.scalars(select(KeptForm))
        assert "途中まで".encode() not in row.form
    come = visitor.get(f"/console/sign-in/city/back?{city.authorize(location)}")
    assert "書いたものは残っています" in come.text
    assert "途中まで書いた文です。" in come.text
    assert 'action="/console/fuji/entries/new"' in come.text
    opened = visitor.post("/console/fuji/entries/new", FORM | {"act": "restore"})
    assert "途中まで書いた文です。" in opened.text
    with office.context.database.read() as session:
        assert session.scalars(select(KeptForm)).all() == []


def test_a_form_is_not_lost_when_the_city_says_no_or_takes_too_long(office: Office, city: CityProvider):
    office.hire("city")
    visitor = office.visit()
    page = visitor.post("/console/fuji/entries/new", FORM).text
    left_with(visitor, page)
    refused = visitor.get("/console/sign-in/city/back?error=access_denied")
    assert "取りやめました" in refused.text
    assert "途中まで書いた文です。" in unescape(refused.text)
    left_with(visitor, refused.text)
    with office.context.database.write() as session:
        assert kept_forms.forget(session, real_now()) == 0
        assert kept_forms.forget(session, real_now() + kept_forms.KEEPS) == 1
    assert "途中まで" not in visitor.get("/console/sign-in/city/back?error=access_denied").text


def test_a_dangerous_act_waits_at_the_citys_page_too(office: Office, city: CityProvider):
    admin = office.hire("admin")
    city.person = somebody(admin.email)
    visitor = office.visit(admin)
    come_back(office.visit(), city)  # the account is linked
    with office.context.database.write() as session:
        for row in session.scalars(select(StaffSession).where(StaffSession.staff_id == admin.id)):
            row.proved_at = real_now() - timedelta(minutes=11)
    asked = visitor.post("/console/fuji/staff/new", {"name": "新しい人", "email": "x@fuji.example", "role": "viewer"})
    assert asked.status_code == 401
    come = visitor.get(f"/console/sign-in/city/back?{city.authorize(left_with(visitor, asked.text))}")
    assert 'value="x@fuji.example"' in come.text


def test_without_the_settings_there_is_no_such_way(cities: Context):
    office = Office(cities)
    office.hire("city")
    visitor = office.visit()
    page = visitor.get("/console/sign-in").text
    assert "パスワード" in page
    assert "市のアカウント" not in page
    for path in ("/console/sign-in/city", "/console/sign-in/city/back"):
        assert visitor.get(path).status_code == 404

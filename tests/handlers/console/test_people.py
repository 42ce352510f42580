"""Invitations, recovery codes, passkeys, the second factor, sessions, and showing again who one is."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pyotp
from sqlalchemy import select

from bot.core.permissions import ROLES
from bot.models import AuditRow, Invitation, Passkey, RecoveryCode, Staff, StaffRole, StaffSession
from bot.now import real_now
from bot.services import recovery_codes, sign_in, staff
from bot.services.context import Context
from bot.services.passkeys import Place
from bot.services.recovery_codes import NUMBER
from handlers.console.passkey import place
from tests.conftest import make_settings
from tests.support.authenticator import Authenticator
from tests.support.console import PASSWORD, Account, Office, Visitor, invited_to, make_app, text_of

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PAIR = {"new": PASSWORD, "again": PASSWORD}


def invite(office: Office, city: str = "fuji", **changes) -> str:
    form = {"email": "kato@fuji.example", "name": "加藤", "role": "city"} | changes
    visitor = office.visit(office.hire("admin", city=city, name="管理の人"))
    return invited_to(visitor.post(f"/console/{city}/staff/new", form))


def enter(visitor: Visitor, email: str, password: str = PASSWORD, **more: str):
    return visitor.post("/console/sign-in", {"email": email, "password": password} | more)


def now_old(office: Office, account: Account) -> None:
    """The person showed who they are longer ago than a dangerous act allows."""
    with office.context.database.write() as session:
        for row in session.scalars(select(StaffSession).where(StaffSession.staff_id == account.id)):
            row.proved_at = real_now() - timedelta(minutes=11)


def given(office: Office, table, staff_id: int) -> list:
    with office.context.database.read() as session:
        return list(session.scalars(select(table).where(table.staff_id == staff_id)))


def with_passkey(visitor: Visitor, device: Authenticator, **form: str):
    options = visitor.post("/console/account/passkeys/options").json
    return visitor.post("/console/account/passkeys", {"credential": device.create(options)} | form)


def by_passkey(visitor: Visitor, device: Authenticator, **form: str):
    options = visitor.post("/console/sign-in/passkey/options", form).json
    return visitor.post("/console/sign-in/passkey", {"credential": device.get(options)} | form)


# -- invitations


def test_an_invited_colleague_sets_a_password_and_a_second_factor_and_is_in(office: Office):
    link, visitor = invite(office, role="chair", districts=[office.district("今泉")]), office.visit()
    page = text_of(visitor.get(link))
    for word in ("管理の人さんから", "富士市", "座長", "今泉", "kato@fuji.example"):
        assert word in page
    assert "12文字以上" in visitor.post(link, {"new": "short", "again": "short"}).text
    assert "2つのパスワードが違います" in visitor.post(link, {"new": PASSWORD, "again": "another"}).text
    assert visitor.post(link, PAIR).location == "/console/"
    assert visitor.get("/console/").location == "/console/account/totp", "a chair publishes"
    page = visitor.get("/console/account/totp").text
    secret = page.split('class="secret">')[1].split("<")[0].replace(" ", "")
    pending = page.split('name="pending" value="')[1].split('"')[0]
    done = visitor.post("/console/account/totp", {"pending": pending, "code": pyotp.TOTP(secret).now()})
    assert done.text.count("<li><code>") == NUMBER
    assert visitor.get("/console/").location == "/console/fuji/"
    assert visitor.get("/console/fuji/").status_code == 200


def test_an_invitation_works_once_and_can_be_withdrawn_and_renewed(office: Office):
    link = invite(office)
    assert office.visit().post(link, PAIR).status_code == 302
    assert office.visit().get(link).status_code == 404
    assert office.visit().post(link, PAIR | {"new": "another password"}).status_code == 404
    other, admin = invite(office, email="sato@fuji.example"), office.visit(office.hire("admin"))
    with office.context.database.read() as session:
        row = session.scalars(select(Invitation).where(Invitation.email == "sato@fuji.example")).one()
    address = f"/console/fuji/staff/invitations/{row.id}"
    again = invited_to(admin.post(f"{address}/renew"))
    assert office.visit().get(other).status_code == 404, "the old link is dead"
    assert office.visit().get(again).status_code == 200
    admin.post(f"{address}/withdraw")
    assert office.visit().post(again, PAIR).status_code == 404
    assert "sato" not in admin.get("/console/fuji/staff").text


def test_an_invitation_ends_after_seven_days_and_only_its_digest_is_kept(office: Office):
    link = invite(office)
    with office.context.database.write() as session:
        row = session.scalars(select(Invitation)).one()
        assert link.rsplit("/", 1)[1] not in repr(vars(row))
        assert timedelta(days=6) < row.expires_at - real_now() <= timedelta(days=7)
        row.expires_at = real_now()
    assert office.visit().get(link).status_code == 404
    assert "期限が過ぎました" in office.visit(office.hire("admin")).get("/console/fuji/staff").text


def test_a_second_invitation_to_an_address_ends_the_first(office: Office):
    first, second = invite(office), invite(office)
    assert office.visit().get(first).status_code == 404
    assert office.visit().get(second).status_code == 200


def test_an_invitation_says_and_undoes_nothing_of_another_municipality(office: Office):
    theirs = invite(office, city="tomioka", email="kato@pref.example")
    assert office.visit().get(invite(office, email="kato@pref.example")).status_code == 200
    assert office.visit().get(theirs).status_code == 200, "another city's invitation is theirs to withdraw"
    known = office.hire("city", city="tomioka")
    link = invite(office, email=known.email)  # nobody is told that the address has an account there …
    invited = office.visit()
    invited.get(link)
    answer = invited.post(link, {"new": "green-tea-and-rice", "again": "green-tea-and-rice"})
    assert answer.status_code == 409  # … but who opens the link
    assert "別のメールアドレスで招待してもらってください" in answer.text


# -- recovery codes


def test_a_recovery_code_opens_once_and_few_left_are_told(office: Office):
    admin = office.hire("admin", password=PASSWORD, totp=SECRET)
    page = office.visit(admin).post("/console/account/codes").text
    codes = re.findall(r"<li><code>([^<]+)</code>", page)
    assert len(set(codes)) == NUMBER
    kept = " ".join(row.code_hash for row in given(office, RecoveryCode, admin.id))
    assert not any(code in kept for code in codes)
    visitor = office.visit()
    enter(visitor, admin.email)
    assert visitor.post("/console/sign-in/code", {"recovery": codes[0].upper().replace("-", " ")}).status_code == 302
    assert "控えのコードを1つ使いました。あと9個" in visitor.get("/console/fuji/").text
    assert "あと 9個" in text_of(visitor.get("/console/account"))
    again = office.visit()
    enter(again, admin.email)
    assert again.post("/console/sign-in/code", {"recovery": codes[0]}).status_code == 401, "each once"
    with office.context.database.write() as session:
        row = session.get_one(Staff, admin.id)
        assert all(sign_in.recovery_is_right(session, row.id, code, real_now()) for code in codes[1:7])
    assert "少なくなりました" in visitor.get("/console/account").text
    visitor.post("/console/account/codes")
    with office.context.database.write() as session:
        row = session.get_one(Staff, admin.id)
        assert not recovery_codes.use(session, row, codes[9], real_now()), "the old paper is worth nothing"


def test_guesses_at_recovery_codes_lock_as_wrong_passwords_do(office: Office):
    admin, visitor = office.hire("admin", password=PASSWORD, totp=SECRET), office.visit()
    enter(visitor, admin.email)
    for _ in range(5):
        assert visitor.post("/console/sign-in/code", {"recovery": "abcd-efgh-jkmn-pqrs"}).status_code == 401
    with office.context.database.read() as session:
        assert session.get_one(Staff, admin.id).locked_until is not None


# -- passkeys


def test_a_passkey_signs_in_alone_and_can_be_named_and_removed(office: Office):
    city, device = office.hire("city"), Authenticator()
    here = office.visit(city)
    assert with_passkey(here, device, name="わたしの電話").text.count("<li><code>") == NUMBER
    assert "わたしの電話" in here.get("/console/account").text
    visitor = office.visit()
    assert by_passkey(visitor, device, next="/console/fuji/entries").location == "/console/fuji/entries"
    assert visitor.get("/console/fuji/").status_code == 200
    assert "パスキーで" in visitor.get("/console/account").text
    assert by_passkey(office.visit(), device, email=city.email).status_code == 302, "by address too"
    row = given(office, Passkey, city.id)[0]
    here.post(f"/console/account/passkeys/{row.id}/name", {"name": "職場の電話"})
    assert given(office, Passkey, city.id)[0].name == "職場の電話"
    assert here.post(f"/console/account/passkeys/{row.id}/remove").status_code == 409, "the last second factor"
    with office.context.database.write() as session:
        staff.enable_totp(session, office.context.sealer, session.get_one(Staff, city.id), SECRET, real_now())
    assert here.post(f"/console/account/passkeys/{row.id}/remove").status_code == 302
    assert by_passkey(office.visit(), device).status_code == 401


def test_a_passkey_of_a_wrong_origin_host_or_without_verification_is_refused(office: Office):
    for changes in (
        {"origin": "https://localhost.evil.example"},
        {"origin": "http://localhost:8000"},
        {"rp_id": "evil.example"},
        {"verifies": False},
    ):
        city, device = office.hire("city"), Authenticator()
        here = office.visit(city)
        assert with_passkey(here, Authenticator(**changes)).status_code == 400, changes
        assert given(office, Passkey, city.id) == []
        with_passkey(here, device)
        for name, value in changes.items():
            setattr(device, name, value)
        assert by_passkey(office.visit(), device).status_code == 401, changes


def test_passkeys_count_at_the_public_address_whatever_host_a_request_names(cities: Context, tmp_path):
    settings = make_settings(
        tmp_path, cities.settings.database_url, demo=False, public_url="https://bot.city.example:8443/"
    )
    app = make_app(Context(settings, cities.database, cities.keystore, cities.sealer, cities.clock))
    for host in ("localhost", "localhost:8000", "evil.example"):
        with app.test_request_context("/", headers={"Host": host}):
            assert place() == Place("bot.city.example", "https://bot.city.example:8443")


def test_another_persons_passkey_and_an_answer_used_twice_are_refused(office: Office):
    one, other = office.hire("city"), office.hire("city")
    mine, theirs = Authenticator(), Authenticator()
    with_passkey(office.visit(one), mine)
    with_passkey(office.visit(other), theirs)
    visitor = office.visit()
    options = visitor.post("/console/sign-in/passkey/options").json
    assert visitor.post("/console/sign-in/passkey", {"credential": theirs.get(options, handle=mine.handle)}).status_code == 401  # fmt: skip
    # Signed with somebody else's key under my credential's name.
    options = visitor.post("/console/sign-in/passkey/options").json
    theirs.id, kept = mine.id, theirs.id
    assert visitor.post("/console/sign-in/passkey", {"credential": theirs.get(options)}).status_code == 401
    theirs.id = kept
    options = visitor.post("/console/sign-in/passkey/options").json
    with visitor.client.session_transaction() as cookie:
        asked = cookie["asked"]
    answer = mine.get(options)
    assert visitor.post("/console/sign-in/passkey", {"credential": answer}).status_code == 302
    thief = office.visit()
    with thief.client.session_transaction() as cookie:
        cookie["asked"] = asked
    assert thief.post("/console/sign-in/passkey", {"credential": answer}).status_code == 401
    with office.context.database.read() as session:
        row = session.scalars(select(Passkey).where(Passkey.staff_id == other.id)).one()
    assert office.visit(one).post(f"/console/account/passkeys/{row.id}/remove").status_code == 404
    assert office.visit(one).post(f"/console/account/passkeys/{row.id}/name", {"name": "x"}).status_code == 404


def test_a_passkey_added_for_another_page_or_too_late_is_refused(office: Office):
    city, device = office.hire("city"), Authenticator()
    here = office.visit(city)
    assert here.post("/console/account/passkeys", {"credential": "{}"}).status_code == 400, "nothing was asked"
    options = here.post("/console/account/passkeys/options").json
    with here.client.session_transaction() as cookie:
        cookie["asked"] = [cookie["asked"][0], cookie["asked"][1] - 301]
    assert here.post("/console/account/passkeys", {"credential": device.create(options)}).status_code == 400
    for nonsense in ("", "[]", "null", '{"rawId": 3, "response": null}', "{"):
        here.post("/console/account/passkeys/options")
        assert here.post("/console/account/passkeys", {"credential": nonsense}).status_code == 400
        stranger = office.visit()
        stranger.post("/console/sign-in/passkey/options")
        assert stranger.post("/console/sign-in/passkey", {"credential": nonsense}).status_code == 401


def test_a_passkey_is_the_second_step_after_a_password(office: Office):
    city, device = office.hire("city", password=PASSWORD), Authenticator()
    with_passkey(office.visit(city), device)
    visitor = office.visit()
    assert "もう1つ、確かめます" in enter(visitor, city.email).text
    assert visitor.get("/console/fuji/").status_code == 302
    assert by_passkey(visitor, device, second="1").status_code == 302
    assert visitor.get("/console/fuji/").status_code == 200


# -- who owes a second factor


def test_who_publishes_or_reads_free_text_owes_a_second_factor(office: Office):
    free = {"viewer", "neighbourhood"}
    for role in ROLES:
        account = office.hire(role, "今泉")
        with office.context.database.write() as session:
            row = session.get_one(Staff, account.id)
            row.second_factor_due = row.totp_secret = None
        visitor = office.visit(account)
        answer = visitor.get("/console/fuji/")
        if role in free:
            assert answer.status_code == 200, role
            continue
        assert answer.location == "/console/account/totp", role
        assert "はじめに2つめの確認を設定" in text_of(visitor.get("/console/account/totp"))
        assert with_passkey(visitor, Authenticator()).status_code == 200, "a passkey does as well"
        assert visitor.get("/console/fuji/").status_code == 200


def test_days_of_grace_begin_at_the_next_sign_in_and_end(cities: Context, tmp_path):
    settings = make_settings(tmp_path, cities.settings.database_url, second_factor_grace_days=14)
    office = Office(Context(settings, cities.database, cities.keystore, cities.sealer, cities.clock))
    city = office.hire("city", password=PASSWORD)
    with office.context.database.write() as session:
        session.get_one(Staff, city.id).second_factor_due = None
    visitor = office.visit()
    enter(visitor, city.email)
    assert visitor.get("/console/fuji/").status_code == 200
    assert "までに、下のどちらかを設定" in visitor.get("/console/account").text
    with office.context.database.write() as session:
        row = session.get_one(Staff, city.id)
        assert timedelta(days=13) < row.second_factor_due - real_now() < timedelta(days=15)
        row.second_factor_due = real_now()
    assert visitor.get("/console/fuji/").location == "/console/account/totp"


# -- sessions


def test_each_browser_is_listed_in_plain_words_and_can_be_signed_out(office: Office):
    city = office.hire("city", password=PASSWORD)
    here, there, third = office.visit(city), office.visit(), office.visit(city)
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Mobile Safari/604.1"
    there.client.environ_base["HTTP_USER_AGENT"] = agent
    enter(there, city.email)
    page = here.get("/console/account").text
    assert "iPhone (Safari)" in page
    assert page.count("いま使っているもの") == 1
    assert "127.0.0.1" not in page
    rows = {row.device: row.id for row in given(office, StaffSession, city.id)}
    here.post(f"/console/account/sessions/{rows['iPhone (Safari)']}/end")
    assert there.get("/console/fuji/").status_code == 302
    assert third.get("/console/fuji/").status_code == 200
    here.post("/console/account/sessions/end")
    assert third.get("/console/fuji/").status_code == 302
    assert here.get("/console/fuji/").status_code == 200
    stranger = office.hire("city")
    mine = given(office, StaffSession, city.id)[0].id
    office.visit(stranger).post(f"/console/account/sessions/{mine}/end")
    assert here.get("/console/fuji/").status_code == 200, "only one's own"


# -- showing again who one is


def test_a_dangerous_act_asks_again_and_loses_nothing(office: Office):
    admin, target = office.hire("admin", password=PASSWORD, totp=SECRET), office.hire("officer", "今泉")
    visitor, person = office.visit(admin), f"/console/fuji/staff/{target.id}"
    now_old(office, admin)
    form = {"role": "chair", "districts": [office.district("今泉"), office.district("吉原")], "until": "2099-03-31"}
    asked = visitor.post(f"{person}/roles", form)
    assert asked.status_code == 401
    assert "もう一度、あなたであることを確かめます" in asked.text
    kept = unescape(asked.text.split('name="kept" value="')[1].split('"')[0])
    proof = {"kept": kept, "next": f"{person}/roles"}
    assert visitor.post("/console/confirm", proof | {"password": "wrong one"}).status_code == 401
    sure = visitor.post("/console/confirm", proof | {"password": PASSWORD})
    assert f'action="{person}/roles"' in sure.text
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', sure.text.split("<main")[1])
    assert [value for name, value in fields if name == "districts"] == [str(number) for number in form["districts"]]
    assert len(given(office, StaffRole, target.id)) == 1, "nothing was done yet"
    assert visitor.post(f"{person}/roles", form).status_code == 302
    assert len(given(office, StaffRole, target.id)) == 2


def test_password_code_and_passkey_show_who_one_is(office: Office):
    admin, device = office.hire("admin", password=PASSWORD, totp=SECRET), Authenticator()
    visitor = office.visit(admin)
    with_passkey(visitor, device)
    for way in ("password", "code", "credential"):
        now_old(office, admin)
        assert visitor.get("/console/fuji/staff/new").location.startswith("/console/confirm?next=")
        proof = {"password": PASSWORD, "code": pyotp.TOTP(SECRET).now()}
        if way == "credential":
            proof[way] = device.get(visitor.post("/console/confirm/options").json)
        passed = visitor.post("/console/confirm", {"next": "/console/fuji/staff/new", way: proof[way]})
        assert passed.location == "/console/fuji/staff/new", way
        assert visitor.get("/console/fuji/staff/new").status_code == 200


def test_another_persons_passkey_does_not_show_who_i_am(office: Office):
    admin, other, device = office.hire("admin"), office.hire("city"), Authenticator()
    with_passkey(office.visit(other), device)
    visitor = office.visit(admin)
    now_old(office, admin)
    answer = device.get(visitor.post("/console/confirm/options").json)
    assert visitor.post("/console/confirm", {"credential": answer}).status_code == 401
    assert visitor.get("/console/fuji/staff/new").status_code == 302


def test_guesses_at_the_confirmation_lock_the_account(office: Office):
    admin = office.hire("admin", password=PASSWORD)
    visitor = office.visit(admin)
    for _ in range(5):
        visitor.post("/console/confirm", {"password": "a guess at it"})
    assert visitor.post("/console/confirm", {"password": PASSWORD}).status_code == 401


def test_what_is_dangerous_asks_again(office: Office):
    """Staff, second factors, and whole exports; a list of what must never lose its mark."""
    views = office.app.view_functions
    marked = {name.removeprefix("console.") for name, view in views.items() if getattr(view, "console_fresh", False)}
    assert marked >= {
        "staff_new", "staff_role", "staff_role_change", "staff_role_revoke", "staff_password", "staff_totp",
        "staff_active", "staff_invitation_renew", "totp", "totp_remove", "recovery_codes", "passkey_new", "passkeys",
        "passkey_remove", "audit_export", "statements_export_all", "polls_export_all",
    }  # fmt: skip


def test_a_new_start_for_a_lost_phone_takes_everything(office: Office):
    lost, device = office.hire("city", totp=SECRET), Authenticator()
    theirs = office.visit(lost)
    with_passkey(theirs, device)
    office.visit(office.hire("admin")).post(f"/console/fuji/staff/{lost.id}/totp")
    assert theirs.get("/console/fuji/").status_code == 302
    assert by_passkey(office.visit(), device).status_code == 401
    assert given(office, RecoveryCode, lost.id) == []
    with office.context.database.read() as session:
        assert "staff.disable_totp" in set(session.scalars(select(AuditRow.action)))

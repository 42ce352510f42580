"""Signing up without LINE: once however often it is sent, in one queue with LINE's, taken back by its number."""

from __future__ import annotations

import html
import re
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bot.models import Entry, WebSignUp
from bot.now import JST, jst
from bot.services import sign_ups
from bot.services.sign_ups import Key
from handlers import public
from scheduler import reminders
from tests.support.console import Office, text_of

ACTIVITY = "kodomo-shokudo-oka"
FORM = f"/m/fuji/activities/{ACTIVITY}/sign-up"


@pytest.fixture
def client(cities):
    app = Flask("public", static_folder=None)
    app.secret_key = "x"
    public.register(app, cities)
    return app.test_client()


@pytest.fixture
def day(client):
    page = client.get(f"/m/fuji/activities/{ACTIVITY}/")
    return re.search(r"/sign-up\?day=([\d-]+)", page.text)[1]


def token_of(page):
    return html.unescape(re.search(r'name="token" value="([^"]+)"', page.text)[1])


def send(client, day, token, people=3, step="send", **more):
    return client.post(FORM, data={"day": day, "token": token, "people": people, "step": step, **more})


def left_of(page):
    return int(re.search(r"空きは(\d+)人分", text_of(page))[1])


def rows(cities):
    with cities.database.read() as session:
        return session.scalars(select(WebSignUp).order_by(WebSignUp.id)).all()


def signed_up(client, day, people=3):
    page = send(client, day, token_of(client.get(f"{FORM}?day={day}")), people)
    assert page.status_code == 303
    return page.headers["Location"]


def test_checked_sent_once_shown_and_taken_back(cities, client, day):
    form = client.get(f"{FORM}?day={day}")
    assert "名前も電話番号もいりません" in text_of(form)
    left = left_of(form)
    token = token_of(form)
    assert "まだ送っていません" in text_of(send(client, day, token, step="check"))
    assert rows(cities) == []
    first, second = (send(client, day, token) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    (row,) = rows(cities)
    assert (row.people, row.state, row.day) == (3, "joined", date.fromisoformat(day))
    receipt = client.get(first.headers["Location"])
    number = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", text_of(receipt))[0]
    assert row.shown == number[:4]
    assert number.replace("-", "") not in str(vars(row))
    assert left_of(client.get(f"{FORM}?day={day}")) == left - 3
    assert client.get("/m/fuji/sign-up/", query_string={"number": number.lower()}).status_code == 303
    assert "取り消しますか" in text_of(client.post(first.headers["Location"], data={"act": "ask"}))
    gone = client.post(first.headers["Location"], data={"act": "leave"})
    assert "取り消しました" in text_of(client.get(gone.headers["Location"]))
    assert rows(cities) == []


def test_who_does_not_fit_waits_and_comes_in_when_somebody_leaves(cities, client, day):
    left = left_of(client.get(f"{FORM}?day={day}"))
    first = signed_up(client, day, 5)
    for people in [10] * ((left - 5) // 10) + [(left - 5) % 10 or 1]:
        signed_up(client, day, people)
    waiting = signed_up(client, day, 2)
    said = text_of(client.get(waiting))
    assert "順番を待つ列" in said
    assert "組が待っています" in said
    client.post(first, data={"act": "leave"})
    by_day = datetime.combine(jst(cities.clock()).date() + timedelta(days=1), time(10), JST)
    object.__setattr__(cities, "clock", lambda: by_day)
    reminders.run(cities)
    assert "参加を受け取りました" in text_of(client.get(waiting))
    with cities.database.read() as session:
        key = Key("fuji", ACTIVITY, date.fromisoformat(day))
        assert sign_ups.counts(session, key).people >= 2
        assert sign_ups.queue(session, key) == []


@pytest.mark.parametrize("people", ["", "0", "11", "-1", "三", "1e1"])
def test_what_has_to_be_mended(cities, client, day, people):
    page = send(client, day, token_of(client.get(f"{FORM}?day={day}")), people)
    assert page.status_code == 400
    assert "1人から10人まで" in text_of(page)
    assert 'href="#people"' in page.text
    assert 'aria-describedby="people-error"' in page.text
    assert rows(cities) == []


def test_a_form_that_is_not_ours_is_not_taken(cities, client, day):
    token = token_of(client.get(f"{FORM}?day={day}"))
    for other in (
        send(client, day, "forged"),
        send(client, day, token, website="http://spam"),
        client.post(FORM, data={"day": day, "token": token, "people": 2, "step": "send"},
                    headers={"Sec-Fetch-Site": "cross-site"}),
    ):  # fmt: skip
        assert other.status_code == 410
        assert "この用紙は古くなりました" in text_of(other)
    late = cities.clock() + timedelta(hours=25)
    object.__setattr__(cities, "clock", lambda: late)
    assert send(client, day, token).status_code in (409, 410)
    assert rows(cities) == []


def test_numbers_cannot_be_tried_out(client, day):
    place = signed_up(client, day)
    tried = [client.get(f"/m/fuji/sign-up/{number:08d}").status_code for number in range(12)]
    assert tried == [404] * 10 + [429] * 2
    assert client.get(place).status_code == 429  # whoever guesses waits, whatever they bring


def test_another_city_an_unknown_day_and_an_activity_without_sign_up(client, day):
    place = signed_up(client, day)
    assert client.get(place.replace("/fuji/", "/tomioka/")).status_code == 404
    for path in (f"{FORM}?day=2020-01-01", f"{FORM}?day=x", FORM, f"/m/fuji/activities/asaichi/sign-up?day={day}"):
        assert client.get(path).status_code in (404, 409), path


def test_it_is_forgotten_a_day_after(cities, client, day):
    signed_up(client, day)
    (row,) = rows(cities)
    with cities.database.write() as session:
        sign_ups.forget(session, row.over_at + timedelta(hours=23))
    assert len(rows(cities)) == 1
    with cities.database.write() as session:
        sign_ups.forget(session, row.over_at + timedelta(hours=25))
    assert rows(cities) == []


def test_the_reception_has_a_list_that_opens_nothing(cities, client, day):
    place = signed_up(client, day, 4)
    office = Office(cities)
    with cities.database.read() as session:
        entry = session.scalar(select(Entry.id).where(Entry.municipality_id == "fuji", Entry.key == ACTIVITY))
    address = f"/console/fuji/activities/{entry}?day={day}"
    listed = text_of(office.visit(office.hire("city")).get(address))
    number = place.split("/")[-1].split("?")[0]
    assert f"{number[:4]}- 4人 参加" in listed
    assert number not in listed
    assert "受付の名簿" not in text_of(office.visit(office.hire("viewer")).get(address))


def test_a_receipt_says_what_became_of_the_date_and_staff_know_whom_nobody_can_tell(cities, client, day):
    place = signed_up(client, day, 4)
    receipt = client.get(place)
    assert "予定どおりです" in text_of(receipt)
    calendar = html.unescape(re.search(r'href="([^"]+\.ics[^"]*)"', receipt.text)[1])
    assert "STATUS:CONFIRMED" in client.get(calendar).text
    office = Office(cities)
    with cities.database.read() as session:
        row = session.scalar(select(Entry).where(Entry.municipality_id == "fuji", Entry.key == ACTIVITY))
    city, page = office.visit(office.hire("city")), f"/console/fuji/activities/{row.id}"
    assert "LINEを使わない1組 4人には届きません" in text_of(city.get(page, query_string={"day": day}))
    moved = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    off = {
        "day": day,
        "version": row.version,
        "state": "順延",
        "note": "雨のため、あすに延ばします。",
        "moved_to": moved,
    }
    told = city.post(f"{page}/change", off, follow_redirects=True)
    assert "LINEを使わない1組4人には届きません" in text_of(told)
    assert "いまは「順延」です" in text_of(told)
    said = text_of(client.get(place))
    assert "順延 雨のため、あすに延ばします。" in said
    assert f"{int(moved[8:])}日" in said
    assert "もとの日:" in said
    off |= {"version": row.version + 1, "state": "中止", "note": "あすも雨です。", "moved_to": ""}
    city.post(f"{page}/change", off)
    assert "中止 あすも雨です。" in text_of(client.get(place))
    assert "STATUS:CANCELLED" in client.get(calendar).text

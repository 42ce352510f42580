"""Written with picture, button and やさしい日本語; each reader gets their language; found again in chat and on pages."""

from __future__ import annotations

import io
from datetime import timedelta
from xml.etree import ElementTree as ET

import requests
from icalendar import Calendar
from PIL import Image
from sqlalchemy import select

from bot.core.permissions import Actor
from bot.models import Announcement, District
from bot.services import announcement_files, announcement_texts, announcements, staff
from bot.services.announcement_card import Words
from bot.services.announcement_draft import Draft, Particulars
from bot.services.announcement_files import Upload
from tests.support.house import RunningHouse
from tests.support.pictures import photograph
from tests.support.reading import words

HOME = "https://entaku.example/"
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"


def people(house: RunningHouse) -> tuple[Actor, Actor]:
    now = house.context.clock()
    with house.context.database.write() as session:
        made = [
            staff.create(
                session, staff.NewStaff(f"w{n}@fuji.example", "見本", "correct horse battery", "fuji", "city"), now
            )
            for n in (1, 2)
        ]
        return staff.actor(session, made[0]), staff.actor(session, made[1])


def send(house: RunningHouse, author: Actor, approver: Actor, new: Draft, easy: Words | None, **changes: object) -> int:
    context, now = house.context, house.context.clock()
    with context.database.write(durable=True) as session:
        row = announcements.draft(session, "fuji", author, new, now)
        if easy is not None:
            photo = announcement_files.prepare(Upload("picture", photograph(), "訓練のようす", HOME))
            photo(session, row, author, now)
            paper = announcement_files.prepare(Upload("paper", PDF, "訓練のチラシ", HOME))
            paper(session, row, author, now)
            announcement_texts.write(session, row, author, easy, now)
        for name, value in changes.items():
            setattr(row, name, value)
        announcements.submit(session, row, author, now)
        announcements.approve(session, row, approver, row.version, now, sealer=context.sealer, hold=timedelta(0))
        row.at_once = True  # whatever the hour of the test
        return row.id


def finished(house: RunningHouse, announcement_id: int) -> bool:
    with house.context.database.read() as session:
        return announcements.get(session, "fuji", announcement_id).finished_at is not None


def test_from_the_form_to_the_archive(house: RunningHouse):
    japanese, easy = house.residents(2, "今泉")
    house.say(easy, "やさしい日本語")
    author, approver = people(house)
    with house.context.database.read() as session:
        place = session.scalars(
            select(District.id).where(District.municipality_id == "fuji", District.name == "今泉")
        ).one()
    new = Draft(
        "防災訓練のお知らせ", "訓練をします。\n\n<b>火</b>は使いません & 安全です。", "今泉まちづくり協議会", "home", (place,),
        kind="disaster", particulars=Particulars("12月6日(日) 午前8時30分から", "今泉小学校", "どなたでも", "まちづくりセンター"),
        buttons=({"kind": "map", "base": HOME}, {"kind": "share", "base": HOME}, {"kind": "page", "base": HOME}),
    )  # fmt: skip
    first = send(
        house, author, approver, new, Words("easy-ja", "くんれんの お知らせ", "学校(がっこう)に 来(き)てください。")
    )
    house.wait(lambda: finished(house, first))
    assert "今泉小学校" in words(house.inbox(japanese)[-1]["messages"])
    told = house.inbox(easy)[-1]["messages"]
    assert "学校(がっこう)に 来(き)てください。" in words(told)
    assert "訓練をします" not in words(told)
    assert house.marker("くんれんの お知らせ") == {easy: 1}
    assert house.violations() == []
    assert house.against_the_description() == []

    picture = told[0]["contents"]["hero"]["url"].removeprefix(HOME)
    answer = requests.get(f"{house.url}/{picture}", timeout=10)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert "immutable" in answer.headers["Cache-Control"]
    assert Image.open(io.BytesIO(answer.content)).size == (768, 1024)

    paper = next(
        button["action"]["uri"] for button in told[0]["contents"]["footer"]["contents"] if "papers" in str(button)
    )
    own = f"{house.url}/{paper.removeprefix(HOME)}"
    assert "今泉小学校" in requests.get(own, timeout=10).text
    assert requests.get(f"{own}/file", timeout=10).headers["Content-Type"] == "application/pdf"

    fix = Draft("防災訓練の訂正", "場所は今泉中学校です。", "今泉まちづくり協議会", "home", (place,))
    second = send(house, author, approver, fix, None, corrects_id=first)
    house.wait(lambda: finished(house, second))

    said = words(house.say(japanese, "防災のお知らせ"))
    assert "「防災」のお知らせです" in said
    assert said.index("防災訓練の訂正") < said.index("防災訓練のお知らせ")
    shown = words(house.say(japanese, "2"))
    assert shown.index("【訂正】") < shown.index("訓練をします。")
    month = house.context.clock() + timedelta(hours=9)
    assert "防災訓練の訂正" in words(house.say(japanese, f"{month.month}月のお知らせ"))
    assert "くんれんの お知らせ" in words(house.say(easy, "防災のお知らせ"))

    pages = f"{house.url}/m/fuji/announcements"
    listed = requests.get(pages, params={"q": "防災", "district": "imaizumi"}, timeout=10).text
    assert "防災訓練の訂正" in listed
    assert "見つかりませんでした" in requests.get(pages, params={"q": "%", "month": "2020-01"}, timeout=10).text
    page = requests.get(f"{pages}/{first}", timeout=10).text
    assert page.index("訂正があります") < page.index("訓練をします。")
    assert "&lt;b&gt;火&lt;/b&gt;" in page
    assert "学校(がっこう)に" in requests.get(f"{pages}/{first}?lang=easy-ja", timeout=10).text
    went = requests.get(f"{pages}/{first}/map", timeout=10, allow_redirects=False).headers["Location"]
    assert went.startswith("https://www.google.com/maps/search/")
    assert requests.get(f"{house.url}/m/tomioka/announcements/{first}", timeout=10).status_code == 404

    feed = ET.fromstring(requests.get(f"{pages}/feed.xml", timeout=10).content)
    items = feed.findall("./channel/item")
    assert [item.findtext("guid") for item in items] == [f"{HOME}m/fuji/announcements/{one}" for one in (second, first)]
    events = Calendar.from_ical(requests.get(f"{pages}/calendar.ics", timeout=10).content).walk("VEVENT")
    assert [(str(one["DTSTART"].dt)[5:16], str(one["LOCATION"])) for one in events] == [("12-06 08:30", "今泉小学校")]
    with house.context.database.write() as session:
        row = session.get_one(Announcement, first)
        row.filters = {"posts": ["group_head"]}
    assert requests.get(f"{pages}/{first}", timeout=10).status_code == 404
    assert f"announcements/{first}<" not in requests.get(f"{pages}/feed.xml", timeout=10).text

"""The public site: what every page keeps to, in every language; both ways to an entry; activities; questions; feeds."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime
from urllib.parse import unquote, urlsplit

import icalendar
import pytest
from defusedxml import ElementTree
from flask import Flask
from sqlalchemy import update

from bot.core import retained
from bot.models import Announcement, Entry
from bot.now import jst, real_now
from bot.services import retention
from content.phrases import SERVED
from content.subjects import SUBJECTS, subject_of
from handlers import public
from handlers.public import ask
from tests.browser.crawl import WIDTHS
from tests.support.console import Office, text_of

MOST_BYTES = 100_000
OF_STAFF = {"invitations", "kept_forms", "staff_sessions"}
ONE_EACH = (
    "/", "/m/fuji/", "/m/fuji/activities/", "/m/fuji/activities/month/{month}", "/m/fuji/activities/asaichi/",
    "/m/fuji/announcements", "/m/fuji/entries/", "/m/fuji/entries/gomi-hi/", "/m/fuji/subjects/",
    "/m/fuji/subjects/safety/", "/m/fuji/sections/", "/m/fuji/sections/city-gomi/", "/m/fuji/districts/",
    "/m/fuji/districts/imaizumi", "/m/fuji/round-tables/", "/m/fuji/circulars/", "/m/fuji/open-data",
    "/m/fuji/privacy", "/m/fuji/accessibility", "/m/fuji/sitemap", "/m/fuji/ask", "/m/fuji/ask?q=防災訓練はいつ",
    "/m/fuji/inquiry/", "/m/fuji/poll/", "/m/fuji/sign-up/", "/m/fuji/no-such-page", "/m/tomioka/",
)  # fmt: skip


@pytest.fixture
def client(cities):
    app = Flask("public", static_folder=None)
    app.secret_key = "x"
    public.register(app, cities)
    return app.test_client()


def paths():
    return [path.format(month=f"{jst(real_now()):%Y-%m}") for path in ONE_EACH]


def loaded(page):
    """The addresses that a browser fetches by itself for a page."""
    tags = re.findall(r"<(?:link|script|img|source|iframe|use)\b[^>]*>", page)
    fetched = [tag for tag in tags if not tag.startswith("<link") or 'rel="stylesheet"' in tag or 'rel="icon"' in tag]
    found = [re.search(r'(?:src|href)="([^"#]+)', tag) for tag in fetched]
    return {each[1] for each in found if each}


def test_every_page_is_light_and_asks_nobody_else(client):
    heavy, sizes = {}, {}
    foreign = []
    for path in paths():
        page = client.get(path)
        parts = loaded(page.text)
        foreign += [part for part in parts if urlsplit(part).netloc or not part.startswith("/")]
        for part in parts - sizes.keys():
            with client.get(part) as file:
                sizes[part] = len(file.data)
            assert sizes[part], part
        total = len(page.data) + sum(sizes[part] for part in parts)
        heavy |= {path: total} if total > MOST_BYTES else {}
        assert not re.search(r"<script(?![^>]*(?:src=|application/ld))|<style|\sstyle=|\son[a-z]+=", page.text), path
        assert "Content-Security-Policy" in page.headers, path
    assert foreign == []
    assert heavy == {}


def test_reading_leaves_no_cookie(client):
    for path in paths():
        if "/inquiry/" not in path:  # its form has a token of its own
            assert "Set-Cookie" not in client.get(path).headers, path


@pytest.mark.parametrize("language", sorted(set(SERVED) - {"ja"}))
def test_the_frame_speaks_every_language_and_carries_it_on(client, language):
    page = client.get(f"/m/fuji/?lang={language}").text
    assert f'<html lang="{"ja" if language == "easy-ja" else language}"' in page
    inside = re.findall(r'<nav class="menu".*?</nav>', page, re.DOTALL)[0]
    links = re.findall(r'href="([^"]+)"', inside)
    assert len(links) == 7
    assert all(f"lang={language}" in link for link in links)
    entry = client.get(f"/m/fuji/districts/imaizumi?lang={language}").text
    assert language == "easy-ja" or 'lang="ja"' in entry
    assert client.get("/m/fuji/?lang=xx").text.startswith(client.get("/m/fuji/").text[:80])


def test_an_entry_has_both_ways_its_dates_and_its_contact(client):
    said = text_of(client.get("/m/fuji/entries/gomi-hi/"))
    for words in (
        "分野",
        "ごみ・環境",
        "担当組織",
        "出典",
        "公開日",
        "更新日",
        "確認日",
        "問い合わせ",
        "見つけやすかった",
    ):
        assert words in said, words
    page = client.get("/m/fuji/entries/gomi-hi/").text
    for link in re.findall(r'href="(/m/fuji/(?:subjects|sections)/[^"]*)"', page):
        assert client.get(link).status_code == 200
    assert "機械翻訳" not in said
    assert "Translated by machine" in text_of(client.get("/m/fuji/activities/asaichi/?lang=en"))


def test_an_activity_as_list_month_page_calendar_and_data(client):
    first = text_of(client.get("/m/fuji/activities/?district=imaizumi"))
    assert "今泉" in first
    page = client.get("/m/fuji/activities/asaichi/")
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.DOTALL)[1])
    event = data["@graph"][0]
    assert (data["@context"], event["@type"]) == ("https://schema.org", "Event")
    assert datetime.fromisoformat(event["startDate"]) < datetime.fromisoformat(event["endDate"])
    link = re.search(r'href="(/m/fuji/activities/asaichi\.ics\?[^"]+)"', page.text)[1]
    calendar = icalendar.Calendar.from_ical(client.get(link.replace("&amp;", "&")).data)
    (dated,) = calendar.walk("VEVENT")
    assert dated["SUMMARY"] == "ふれあい朝市（見本）"
    month = client.get(f"/m/fuji/activities/month/{jst(real_now()):%Y-%m}")
    assert month.text.count("<h2>") >= 28
    assert [client.get(f"/m/fuji/activities/month/{m}").status_code for m in ("1999-01", "2026-13", "x")] == [404] * 3
    assert client.get("/m/fuji/activities/?day=2026-99-99").status_code == 404
    assert client.get("/m/fuji/entries/asaichi/").status_code == 301


@pytest.mark.parametrize("path", ["/m/fuji/open-data/activities.rss", "/m/fuji/announcements/feed.xml", "/sitemap.xml"])
def test_feeds_are_read_by_another_parser_and_not_sent_twice(client, path):
    answer = client.get(path)
    root = ElementTree.fromstring(answer.data)
    found = [one.text for one in root.iter() if one.tag.endswith("loc")] or [root.find("channel/title").text]
    assert found
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    for address in found[:: max(1, len(found) // 15)] if path == "/sitemap.xml" else []:
        assert client.get(urlsplit(address).path).status_code == 200, address


def test_a_question_is_answered_and_kept_nowhere(cities, client):
    answered = client.get("/m/fuji/ask", query_string={"q": "ごみの日はいつ"})
    assert "ごみ" in text_of(answered)
    assert (answered.headers["Cache-Control"], answered.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    urgent = client.get("/m/fuji/ask", query_string={"q": "家が火事です"})
    assert 'href="tel:119"' in urgent.text
    assert urgent.text.index('href="tel:119"') < urgent.text.index('<form method="get"')
    marker = "きんもくせいの実験番号"
    assert "職員に聞く" in text_of(client.get("/m/fuji/ask", query_string={"q": marker}))
    with cities.database.read() as session:
        raw = session.connection().connection.driver_connection
        assert not [line for line in raw.iterdump() if marker in line]


@pytest.fixture
def few_questions(monkeypatch):
    monkeypatch.setattr(ask, "A_MINUTE", 3)


def test_who_asks_too_often_waits(few_questions, client):
    answers = [client.get("/m/fuji/ask?q=x").status_code for _ in range(5)]
    assert (answers[0], answers[-1]) == (200, 429)


@pytest.mark.parametrize(
    "path", ["/m/fuji/ask?q={}", "/m/fuji/entries/?q={}", "/m/fuji/announcements?q={}", "/m/{}/", "/{}"]
)
def test_what_is_typed_is_text(client, path):
    page = client.get(path.format("<script>alert(1)</script>\"'><img src=x onerror=1>"))
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text


def test_what_staff_wrote_is_text(cities, client):
    with cities.database.write() as session:
        row = session.query(Entry).filter_by(municipality_id="fuji", key="asaichi").one()
        row.data = row.data | {"body": "</script><script>alert(1)</script>", "title": "<b onclick=1>朝市</b>"}
        session.get(public.site.Municipality, "fuji").content_version += 1
    for path in ("/m/fuji/activities/asaichi/", "/m/fuji/activities/", "/m/fuji/"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<b onclick" not in page


def test_what_is_not_there_is_said_in_plain_words(client):
    for path in ("/m/fuji/nothing", "/m/nowhere/", "/m/fuji/entries/nothing/", "/m/fuji/activities/nothing/", "/nothing",
                 "/m/fuji/subjects/nothing/", "/m/fuji/sections/nothing/", "/m/", "/m/fuji/announcements/999999"):  # fmt: skip
        page = client.get(path)
        assert page.status_code == 404, path
        assert "このページは、ありません" in text_of(page), path
        assert "Not Found" not in page.text
    assert client.get("/api/v1/nothing").is_json


def test_beyond_the_last_page_of_announcements_the_way_leads_to_the_newest(cities, client):
    office, path = Office(cities), "/m/fuji/announcements"
    author = office.hire("officer", "今泉")
    ids = [office.draft(author, "今泉", title=f"清掃{n}") for n in range(21)]
    with cities.database.write() as session:
        sent = {"state": "sent", "frozen_at": real_now()}
        session.execute(update(Announcement).where(Announcement.id.in_(ids)).values(sent))
    last = client.get(f"{path}?page=1")
    assert (last.status_code, last.text.count('class="what"')) == (200, 1)
    for asked, newest in (("page=2", ""), ("page=123456789", ""), ("q=清掃&page=9&lang=en", "?q=清掃&lang=en")):
        page = client.get(f"{path}?{asked}")
        assert page.status_code == 404, asked
        said = re.search(r'role="status">(.+?) <a href="([^"]+)">', page.text)
        assert said is not None, asked
        assert said[1] == ("This page is no longer here." if "en" in asked else "このページは、もうありません。")
        assert unquote(html.unescape(said[2])) == path + newest
        assert client.get(html.unescape(said[2])).text.count('class="what"') == 20
        assert not any(words in text_of(page) for words in ("まだありません", "見つかりません", "新しいほう"))


def test_unpublished_and_staffs_entries_have_no_page(cities, client):
    with cities.database.write() as session:
        rows = {row.key: row for row in session.query(Entry).filter_by(municipality_id="fuji")}
        rows["gomi-hi"].published = False
        rows["asaichi"].data = rows["asaichi"].data | {"audience": "staff"}
        session.get(public.site.Municipality, "fuji").content_version += 1
    assert client.get("/m/fuji/entries/gomi-hi/").status_code == 404
    assert client.get("/m/fuji/activities/asaichi/").status_code == 404
    listed = client.get("/sitemap.xml").text
    assert "/fuji/entries/gomi-hi/" not in listed


def test_what_is_said_to_be_kept_is_what_is_erased():
    told = {row.rule for row in retained.ROWS if row.public and row.rule}
    assert told == {rule.name for rule in retention.RULES} - OF_STAFF


def test_the_statement_on_accessibility_names_the_widths_that_are_looked_at(client):
    said = text_of(client.get("/m/fuji/accessibility"))
    assert set(map(int, re.findall(r"(\d+)ピクセル", said))) == set(WIDTHS)


def test_every_entry_stands_under_one_subject(cities, client):
    page = client.get("/m/fuji/subjects/").text
    assert {link.split("/")[-2] for link in re.findall(r'href="(/m/fuji/subjects/[^"/]+/)"', page)} <= set(SUBJECTS)
    with cities.database.read() as session:
        rows = session.query(Entry).filter_by(municipality_id="fuji", kind="faq").all()
    from content.packs_json import entry_from

    found = [subject_of(entry_from(row.data)) for row in rows]
    assert set(found) <= set(SUBJECTS)
    assert found.count("living") < len(found) / 4

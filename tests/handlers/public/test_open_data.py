"""What everybody may take: files in the standard's columns, a calendar another library reads, and an API as described."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from icalendar import Calendar
from sqlalchemy import select

from bot.models import Entry
from content.formats import standard_out
from handlers import public

SHELTERS = (
    "全国地方公共団体コード,ID,名称,名称_カナ,名称_英字,所在地_全国地方公共団体コード,町字ID,所在地_連結表記,所在地_都道府県,所在地_市区町村,"
    "所在地_町字,所在地_番地以下,建物名等(方書),緯度,経度,標高,電話番号,内線番号,連絡先メールアドレス,連絡先FormURL,連絡先備考（その他、SNSなど）,"
    "郵便番号,市区町村コード,地方公共団体名,災害種別_洪水,災害種別_崖崩れ、土石流及び地滑り,災害種別_高潮,災害種別_地震,災害種別_津波,"
    "災害種別_大規模な火事,災害種別_内水氾濫,災害種別_火山現象,指定避難所との重複,想定収容人数,対象となる町会・自治会,URL,画像,画像_ライセンス,備考"
)


@pytest.fixture
def app(cities) -> Flask:
    made = Flask("test", static_folder=None)
    made.config["SECRET_KEY"] = "x" * 32
    public.register(made, cities)
    return made


@pytest.fixture
def client(app):
    return app.test_client()


def table(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))


def test_the_page_says_what_there_is_and_under_which_licence(client):
    page = client.get("/m/fuji/open-data").get_data(as_text=True)
    assert "CC BY 4.0" in page
    for kind in standard_out.KINDS:
        assert client.get(f"/m/fuji/open-data/{kind}.csv").status_code == 200
        assert f"/m/fuji/open-data/{kind}.csv" in page
    assert client.get("/m/nowhere/open-data").status_code == 404
    assert client.get("/m/fuji/open-data/faq.csv").status_code == 404


def test_the_standards_columns_of_shelters_in_their_order():
    assert ",".join(standard_out.header("shelters")) == SHELTERS


def test_samples_are_marked_in_every_output(client):
    rows = table(client.get("/m/fuji/open-data/activities.csv"))
    assert "ふれあい朝市（見本）" in {row["イベント名"] for row in rows}
    assert "朝市（見本）" in client.get("/m/fuji/open-data/activities.ics").get_data(as_text=True).replace("\r\n ", "")
    feed = ET.fromstring(client.get("/m/fuji/open-data/activities.rss").data)
    assert all("（見本）" in str(title.text) for title in feed.findall("./channel/item/title"))
    assert "朝市（見本）" in client.get("/m/fuji/open-data/activities.jsonld").get_data(as_text=True)
    assert "朝市（見本）" in client.get("/api/v1/fuji/activities?limit=500").get_data(as_text=True)


def test_drafts_and_staffs_entries_stay_inside(client, cities):
    with cities.database.write() as session:
        rows = session.scalars(select(Entry).where(Entry.kind == "activity").order_by(Entry.id).limit(2)).all()
        rows[0].published = False
        rows[1].data = {**rows[1].data, "audience": "staff"}
        hidden = {row.key for row in rows}
    shown = {one["id"] for one in client.get("/api/v1/fuji/activities?limit=500").get_json()["items"]}
    assert shown
    assert not shown & hidden


def test_a_calendar_feed_and_json_ld_that_others_read(client):
    calendar = Calendar.from_ical(client.get("/m/fuji/open-data/activities.ics").data)
    events = list(calendar.walk("VEVENT"))
    assert {str(event["status"]) for event in events} >= {"CONFIRMED", "CANCELLED"}
    assert len({str(event["uid"]) for event in events}) == len(events)
    assert all("sequence" in event and "dtstamp" in event for event in events)
    feed = ET.fromstring(client.get("/m/fuji/open-data/activities.rss").data)
    assert feed.findall("./channel/item/guid")
    graph = json.loads(client.get("/m/fuji/open-data/activities.jsonld").data)["@graph"]
    assert {one["@type"] for one in graph} == {"Event"}
    assert all(one["startDate"] and one["location"]["name"] for one in graph)
    assert "https://schema.org/EventCancelled" in {one["eventStatus"] for one in graph}


def test_parts_of_the_api(client):
    page = client.get("/api/v1/fuji/activities?district=imaizumi&from=2026-12-01&to=2099-01-01&limit=3").get_json()
    assert len(page["items"]) == 3
    assert page["total"] >= 3
    assert all(not one["districts"] or one["districts"][0]["id"] == "imaizumi" for one in page["items"])
    again = client.get("/api/v1/fuji/facilities")
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/api/v1/fuji/facilities", headers={"If-None-Match": again.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "asked",
    ["limit=0", "limit=a", "offset=-1", "from=2026-13-01", "x=1", "limit=1&limit=2"],
)
def test_what_is_asked_wrongly_is_refused_in_json(client, asked):
    response = client.get(f"/api/v1/fuji/activities?{asked}")
    assert response.status_code == 400
    assert response.get_json()["error"]


def test_the_api_is_as_its_description_says(app):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def matches(case) -> None:
            case.call_and_validate()

        matches()
        tried += 1
    assert tried == 5

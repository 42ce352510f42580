"""A district's page: its centre, and its profile once the city has given its population table."""

from __future__ import annotations

import pytest

from bot.models import Entry
from bot.now import real_now
from content.formats.column_words import AGES
from handlers import public
from tests.support.console import Office, make_app, text_of


@pytest.fixture
def client(cities):
    office = Office(cities)
    app = make_app(office.context)
    public.register(app, office.context)
    return app.test_client()


def table(cities, region, total, day, districts, **more):
    extra = {"地域名": region, "総人口": str(total), "調査年月日": day, "世帯数": str(total // 2), **more}
    data = {
        "id": f"{region}-{day}", "kind": "population", "title": region, "body": "", "districts": districts,
        "source": {"title": "市の統計"}, "extra": extra,
    }  # fmt: skip
    with cities.database.write() as session:
        session.add(
            Entry(
                municipality_id="fuji",
                key=data["id"],
                kind="population",
                title=region,
                data=data,
                updated_at=real_now(),
            )
        )


def test_the_page_of_a_district(cities, client):
    assert 'href="/m/fuji/districts/imaizumi"' in client.get("/m/fuji/").text
    said = text_of(client.get("/m/fuji/districts/imaizumi"))
    assert "今泉まちづくりセンター" in said
    assert "まだ登録されていません" in said


def test_its_profile_stands_beside_the_city(cities, client):
    table(cities, "今泉", 12_000, "2026-10-01", ["imaizumi"])
    table(cities, "今泉", 12_500, "2021-10-01", ["imaizumi"])
    table(cities, "富士市", 245_000, "2026-10-01", [])
    said = text_of(client.get("/m/fuji/districts/imaizumi"))
    for words in (
        "2026年10月1日の数です",
        "500人減りました",
        "12,000人",
        "245,000人",
        "6,000",
        "2.00人",
        "出典: 市の統計",
    ):
        assert words in said
    assert "65歳以上" not in said  # the table has no ages


def test_ages_are_drawn_beside_the_city_and_a_part_is_not_the_city(cities, client):
    for area, total, keys in (("今泉", 360, ["imaizumi"]), ("富士市", 3600, [])):
        ages = {f"{age}の{sex}": str(total // 36) for age in AGES for sex in ("男性", "女性")}
        table(cities, area, total, "2026-10-01", keys, **ages)
    page = client.get("/m/fuji/districts/imaizumi")
    assert page.text.count('role="img"') == 1
    assert "年齢の分かれ方は、富士市とほとんど同じです。" in text_of(page)
    table(cities, "吉原", 900, "2026-11-01", ["yoshiwara"])
    table(cities, "富士市(外国人住民)", 44, "2026-12-01", [])
    said = text_of(client.get("/m/fuji/districts/imaizumi"))
    assert "3,600人" in said
    assert "市の数は2026年10月1日" in said


@pytest.mark.parametrize(
    "path", ["/m/fuji/districts/nowhere", "/m/nowhere/districts/imaizumi", "/m/tomioka/districts/imaizumi"]
)
def test_what_is_not_there(client, path):
    assert client.get(path).status_code == 404

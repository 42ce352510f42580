"""Numbers and days that no row can have, at addresses, in forms and in the search of both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.services.context import Context, open_context
from handlers import public
from tests.conftest import make_settings
from tests.support.console import Office

HUGE = "9" * 30


@pytest.fixture
def office(cities_url: str, tmp_path: Path) -> Iterator[Office]:
    context: Context = open_context(make_settings(tmp_path, cities_url))
    made = Office(context)
    public.register(made.app, context)
    yield made
    context.database.close()
    context.keystore.database.close()


def test_what_cannot_be_reckoned_with_is_said_and_is_no_fault(office: Office):
    visitor = office.visit(office.hire("city"))
    for path in ("announcements", "entries", "staff", "inquiries"):
        answer = visitor.get(f"/console/fuji/{path}/{HUGE}")
        assert (answer.status_code, "住所(URL)が変わったか" in answer.text or "ありません" in answer.text) == (
            404,
            True,
        )
    for query in ({"since": "0001-01-01"}, {"until": "9999-12-31"}):
        assert visitor.get("/console/fuji/audit", query_string=query).status_code == 400
    told = visitor.post("/console/fuji/questions/close", {"question": HUGE, "reason": "\x00"})
    assert told.status_code < 500
    wrong = visitor.post("/console/fuji/activities/new", {"kind": "once", "first": "9999-12-31", "title": "朝市"})
    assert wrong.status_code == 400
    assert "年を確かめてください" in wrong.text
    assert 'value="朝市"' in wrong.text


def test_nobody_meets_a_fault_on_the_public_pages(office: Office):
    client = office.visit().client
    for address in (f"announcements/{HUGE}", f"round-tables/{HUGE}", "activities/?from=9999-12-31", "entries/?q=%00"):
        answer = client.get(f"/m/fuji/{address}")
        assert answer.status_code in {200, 404}, address


def test_a_fault_of_ours_is_told_in_plain_words(office: Office, monkeypatch: pytest.MonkeyPatch):
    from handlers.public import site

    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the database")

    monkeypatch.setattr(site.Site, "day", broken)
    monkeypatch.setattr(site.Site, "moment", broken)
    answer = office.visit().client.get("/m/fuji/activities/")
    assert answer.status_code == 500
    assert "もう一度お試しください" in answer.text
    assert "secret" not in answer.text
    assert "default-src" in answer.headers["Content-Security-Policy"]

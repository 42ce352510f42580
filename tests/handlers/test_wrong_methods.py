"""An address opened in a way that it does not take: the words of its part of the product, and which ways it takes."""

from __future__ import annotations

import pytest

from bot.services.context import Context
from handlers import public
from tests.support.console import Office, text_of


@pytest.fixture
def office(cities: Context) -> Office:
    made = Office(cities)
    public.register(made.app, cities)
    return made


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("POST", "/console/fuji/", "この開き方では使えません"),
        ("DELETE", "/console/fuji/announcements/1", "この開き方では使えません"),
        ("PATCH", "/console/", "この開き方では使えません"),
        ("DELETE", "/m/fuji/announcements", "このページは、ありません"),
        ("POST", "/m/fuji/announcements?lang=en", "This page is not here"),
        ("POST", "/m/nowhere/announcements", "このページは、ありません"),
        ("PUT", "/", "このページは、ありません"),
    ],
)
def test_a_wrong_method_is_answered_by_a_page_in_plain_words(office: Office, method: str, path: str, words: str):
    for who in (None, office.hire("chair", "今泉")):
        answer = office.visit(who).client.open(path, method=method)
        assert answer.status_code == 405
        assert words in text_of(answer)
        assert "はじめのページへ" in answer.text or "lang=en" in answer.text
        assert "Method Not Allowed" not in answer.text
        assert "GET" in answer.headers["Allow"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_programs_get_what_programs_read(office: Office):
    answer = office.visit().client.post("/api/v1/fuji/activities")
    assert (answer.status_code, answer.is_json, "GET" in answer.headers["Allow"]) == (405, True, True)
    drawing = office.visit().client.post("/look/base.css")
    assert (drawing.status_code, "Allow" in drawing.headers) == (405, True)

"""The least that every answer says to a browser, tried at the answers that no page makes."""

from __future__ import annotations

import pytest
from flask import Flask, abort, redirect

from handlers import every_answer


@pytest.fixture
def client():
    app = Flask("answers", static_folder=None)
    every_answer.install(app)
    app.add_url_rule("/list/", "list", lambda: "a page that forgot")
    app.add_url_rule("/own", "own", lambda: ("a page", {"Content-Security-Policy": "default-src 'self'"}))
    app.add_url_rule("/gone", "gone", lambda: abort(410))
    app.add_url_rule("/away", "away", lambda: redirect("https://city.example/sign-in"))
    return app.test_client()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/list/", 200), ("GET", "/nothing", 404), ("TRACE", "/list/", 405), ("GET", "/gone", 410)],
)
def test_pages_errors_and_wrong_methods_all_have_it(client, method, path, status):
    answer = client.open(path, method=method, base_url="https://fuji.example")
    assert answer.status_code == status
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_what_a_page_says_itself_stays(client):
    assert client.get("/own").headers["Content-Security-Policy"] == "default-src 'self'"


def test_a_missing_slash_leads_to_no_host_that_the_request_named(client):
    answer = client.get("/list", base_url="https://evil.example")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/list/")
    assert client.get("/away").headers["Location"] == "https://city.example/sign-in"

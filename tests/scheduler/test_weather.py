"""The agency's feed over real HTTP: each telegram once, from its own host only, and what happens when it fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select

from bot.core.permissions import Actor, Grant
from bot.models import Alert, Announcement, WeatherFeed
from bot.services import weather as warnings
from scheduler import weather
from tests.support.polling import CITY, NOW, Polling
from tests.support.weather import FUJI, TOMIOKA, feed, telegram

TITLE = "気象警報・注意報（Ｈ２７）"


@dataclass
class Agency:
    """A web server with a feed; `asked` are the paths that were fetched."""

    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    status: int = 200
    url: str = ""


@pytest.fixture
def agency() -> Iterator[Agency]:
    made = Agency()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            body = made.pages.get(self.path, b"")
            known = self.headers.get("If-None-Match") == f'"{hash(body)}"'
            self.send_response(304 if known else made.status)
            self.send_header("ETag", f'"{hash(body)}"')
            self.send_header("Content-Length", "0" if known else str(len(body)))
            self.end_headers()
            if not known:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield made
    server.shutdown()
    server.server_close()


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def city(context, agency):
    """The context of a city that sends warnings by itself, with a clock that can be moved."""
    clock = Clock()
    settings = context.settings.model_copy(update={"weather_feed": f"{agency.url}/extra.xml"})
    held = replace(context, clock=clock, settings=settings)
    polling = Polling(held)
    actor = Actor(polling.officer.id, "市", (Grant("city", CITY),))
    with held.database.write() as session:
        warnings.set_rule(session, CITY, actor, "send", 3, NOW)
    return held


def publish(agency, *lines):
    """Lines: path, telegram; all a minute old."""
    agency.pages |= dict(lines)
    entries = [(TITLE, f"{agency.url}{path}", NOW - timedelta(minutes=1)) for path, _ in lines]
    agency.pages["/extra.xml"] = feed(
        [*entries, (TITLE, "http://elsewhere.example/x.xml", NOW), ("震度速報", f"{agency.url}/q", NOW)]
    )


def titles(city):
    with city.database.read() as session:
        return session.scalars(select(Announcement.title)).all()


def test_each_telegram_is_fetched_and_told_once(city, agency):
    rain = telegram(NOW - timedelta(minutes=2), {FUJI: [("大雨警報", "発表")]})
    publish(
        agency, ("/1.xml", rain), ("/2.xml", telegram(NOW, {TOMIOKA: [("大雪警報", "発表")]})), ("/3.xml", b"<broken")
    )
    assert weather.read(city) == 1
    assert sorted(agency.asked) == ["/1.xml", "/2.xml", "/3.xml", "/extra.xml"]
    assert titles(city) == ["富士市に大雨警報が出ました"]
    assert weather.read(city) == 0  # not yet a minute later
    city.clock.now += timedelta(minutes=2)
    assert weather.read(city) == 0
    assert agency.asked.count("/extra.xml") == 2
    assert len(agency.asked) == 5  # the feed had not changed
    assert titles(city) == ["富士市に大雨警報が出ました"]


def test_a_feed_that_fails_is_asked_later_and_later_and_staff_are_told(city, agency):
    agency.status = 500
    for _ in range(weather.TELL_AFTER):
        weather.read(city)
        city.clock.now += timedelta(minutes=31)
    with city.database.read() as session:
        row = session.scalars(select(WeatherFeed)).one()
        assert (row.failures, row.error) == (weather.TELL_AFTER, "HTTP 500")
        assert "気象庁の警報を読めていません" in session.scalars(select(Alert)).one().text
    agency.status = 200
    publish(agency)
    weather.read(city)
    with city.database.read() as session:
        assert session.scalars(select(Alert)).all() == []
        assert session.scalars(select(WeatherFeed)).one().failures == 0


def test_nothing_is_read_where_no_city_wants_it(city, agency):
    actor = Actor(1, "市", (Grant("city", CITY),))
    with city.database.write() as session:
        warnings.set_rule(session, CITY, actor, "off", 3, NOW)
    assert weather.read(city) == 0
    assert agency.asked == []

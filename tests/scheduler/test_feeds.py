"""Addresses read by the clock, over real HTTP: conditional, bounded, never led astray, told when they fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select, update

from bot.core.permissions import Actor, Grant
from bot.fetching import Fetcher, FetchError
from bot.models import Alert, Entry, Feed, ImportRun
from bot.services import feeds as service
from bot.services.feeds import Wanted
from scheduler import feeds

CITY = Actor(None, "市の担当", (Grant("city", "fuji"),))
LIST = "ID,イベント名,開始日\nev-0001,けやき読書会,2027-12-19\n".encode()
NEWS = """<?xml version="1.0"?><rss version="2.0"><channel><item><guid>n1</guid><title>道路の工事</title>
<link>https://example.jp/n1</link><description>夜に止まります</description></item></channel></rss>""".encode()


class Site:
    """A small web site; `pages` by path: (status, headers, body)."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                status, headers, body = site.pages.get(self.path, (404, {}, b""))
                for name, asked in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
                    if headers.get(name) and self.headers.get(asked) == headers[name]:
                        status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def context(cities):
    cities.settings.feed_private_hosts = "127.0.0.1"
    return cities


def add(context, url: str, **more) -> int:
    with context.database.write() as session:
        wanted = Wanted(**({"name": "市のイベント", "kind": "activities", "url": url} | more))
        return service.create(session, "fuji", CITY, wanted, context.clock()).id


def due(context) -> None:
    with context.database.write() as session:
        session.execute(update(Feed).values(next_at=context.clock()))


def feed(context, number: int) -> Feed:
    with context.database.read() as session:
        return session.get(Feed, number)


def test_what_is_right_is_taken_at_once_and_asked_for_again_conditionally(context, site):
    site.pages["/e.csv"] = (200, {"ETag": '"1"'}, LIST)
    number = add(context, f"{site.url}/e.csv", accept="auto")
    assert feeds.read_due(context) == 1
    with context.database.read() as session:
        row = session.scalars(select(Entry).where(Entry.key == "ev-0001")).one()
    assert (row.published, row.data["source"]["title"]) == (True, "市のイベント")
    assert feeds.read_due(context) == 0  # not due
    due(context)
    feeds.read_due(context)
    assert site.asked[-1][1]["If-None-Match"] == '"1"'
    assert "変わりありません" in feed(context, number).said
    with context.database.read() as session:
        assert len(session.scalars(select(ImportRun.id)).all()) == 1


def test_a_server_that_knows_only_dates_is_asked_by_date_and_one_that_says_when_is_obeyed(context, site):
    day = "Sun, 22 Nov 2026 01:00:00 GMT"
    site.pages["/e.csv"] = (200, {"Last-Modified": day}, LIST)
    number = add(context, f"{site.url}/e.csv", accept="auto")
    feeds.read_due(context)
    due(context)
    feeds.read_due(context)
    assert site.asked[-1][1]["If-Modified-Since"] == day
    assert "変わりありません" in feed(context, number).said
    site.pages["/e.csv"] = (503, {"Retry-After": "7200"}, b"")
    due(context)
    now = context.clock()
    feeds.read_due(context)
    assert feed(context, number).failures == 1
    assert (feed(context, number).next_at - now).total_seconds() > 7000


def test_what_is_to_be_looked_at_waits_for_a_person(context, site):
    site.pages["/e.csv"] = (200, {}, LIST)
    number = add(context, f"{site.url}/e.csv")
    feeds.read_due(context)
    with context.database.read() as session:
        run = session.scalars(select(ImportRun)).one()
        assert session.scalars(select(Entry).where(Entry.key == "ev-0001")).first() is None
    assert (run.state, run.feed_id, "待っています" in feed(context, number).said) == ("checked", number, True)


def test_news_come_as_drafts(context, site):
    site.pages["/n.rss"] = (200, {}, NEWS)
    add(context, f"{site.url}/n.rss", kind="news", accept="auto")
    feeds.read_due(context)
    with context.database.read() as session:
        row = session.scalars(select(Entry).where(Entry.title == "道路の工事")).one()
    assert (row.published, row.kind, row.data["source"]["url"]) == (False, "guide", "https://example.jp/n1")


def test_failures_wait_longer_and_are_told_until_it_works(context, site):
    number = add(context, f"{site.url}/gone.csv")
    for _ in range(3):
        due(context)
        feeds.read_due(context)
    row = feed(context, number)
    assert (row.failures, "404" in row.said) == (3, True)
    assert row.next_at - context.clock() > timedelta(minutes=15)
    with context.database.read() as session:
        assert "市のイベント" in session.scalars(select(Alert.text).where(Alert.kind == "feed")).one()
    site.pages["/gone.csv"] = (200, {}, LIST)
    due(context)
    feeds.read_due(context)
    with context.database.read() as session:
        assert session.scalars(select(Alert).where(Alert.kind == "feed")).all() == []
    assert feed(context, number).failures == 0


def test_what_is_no_list_changes_nothing_and_is_told(context, site):
    site.pages["/e.csv"] = (200, {}, b"<!doctype html><html>login</html>")
    number = add(context, f"{site.url}/e.csv", accept="auto")
    feeds.read_due(context)
    assert "ウェブページ" in feed(context, number).said


def test_one_process_reads_a_feed(context, site):
    site.pages["/e.csv"] = (200, {}, LIST)
    add(context, f"{site.url}/e.csv")
    now = context.clock()
    with context.database.write() as session:
        assert service.claim(session, now, now) is not None
    with context.database.write() as session:
        assert service.claim(session, now, now) is None
        assert service.claim(session, now, now + timedelta(minutes=6)) is not None  # the first died


def test_redirects_only_to_allowed_hosts(site):
    site.pages["/a"] = (302, {"Location": "/b"}, b"")
    site.pages["/b"] = (200, {}, b"ok")
    site.pages["/c"] = (302, {"Location": "http://other.example/x"}, b"")
    site.pages["/d"] = (302, {"Location": "/d"}, b"")
    fetcher = Fetcher({"127.0.0.1"}, 1000)
    assert fetcher.get(f"{site.url}/a").data == b"ok"
    with pytest.raises(FetchError, match=r"other\.example"):
        fetcher.get(f"{site.url}/c")
    with pytest.raises(FetchError, match="多すぎます"):
        fetcher.get(f"{site.url}/d")


def test_our_own_network_is_not_reached(site):
    site.pages["/secret"] = (200, {}, b"secret")
    port = site.url.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"):
        with pytest.raises(FetchError):
            Fetcher((), 1000).get(f"http://{host}:{port}/secret")
    assert site.asked == []  # not even asked


def test_too_much_is_not_read(site):
    site.pages["/big"] = (200, {}, b"x" * 2000)
    with pytest.raises(FetchError, match="大きすぎます"):
        Fetcher({"127.0.0.1"}, 1000).get(f"{site.url}/big")

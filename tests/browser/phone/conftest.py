"""The simulator with two accounts, a bot that answers everything with one line, and the phone page on it."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from bot.simulator.server import Simulator

AREAS = ("聞く", "行事", "声をとどける", "お知らせ", "地区・設定", "Language")
WIDTH, HEIGHT = 1200, 810


class Bot:
    """What stands behind the webhook: `events` are those that came, `answer` is what everybody is told."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer: list[dict[str, Any]] | None = [{"type": "text", "text": "受け取りました。"}]
        self.line: Simulator
        bot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()
                bot.events.extend(body["events"])
                bot.reply(self.path.rsplit("/", 1)[1], body["events"])  # the webhook is answered, as in the product

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False  # closing waits for the last answer, which must find LINE still there
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reply(self, channel: str, events: list[dict[str, Any]]) -> None:
        for event in events:
            if self.answer and "replyToken" in event:
                self.call(channel, "message/reply", {"replyToken": event["replyToken"], "messages": self.answer})

    def call(self, channel: str, path: str, body: Any, kind: str = "application/json") -> Any:
        """One call of the Messaging API, as the product makes it."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.line.token(channel)}", "content-type": kind}
        request = urllib.request.Request(f"{self.line.url}/v2/bot/{path}", data, headers, method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def push(self, channel: str, user: str, *messages: dict[str, Any]) -> None:
        self.call(channel, "message/push", {"to": user, "messages": list(messages)})

    def add_menu(self, channel: str) -> None:
        """A rich menu of six, for everybody."""
        areas = [
            {
                "bounds": {"x": at % 3 * 400, "y": at // 3 * 405, "width": 400, "height": 405},
                "action": {"type": "message", "label": label, "text": label},
            }
            for at, label in enumerate(AREAS)
        ]
        size = {"width": WIDTH, "height": HEIGHT}
        menu = {"size": size, "selected": False, "name": "menu", "chatBarText": "メニュー", "areas": areas}
        menu_id = self.call(channel, "richmenu", menu)["richMenuId"]
        picture = BytesIO()
        Image.new("RGB", (WIDTH, HEIGHT), "#e8f1fe").save(picture, "PNG")
        self.call(channel, f"richmenu/{menu_id}/content", picture.getvalue(), "image/png")
        self.call(channel, f"user/all/richmenu/{menu_id}", b"{}")

    def heard(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Waits for the count-th event of a type: the page may show an act before its webhook has arrived."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            found = [event for event in list(self.events) if event["type"] == kind]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.02)
        raise AssertionError(f"no {kind}, only {[event['type'] for event in self.events]}")

    def texts(self) -> list[str]:
        """The texts that residents sent."""
        return [event["message"]["text"] for event in self.events if event.get("message", {}).get("type") == "text"]


@pytest.fixture
def bot() -> Iterator[Bot]:
    """A bot at the simulator, `bot.line`, which has 富士(見本) and 富岡(見本)."""
    made = Bot()
    with Simulator(product_url=made.url) as line:
        made.line = line
        for channel, name in (("fuji", "富士(見本)"), ("tomioka", "富岡(見本)")):
            line.add_channel(channel, webhook=f"{made.url}/line/{channel}")
            line.control("PUT", f"/_sim/{channel}", {"name": name})
        yield made
        made.server.shutdown()
        made.server.server_close()


@pytest.fixture
def phone(page: Page, bot: Bot) -> Page:
    """The phone page, held by はな, who has just become 富士(見本)'s friend."""
    page.goto(f"{bot.line.url}/phone")
    page.get_by_role("button", name="友だち追加").click()
    answer = page.locator(".said .lm-words")
    expect(answer).to_have_text("受け取りました。")
    expect(answer).to_be_visible()  # it is drawn while the way to become a friend still covers the chat
    return page


def hana(bot: Bot) -> str:
    """The user id of the resident who holds the phone at first."""
    return bot.line.control("GET", "/_sim/fuji/users")[0]["userId"]

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from bot.simulator.server import Simulator

CHANNEL = "fuji"


class Bot:
    """A webhook server that remembers what it got and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.wait = threading.Event()
        self.wait.set()
        bot = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                bot.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                bot.wait.wait(10)
                self.send_response(bot.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """The simulator hangs up after its two seconds, as LINE does."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/line/fuji"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.got for event in json.loads(body)["events"]]

    def token(self) -> str:
        return self.events()[-1]["replyToken"]

    def close(self) -> None:
        self.wait.set()
        self.server.shutdown()
        self.server.server_close()


class Line:
    """A simulator with one channel, and a plain HTTP client for LINE's API."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.token = "token-fuji"

    def close(self) -> None:
        self.session.close()

    def call(
        self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str
    ) -> requests.Response:
        sent = {"authorization": f"Bearer {self.token}", **headers}
        if key is not None:
            sent["x-line-retry-key"] = key
        return self.session.request(method, self.simulator.url + path, json=body, headers=sent, timeout=15)

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        return self.simulator.control(method, f"/_sim/{path}", body if method != "GET" else None)

    def get(self, path: str) -> Any:
        return self.control(path, method="GET")

    def friend(self, **facts: Any) -> str:
        user = self.control("fuji/users", facts)["userId"]
        self.control(f"fuji/users/{user}/follow", {})
        return user

    def friends(self, count: int) -> list[str]:
        return self.control("fuji/users", {"count": count, "friends": True})["userIds"]

    def push(self, user: str, *texts: str, key: str | None = "new") -> requests.Response:
        body = {"to": user, "messages": [text_message(text) for text in texts]}
        return self.call("POST", "/v2/bot/message/push", body, str(uuid.uuid4()) if key == "new" else key)

    def multicast(self, users: list[str], text: str, key: str | None = "new") -> requests.Response:
        body = {"to": users, "messages": [text_message(text)]}
        return self.call("POST", "/v2/bot/message/multicast", body, str(uuid.uuid4()) if key == "new" else key)

    def reply(self, token: str, text: str = "はい") -> requests.Response:
        return self.call("POST", "/v2/bot/message/reply", {"replyToken": token, "messages": [text_message(text)]})

    def inbox(self, user: str) -> list[dict[str, Any]]:
        return self.get(f"fuji/inbox/{user}")

    def copies(self, text: str) -> dict[str, int]:
        return self.simulator.control("GET", f"/_sim/fuji/inbox?marker={requests.utils.quote(text)}")

    def violations(self) -> list[str]:
        return [row["kind"] for row in self.get("violations")]

    def advance(self, seconds: float) -> None:
        self.control("clock", {"advance_s": seconds})


def text_message(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


@pytest.fixture
def bot() -> Iterator[Bot]:
    bot = Bot()
    yield bot
    bot.close()


@pytest.fixture
def line(bot: Bot) -> Iterator[Line]:
    with Simulator() as simulator:
        simulator.add_channel(CHANNEL, name="富士(見本)", webhook=bot.url)
        line = Line(simulator)
        yield line
        line.close()

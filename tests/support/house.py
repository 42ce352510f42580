"""The running product for tests: real HTTP on both sides, the simulator in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

from bot.app import House
from bot.demo import CITIES
from bot.services.channels import ChannelKeys, save_channel
from bot.services.context import Context
from bot.simulator.server import Simulator
from tests.support.reading import labels, words

__all__ = ["RunningHouse", "connect", "labels", "words"]
from bot.web_server import WebServer
from tests.support.line_spec import validate_request
from tests.support.places import SHARED

WAIT_SECONDS = 20.0


class RunningHouse:
    """The product and LINE in a box, connected; a small vocabulary for scenarios."""

    def __init__(self, context: Context, simulator: Simulator, port: int) -> None:
        self.context, self.simulator, self.port = context, simulator, port
        self.url = f"http://127.0.0.1:{port}"
        self.house = House(context)
        assert self.house.app is not None
        self._server = WebServer(self.house.app, "127.0.0.1", port, threads=8)

    def start(self) -> None:
        self.house.start()
        self._server.start()

    def stop(self) -> None:
        self._server.stop()
        self.house.stop()

    # --- LINE's side -------------------------------------------------------------------------

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """A control call of the simulator (surface.md); raises on an HTTP error."""
        answer = requests.request(
            method, f"{self.simulator.url}/_sim/{path}", json=body if method != "GET" else None, timeout=90
        )
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def user(self, city: str = "fuji", *, follow: bool = True) -> str:
        """A new person; with `follow` already a friend who has read the greeting."""
        user = self.control(f"{city}/users", {})["userId"]
        if follow:
            self.control(f"{city}/users/{user}/follow", {})
            self.wait(lambda: len(self.inbox(user, city)) >= 1)
        return user

    def resident(self, district: str, city: str = "fuji") -> str:
        """A person who has registered in a district through the chat."""
        return self.residents(1, district, city)[0]

    def residents(self, count: int, district: str, city: str = "fuji") -> list[str]:
        return self.control(f"{city}/users", {"count": count, "district": district})["userIds"]

    def say(self, user: str, text: str, city: str = "fuji") -> list[dict[str, Any]]:
        """Type a text and wait for the answer; returns the new messages."""
        return self._then_new(user, city, lambda: self.control(f"{city}/users/{user}/say", {"text": text}))

    def tap(self, user: str, label: str, city: str = "fuji") -> list[dict[str, Any]]:
        """Press a button the user sees and wait for the answer."""
        return self._then_new(user, city, lambda: self.control(f"{city}/users/{user}/tap", {"label": label}))

    def act(self, user: str, what: str, body: Any = None, city: str = "fuji") -> Any:
        return self.control(f"{city}/users/{user}/{what}", body or {})

    def inbox(self, user: str, city: str = "fuji") -> list[dict[str, Any]]:
        return self.control(f"{city}/inbox/{user}", method="GET")

    def marker(self, text: str, city: str = "fuji") -> dict[str, int]:
        answer = requests.get(f"{self.simulator.url}/_sim/{city}/inbox", params={"marker": text}, timeout=90)
        return answer.json()

    def violations(self) -> list[Any]:
        return self.control("violations", method="GET")

    def against_the_description(self) -> list[str]:
        """What LINE's official description finds wrong with the requests of ours it can still see (newest 500)."""
        if not SHARED.is_dir():
            return []
        problems: list[str] = []
        for city in CITIES:
            for row in self.control(f"{city}/traffic", method="GET"):
                if row["direction"] == "api" and isinstance(row["request"], dict):
                    found = validate_request(row["method"], row["path"], row["request"])
                    problems += [f"{row['method']} {row['path']}: {problem}" for problem in found]
        return problems

    def wait(self, ready: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
        """Wait until something is true; what it gave is returned."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := ready():
                return value
            time.sleep(0.02)
        raise AssertionError("it did not happen in time")

    def _then_new(self, user: str, city: str, act: Callable[[], Any]) -> list[dict[str, Any]]:
        before = len(self.inbox(user, city))
        act()
        deliveries = self.wait(lambda: self.inbox(user, city)[before:])
        return [message for delivery in deliveries for message in delivery["messages"]]


def connect(context: Context, simulator: Simulator, port: int) -> None:
    """Give every city a channel at the simulator and the same keys in our database."""
    for city, name in CITIES.items():
        bot_user_id = "U" + f"{hash(city) & 0xFFFF:032x}"
        channel = {
            "id": city,
            "name": name,
            "secret": f"secret-{city}",
            "token": f"token-{city}",
            "botUserId": bot_user_id,
        }
        channel |= {"webhook": f"http://127.0.0.1:{port}/line/{city}", "quota": None, "redelivery": True}
        answer = requests.put(f"{simulator.url}/_sim/{city}", json=channel, timeout=10)
        assert answer.status_code < 300, answer.text
        with context.database.write() as session:
            save_channel(
                session, context.sealer, ChannelKeys(city, bot_user_id, b"secret-" + city.encode(), f"token-{city}")
            )

"""The product as processes of their own on PostgreSQL, and the simulator beside them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from bot.core.sealing import new_key
from bot.models import ApprovalRule
from bot.now import real_now
from bot.services import knowledge
from bot.services.context import open_context
from bot.simulator.server import Simulator
from content import packs
from tests.conftest import make_settings
from tests.support.daytime import by_day
from tests.support.house import connect
from tests.support.places import PACKS, REPOSITORY, free_port


class Apart:
    """Serve, worker and clock by name; `start("clock", "second clock")` starts the same command once more."""

    def __init__(self, postgres_url: str, folder: Path, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        clock_file = folder / "clock.txt"
        self.simulator = Simulator(clock_file=clock_file).start()
        by_day(self.simulator)
        self.settings = {
            "keystore_url": f"sqlite:///{folder / 'keys.db'}", "keys": f"1:{new_key()}", "min_free_mb": "0",
            "public_url": "https://entaku.example/", "line_api": self.simulator.url, "port": str(self.port),
            "demo": "true", "demo_clock": str(clock_file), "embeddings": "off", **settings,
        }  # fmt: skip
        self.context = open_context(make_settings(folder, postgres_url, **self.settings))
        with self.context.database.write() as session:
            for city in ("fuji", "tomioka"):
                knowledge.load_pack(session, packs.load(PACKS / city), real_now())
                session.merge(ApprovalRule(municipality_id=city, hold_minutes=0, wait_hours=4))  # out at once
        connect(self.context, self.simulator, self.port)
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("ENTAKU_")}
        self._environment |= {f"ENTAKU_{name.upper()}": value for name, value in self.settings.items()}
        self._environment["ENTAKU_DATABASE_URL"] = postgres_url
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, command: str, name: str = "") -> None:
        with (self.folder / f"{name or command}.log").open("ab") as log:
            self.running[name or command] = subprocess.Popen(
                [sys.executable, "-m", "bot", command], env=self._environment, stdout=log, stderr=log, cwd=REPOSITORY
            )

    def kill(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGKILL)
        self.running.pop(name).wait(10)

    def children(self, name: str) -> list[int]:
        """The processes that a worker has forked."""
        pid = self.running[name].pid
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return [int(child) for child in found]

    def words(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def healthy(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def wait(self, ready: Callable[[], Any], seconds: float = 120) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := ready():
                return value
            time.sleep(0.05)
        last = {name: self.words(name)[-1500:] for name in self.running}
        raise AssertionError(f"it did not happen in time; last words: {last}")

    def stop(self) -> None:
        """End everything in order; a process that does not end within 30 s fails the test."""
        for process in self.running.values():
            process.terminate()
        try:
            for process in self.running.values():
                process.wait(30)
        finally:
            for process in self.running.values():
                process.kill()
            self.context.database.close()
            self.context.keystore.database.close()
            self.simulator.stop()

    # --- LINE's side ---------------------------------------------------------------------------------------

    def control(self, path: str, body: Any = None) -> Any:
        answer = requests.request(
            "GET" if body is None else "POST", f"{self.simulator.url}/_sim/{path}", json=body, timeout=90
        )
        answer.raise_for_status()
        return answer.json()

    def residents(self, count: int, district: str = "今泉") -> list[str]:
        found: list[str] = self.control("fuji/users", {"count": count, "district": district})["userIds"]
        return found

    def inbox(self, user: str, city: str = "fuji") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control(f"{city}/inbox/{user}")
        return found

    def copies(self, marker: str) -> dict[str, int]:
        answer = requests.get(f"{self.simulator.url}/_sim/fuji/inbox", params={"marker": marker}, timeout=60)
        found: dict[str, int] = answer.json()
        return found

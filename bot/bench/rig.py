"""The product and LINE in a box as real processes, for benchmarks: seeded, started, killed, asked."""

from __future__ import annotations

import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import requests
from sqlalchemy import insert, select

from bot.bench.product import Product, RedisServer, free_port
from bot.core.permissions import Actor
from bot.core.sealing import new_key
from bot.errors import UnavailableError
from bot.models import District, Municipality, Resident
from bot.now import real_now
from bot.services import announcements, processes, schema, staff
from bot.services.announcements import Draft
from bot.services.channels import ChannelKeys, save_channel
from bot.services.context import Context, open_context
from bot.settings import load_settings

CITY, PEER = "bench", "peer"
DISTRICTS = 26
CHUNK = 20_000
START_SECONDS = 90.0
BODY = "11月29日(日) 午前9時から、地区の防災訓練をします。\n\n" + "持ち物は、飲み物と軍手です。雨のときは中止です。" * 8
PASSWORD = secrets.token_urlsafe(16)


@dataclass
class Rig:
    """A folder, a database (SQLite there, or an empty one by its URL), a simulator and a product."""

    folder: Path
    database_url: str
    context: Context
    environment: dict[str, str]
    simulator: subprocess.Popen[bytes]
    line: str
    product: Product
    redis: RedisServer | None = None
    people: tuple[Actor, ...] = ()
    districts: tuple[int, ...] = ()
    sent: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.product.kill()
        self.simulator.kill()
        self.simulator.wait()
        if self.redis is not None:
            self.redis.stop()
        self.context.database.close()
        self.context.keystore.database.close()

    # --- processes -------------------------------------------------------------------------------

    def start_product(self) -> None:
        """The product as shipped; only what does not run is started."""
        self.product.start()

    def kill_product(self) -> None:
        """kill -9 of all of it."""
        self.product.kill()

    def kill_some(self, chance: random.Random) -> str:
        """kill -9 of one of its processes, as a crash would (there may be only one). Returns which."""
        return self.product.kill_one(chance)

    def wait_product(self) -> None:
        """Until its web server answers. Raises UnavailableError with its last words when it does not."""
        url = f"http://127.0.0.1:{self.environment['ENTAKU_PORT']}/healthz"
        self.wait(lambda: _status(url) == requests.codes.ok, START_SECONDS, "the product did not start")
        self.wait(self._all_there, START_SECONDS, "not all of the product started")

    def _all_there(self) -> bool:
        with self.context.database.read() as session:
            there = {row.kind for row in processes.alive(session, real_now())}
        return there >= set(self.product.commands)

    def wait(self, ready: Callable[[], Any], seconds: float, what: str) -> Any:
        """Until something is true; what it gave. Raises UnavailableError after so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := ready():
                return value
            time.sleep(0.02)
        words = (self.folder / "product.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        raise UnavailableError(f"{what} within {seconds:.0f} s. The product's last words:\n{words}")

    def product_cpu(self) -> float:
        """CPU seconds the product has used."""
        return self.product.cpu()

    def product_rss_mb(self) -> float:
        """Memory the product holds now."""
        return self.product.rss_mb()

    # --- LINE's side -----------------------------------------------------------------------------

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A control call of the simulator."""
        answer = requests.request(method, f"{self.line}/_sim/{path}", json=body, timeout=600)
        if answer.status_code >= requests.codes.bad_request:
            raise UnavailableError(f"/_sim/{path}: {answer.status_code} {answer.text[:200]}")
        return answer.json()

    def fault(self, action: dict[str, Any], **more: Any) -> None:
        """Something LINE does wrong to multicasts; `prob` and `seed` go into the match."""
        match = {"method": "POST", "path": "/v2/bot/message/multicast"}
        match |= {name: more.pop(name) for name in ("prob", "seed", "nth") if name in more}
        self.control("POST", "faults", {"match": match, "action": action, **more})

    def multicasts(self) -> int:
        """How many multicasts have reached LINE."""
        row = self.control("GET", f"{CITY}/counters").get("POST /v2/bot/message/multicast", {})
        return int(row.get("calls", 0))

    def copies(self, marker: str) -> dict[str, int]:
        """User id -> copies of what holds this text."""
        found: dict[str, int] = self.control("GET", f"{CITY}/inbox?marker={quote(marker)}")
        return found

    # --- the city --------------------------------------------------------------------------------

    def add_residents(self, count: int, district_ids: tuple[int, ...], *, at_line: bool = True) -> None:
        """So many people, spread over the districts; without `at_line` LINE does not know them."""
        sealer, now = self.context.sealer, real_now()
        for start in range(0, count, CHUNK):
            number = min(CHUNK, count - start)
            if at_line:
                ids = self.control("POST", f"{CITY}/users", {"count": number, "friends": True})["userIds"]
            else:
                ids = ["U" + secrets.token_hex(16) for _ in range(number)]
            rows = [
                {
                    "municipality_id": CITY,
                    "line_id": sealer.seal_id(line_id, CITY),
                    "home_district_id": district_ids[position % len(district_ids)],
                    "followed_at": now,
                }
                for position, line_id in enumerate(ids)
            ]
            with self.context.database.write() as session:
                session.execute(insert(Resident), rows)
        self.context.database.learn()  # as the product does every ten minutes

    def announce(
        self, title: str, district_ids: tuple[int, ...], send_at: datetime | None = None, *, at_once: bool = True
    ) -> int:
        """Written by one person and approved by another, as in the console; `at_once`: also by night."""
        author, approver = self.people
        now = self.context.clock()
        draft = Draft(title, BODY, "見本まちづくり協議会", "home_and_interest", district_ids, send_at)
        with self.context.database.write(durable=True) as session:
            row = announcements.draft(session, CITY, author, draft, now)
            row.at_once = at_once
            announcements.submit(session, row, author, now)
            no_hold = timedelta(0)  # what is measured is the sending
            announcements.approve(session, row, approver, row.version, now, sealer=self.context.sealer, hold=no_hold)
        self.sent.append(row.id)
        return row.id

    def finished(self, announcement_id: int) -> bool:
        """Whether every batch's outcome is known."""
        with self.context.database.read() as session:
            return announcements.get(session, CITY, announcement_id).finished_at is not None


@contextmanager
def open_rig(database_url: str | None = None) -> Iterator[Rig]:
    """Everything prepared; the simulator runs, the product does not yet. All of it is gone at the end.

    On PostgreSQL the product is serve, worker and clock with Celery, where there is a Redis: ENTAKU_BROKER_URL, or one
    that can be started here; else `entaku all`.
    """
    with tempfile.TemporaryDirectory(prefix="entaku-bench-") as name:
        folder, port, sim_port = Path(name), free_port(), free_port()
        url = database_url or f"sqlite:///{folder / 'entaku.db'}"
        line = f"http://127.0.0.1:{sim_port}"
        environment = {
            "ENTAKU_DATABASE_URL": url,
            "ENTAKU_KEYSTORE_URL": f"sqlite:///{folder / 'keys.db'}",
            "ENTAKU_KEYS": f"1:{new_key()}",
            "ENTAKU_PUBLIC_URL": "https://entaku.example/",
            "ENTAKU_LINE_API": line,
            "ENTAKU_PORT": str(port),
        }
        schema.upgrade(url)
        channels = [_channel(CITY, port), _channel(PEER, port)]
        (folder / "channels.json").write_text(json.dumps(channels), encoding="utf-8")
        redis = _redis(environment)
        command = [sys.executable, "-m", "bot", "simulator", "--port", str(sim_port)]
        command += ["--channels", str(folder / "channels.json")]
        simulator = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        settings = load_settings(**{name.removeprefix("ENTAKU_").lower(): value for name, value in environment.items()})
        product = Product(environment, folder / "product.log")
        with Rig(folder, url, open_context(settings), environment, simulator, line, product, redis) as rig:
            answers = lambda: _status(f"{line}/_sim/clock") == requests.codes.ok  # noqa: E731
            rig.wait(answers, START_SECONDS, "the simulator did not start")
            _seed(rig, channels[0])
            yield rig


def _redis(environment: dict[str, str]) -> RedisServer | None:
    """Name the Redis in the environment, if there is one; what was started for it."""
    if environment["ENTAKU_DATABASE_URL"].startswith("sqlite"):
        return None
    given = os.environ.get("ENTAKU_BROKER_URL")
    started = RedisServer() if not given and RedisServer.installed() else None
    if url := given or (started.url if started else None):
        environment |= {"ENTAKU_ENGINE": "celery", "ENTAKU_BROKER_URL": url}
    return started


def _seed(rig: Rig, channel: dict[str, Any]) -> None:
    with rig.context.database.write(durable=True) as session:
        if session.get(Municipality, CITY) is not None:
            raise UnavailableError("This database is in use; give an empty one.")
        session.add(Municipality(id=CITY, name="見本市", code="000000"))
        session.flush()
        keys = ChannelKeys(CITY, channel["botUserId"], channel["secret"].encode(), channel["token"])
        save_channel(session, rig.context.sealer, keys)
        session.add_all(
            District(municipality_id=CITY, key=f"d{n}", name=f"第{n}地区", kana=f"だい{n}", position=n)
            for n in range(DISTRICTS)
        )
        session.flush()
        rig.districts = tuple(session.scalars(select(District.id).order_by(District.position)))
        made = [
            staff.create(session, staff.NewStaff(f"{n}@bench.example", "見本", PASSWORD, CITY, "city"), real_now())
            for n in ("author", "approver")
        ]
        rig.people = tuple(staff.actor(session, person) for person in made)


def _channel(name: str, port: int) -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "secret": secrets.token_hex(16),
        "token": secrets.token_urlsafe(32),
        "botUserId": "U" + secrets.token_hex(16),
        "webhook": f"http://127.0.0.1:{port}/line/{name}",
        "quota": None,
    }


def _status(url: str) -> int | None:
    try:
        return requests.get(url, timeout=2).status_code
    except requests.RequestException:
        return None

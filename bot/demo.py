"""The demonstration: two cities, a simulated LINE, sample staff, kept alive by a small supervisor.

Everything lies in one folder (var/demo). The simulator plays LINE and is a process of its own, so that it
outlives the product; either is started again when it dies. Nothing here is used outside the demo.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot import demo_rounds
from bot.core.sealing import new_key
from bot.models import District, Municipality, Staff
from bot.now import real_now
from bot.services import knowledge, schema, staff
from bot.services.channels import ChannelKeys, save_channel
from bot.services.context import Context, open_context
from bot.settings import Settings, load_settings
from content import packs

PUBLIC_URL = "https://entaku.example/"
PACKS = Path(packs.__file__).parent / "packs"
CITIES = {"fuji": "富士(見本)", "tomioka": "富岡(見本)"}
DISTRICTS = {"fuji": "今泉", "tomioka": "東富岡"}
PASSWORD = "entaku-demo-1"  # noqa: S105  the demo binds to 127.0.0.1 and holds nothing real
# The sample staff sign in with a password alone, so that trying out needs no telephone; whoever is invited does not.
NEVER = datetime(2100, 1, 1, tzinfo=UTC)
RESTART_SECONDS = 0.5
STOP_SECONDS = 15.0
NEIGHBOURS = 12


@dataclass(frozen=True)
class Account:
    """A sample member of staff. `district` True: limited to the city's sample district."""

    role: str
    name: str
    district: bool = False
    department: str | None = None


ACCOUNTS = (
    Account("officer", "協議会 役員(見本)", district=True),
    Account("officer", "協議会 事務局(見本)", district=True),
    Account("chair", "館長・センター長(見本)", district=True),
    Account("neighbourhood", "町内会長(見本)", district=True),
    Account("district_staff", "地区担当職員(見本)", district=True),
    Account("department", "担当課(見本)", department="道路課(見本)"),
    Account("city", "市民協働課(見本)"),
    Account("viewer", "閲覧(見本)"),
)


@dataclass(frozen=True)
class Demo:
    """Where the demo lies and which ports it uses."""

    folder: Path
    port: int
    sim_port: int

    @classmethod
    def from_environment(cls) -> Demo:
        """`PORT` (8000), `SIM_PORT` (8090), `ENTAKU_DEMO_DIR` (var/demo)."""
        folder = Path(os.environ.get("ENTAKU_DEMO_DIR", "var/demo")).resolve()
        return cls(folder, int(os.environ.get("PORT", "8000")), int(os.environ.get("SIM_PORT", "8090")))

    @property
    def product_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.sim_port}"

    def environment(self) -> dict[str, str]:
        """The settings of the demo's product, as environment variables."""
        return {
            "ENTAKU_DATABASE_URL": f"sqlite:///{self.folder / 'entaku.db'}",
            "ENTAKU_KEYSTORE_URL": f"sqlite:///{self.folder / 'keys.db'}",
            "ENTAKU_KEYS": (self.folder / "keys.txt").read_text(encoding="ascii").strip(),
            "ENTAKU_PUBLIC_URL": PUBLIC_URL,
            "ENTAKU_LINE_API": self.simulator_url,
            "ENTAKU_PORT": str(self.port),
            "ENTAKU_DEMO": "true",
            "ENTAKU_DEMO_CLOCK": str(self.folder / "clock.txt"),
            "ENTAKU_PHONE_URL": f"{self.simulator_url}/phone",
            "ENTAKU_WEATHER_FEED": "",  # nothing leaves the demo
        }

    def settings(self) -> Settings:
        """The same as Settings."""
        os.environ.update(self.environment())
        return load_settings()


def prepare(demo: Demo) -> None:
    """Make what is missing: keys, tables, cities, channels, accounts. Running it again changes nothing."""
    demo.folder.mkdir(parents=True, exist_ok=True)
    _once(demo.folder / "keys.txt", lambda: f"1:{new_key()}")
    channels = json.loads(_once(demo.folder / "channels.json", lambda: json.dumps(_new_channels(), ensure_ascii=False)))
    for channel in channels:
        channel["webhook"] = f"{demo.product_url}/line/{channel['id']}"
    _write(demo.folder / "channels.json", json.dumps(channels, ensure_ascii=False, indent=1))
    context = open_context(demo.settings())
    schema.upgrade(context.settings.database_url)
    for channel in channels:
        _prepare_city(context, channel)
    _write(demo.folder / "accounts.json", json.dumps(_accounts(demo, context), ensure_ascii=False, indent=1))
    demo_rounds.add(context)
    context.database.close()


def _new_channels() -> list[dict[str, Any]]:
    return [
        {
            "id": city,
            "name": name,
            "secret": secrets.token_hex(16),
            "token": secrets.token_urlsafe(48),
            "botUserId": "U" + secrets.token_hex(16),
            "quota": 200_000,  # so that trying out sends to thousands does not end at a month's limit
            "redelivery": True,
        }
        for city, name in CITIES.items()
    ]


def _prepare_city(context: Context, channel: dict[str, Any]) -> None:
    city = channel["id"]
    with context.database.write(durable=True) as session:
        if session.get(Municipality, city) is None:
            knowledge.load_pack(session, packs.load(PACKS / city), context.clock())
        keys = ChannelKeys(city, channel["botUserId"], channel["secret"].encode(), channel["token"])
        save_channel(session, context.sealer, keys)
        # Every announcement of a sample city says that it is not the real city's.
        row = session.get_one(Municipality, city)
        row.facts = {**row.facts, "sample": True}


def _accounts(demo: Demo, context: Context) -> list[dict[str, Any]]:
    path = demo.folder / "accounts.json"
    known = {row["email"]: row for row in json.loads(path.read_text(encoding="utf-8"))} if path.exists() else {}
    rows = [_account(context, known, None, Account("admin", "管理者(見本)"), "admin@entaku.example")]
    for city in CITIES:
        for number, account in enumerate(ACCOUNTS):
            name = f"{account.role.replace('_', '-')}{'2' if number == 1 else ''}"
            rows.append(_account(context, known, city, account, f"{name}@{city}.example"))
    return rows


def _account(context: Context, known: dict[str, Any], city: str | None, account: Account, email: str) -> dict[str, Any]:
    now = real_now()
    with context.database.write() as session:
        person = session.scalar(select(Staff).where(Staff.email == email))
        if person is not None and email in known:
            person.second_factor_due = NEVER
            row = known[email]
            assert isinstance(row, dict)
            return row
        home = DISTRICTS[city] if city and account.district else None
        district_ids = tuple(
            session.scalars(select(District.id).where(District.municipality_id == city, District.name == home))
        )
        totp = None
        if person is None:
            new = staff.NewStaff(
                email, account.name, PASSWORD, city, account.role, district_ids, None, account.department
            )
            person = staff.create(session, new, now)
            person.second_factor_due = NEVER
        if account.role == "admin":
            totp = staff.enable_totp(session, context.sealer, person, None, now)
    return {
        "email": email,
        "password": PASSWORD,
        "totp_secret": totp,
        "role": account.role,
        "municipality": city,
        "districts": [home] if home else [],
    }


def _once(path: Path, make: Any) -> str:
    if not path.exists():
        _write(path, make())
    return path.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.touch(mode=0o600)
    part.write_text(text, encoding="utf-8")
    part.replace(path)


class Supervisor:
    """Keeps the simulator and the product running until told to stop."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._stop = threading.Event()
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def run(self) -> None:
        """Start both, start again what dies, stop both on SIGTERM or Ctrl-C."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop.set())
        self._start("simulator")
        begin_by_day(self._demo)
        self._start("product")
        self._write_pids()
        threading.Thread(target=seed_neighbours, args=(self._demo,), daemon=True).start()
        while not self._stop.wait(RESTART_SECONDS):
            dead = [name for name, child in self._children.items() if child.poll() is not None]
            for name in dead:
                print(f"{name} ended ({self._children[name].returncode}); starting it again", flush=True)
                self._start(name)
            if dead:
                self._write_pids()
        self._stop_all()

    def _start(self, name: str) -> None:
        demo = self._demo
        entaku = [sys.executable, "-m", "bot"]
        if name == "product":
            command = [*entaku, "all"]
        else:
            command = [
                *entaku, "simulator", "--port", str(demo.sim_port), "--state", str(demo.folder / "line.db"),
                "--channels", str(demo.folder / "channels.json"), "--clock-file", str(demo.folder / "clock.txt"),
                "--public-url", PUBLIC_URL, "--product-url", demo.product_url,
            ]  # fmt: skip
        log = (demo.folder / f"{name}.log").open("ab")
        # A session of its own: Ctrl-C reaches the supervisor only, which then stops both in order.
        self._children[name] = subprocess.Popen(  # noqa: S603
            command, stdout=log, stderr=log, env={**os.environ, **demo.environment()}, start_new_session=True
        )
        log.close()

    def _write_pids(self) -> None:
        pids = {name: child.pid for name, child in self._children.items()}
        _write(self._demo.folder / "pids.json", json.dumps(pids))

    def _stop_all(self) -> None:
        for name in ("product", "simulator"):
            child = self._children[name]
            child.terminate()
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def wait_ready(demo: Demo, seconds: float = 60.0) -> bool:
    """Whether /healthz answers 200 within the time."""
    import requests

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if requests.get(f"{demo.product_url}/healthz", timeout=2).status_code == 200:
                return True
        except requests.RequestException:
            pass
        time.sleep(0.2)
    return False


def begin_by_day(demo: Demo, seconds: float = 15.0) -> None:
    """Started at night, the demo's clock goes on to nine in the morning: in the quiet hours hardly anything is sent."""
    import requests

    from bot.core import quiet_hours
    from bot.now import OffsetClock

    clock = OffsetClock(demo.folder / "clock.txt")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            requests.get(f"{demo.simulator_url}/_sim/clock", timeout=2).raise_for_status()
            break
        except requests.RequestException:
            time.sleep(0.1)
    now = clock()
    if quiet_hours.decent(now):
        return
    forward = (quiet_hours.earliest(now) - now).total_seconds() + 2 * 3600
    body = {"advance_s": forward}
    try:
        requests.post(f"{demo.simulator_url}/_sim/clock", json=body, timeout=5).raise_for_status()
    except requests.RequestException as error:
        print(f"The demo's clock stays at night: {type(error).__name__}", flush=True)


def seed_neighbours(demo: Demo) -> None:
    """Twelve neighbours in each city's sample district, registered through the chat as people do; once."""
    import requests

    if not wait_ready(demo):
        return
    for city, district in DISTRICTS.items():
        try:
            body = {"district": district, "count": NEIGHBOURS}
            requests.post(f"{demo.simulator_url}/_sim/{city}/neighbours", json=body, timeout=120).raise_for_status()
        except requests.RequestException as error:
            print(f"The neighbours of {district} could not be made: {type(error).__name__}", flush=True)


def parse_moment(text: str) -> datetime:
    """An ISO moment with a zone; without one it is read as Japanese time."""
    from bot.errors import BadInputError
    from bot.now import JST

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInputError(f"{text} is not a moment such as 2026-11-28T09:00+09:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)

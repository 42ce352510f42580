"""The grown column: web, work and clock as processes of their own on PostgreSQL, one of them killed on the way."""

import os
import signal
import subprocess
import sys
import time

import pytest
import requests

from bot.core.permissions import Actor, Grant
from bot.core.sealing import new_key
from bot.models import District
from bot.now import real_now
from bot.services import announcements, knowledge, staff
from bot.services.context import open_context
from bot.simulator.server import Simulator
from content import packs
from tests.conftest import make_settings
from tests.support.house import connect, words
from tests.support.places import PACKS, REPOSITORY, free_port


class Processes:
    def __init__(self, settings, folder):
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("ENTAKU_")}
        self.environment |= {f"ENTAKU_{name.upper()}": value for name, value in settings.items()}
        self.running = {}

    def start(self, name):
        log = (self.folder / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "bot", name], env=self.environment, stdout=log, stderr=log, cwd=REPOSITORY
        )
        log.close()

    def kill(self, name):
        self.running[name].send_signal(signal.SIGKILL)
        self.running[name].wait(10)

    def stop(self):
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(20)


@pytest.fixture
def apart(postgres_url, tmp_path):
    simulator, port = Simulator().start(), free_port()
    values = {
        "database_url": postgres_url, "keystore_url": f"sqlite:///{tmp_path / 'keys.db'}", "keys": f"1:{new_key()}",
        "public_url": "https://entaku.example/", "line_api": simulator.url, "port": str(port), "demo": "true",
    }  # fmt: skip
    context = open_context(
        make_settings(
            tmp_path, postgres_url, **{name: value for name, value in values.items() if name != "database_url"}
        )
    )
    with context.database.write() as session:
        knowledge.load_pack(session, packs.load(PACKS / "fuji"), real_now())
        knowledge.load_pack(session, packs.load(PACKS / "tomioka"), real_now())
    connect(context, simulator, port)
    processes = Processes(values, tmp_path)
    for name in ("serve", "worker", "clock"):
        processes.start(name)
    wait(lambda: healthy(port))
    yield context, simulator, processes
    processes.stop()
    context.database.close()
    simulator.stop()


def healthy(port):
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def wait(ready, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := ready():
            return value
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def control(simulator, path, body=None):
    answer = requests.request("GET" if body is None else "POST", f"{simulator.url}/_sim/{path}", json=body, timeout=90)
    answer.raise_for_status()
    return answer.json()


@pytest.mark.chaos
@pytest.mark.postgresql
def test_registered_answered_and_told_across_processes(apart):
    context, simulator, processes = apart
    residents = control(simulator, "fuji/users", {"count": 4, "district": "今泉"})["userIds"]
    one = residents[0]
    before = len(control(simulator, f"fuji/inbox/{one}"))
    control(simulator, f"fuji/users/{one}/say", {"text": "防災訓練いつ？"})
    said = wait(lambda: control(simulator, f"fuji/inbox/{one}")[before:])
    assert "防災訓練" in words(said[0]["messages"])

    processes.kill("worker")  # nobody works: what arrives now waits in the table
    control(simulator, f"fuji/users/{one}/say", {"text": "ありがとう"})
    told = tell(context)
    processes.start("worker")
    wait(lambda: len(control(simulator, f"fuji/inbox/{one}")) >= before + 3)
    copies = requests.get(f"{simulator.url}/_sim/fuji/inbox", params={"marker": told}, timeout=20).json()
    assert copies == dict.fromkeys(residents, 1)
    assert control(simulator, "violations") == []


def tell(context):
    """An announcement to 今泉, approved by a second person, due at once."""
    now = context.clock()
    with context.database.write() as session:
        district = session.query(District).filter_by(municipality_id="fuji", name="今泉").one()
        people = [
            staff.create(
                session,
                staff.NewStaff(f"p{n}@fuji.example", f"係{n}", "a long password", "fuji", "officer", (district.id,)),
                now,
            )
            for n in (1, 2)
        ]
        author, second = (
            Actor(person.id, person.name, (Grant("officer", "fuji", frozenset({district.id})),)) for person in people
        )
        draft = announcements.Draft("清掃のお知らせ", "しるしA1", "今泉地区", "home", (district.id,))
        row = announcements.draft(session, "fuji", author, draft, now)
        announcements.submit(session, row, author, now)
        announcements.approve(session, row, second, row.version, now, sealer=context.sealer)
    return "しるしA1"

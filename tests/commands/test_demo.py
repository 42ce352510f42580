"""`make demo` as a person uses it: real processes, killed and stopped."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import requests

from tests.support.places import REPOSITORY, free_port


class DemoRun:
    def __init__(self, folder):
        self.folder, self.port, self.sim_port = folder, free_port(), free_port()
        self.process = None

    def start(self):
        environment = {
            **os.environ,
            "PORT": str(self.port),
            "SIM_PORT": str(self.sim_port),
            "ENTAKU_DEMO_DIR": str(self.folder),
        }
        log = (self.folder.parent / "demo.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "up"], env=environment, stdout=log, stderr=log, cwd=REPOSITORY
        )
        log.close()
        self.wait(self.healthy)

    def healthy(self):
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def pids(self):
        return json.loads((self.folder / "pids.json").read_text())

    def control(self, path, body=None):
        answer = requests.request(
            "GET" if body is None else "POST", f"http://127.0.0.1:{self.sim_port}/_sim/{path}", json=body, timeout=60
        )
        answer.raise_for_status()
        return answer.json()

    def wait(self, ready, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := ready():
                return value
            time.sleep(0.1)
        raise AssertionError((self.folder.parent / "demo.log").read_text()[-2000:])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def demo(tmp_path):
    run = DemoRun(tmp_path / "demo")
    yield run
    if run.process and run.process.poll() is None:
        run.process.kill()
        for pid in run.pids().values():
            os.kill(pid, signal.SIGKILL)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.chaos
def test_the_demo_survives_kills_and_stops_cleanly(demo):
    demo.start()
    (resident,) = demo.control("fuji/users", {"count": 1, "district": "今泉"})["userIds"]
    before = demo.pids()
    for name in ("product", "simulator"):
        os.kill(before[name], signal.SIGKILL)
    after = demo.wait(
        lambda: (
            (pids := demo.pids())
            and pids["product"] != before["product"]
            and pids["simulator"] != before["simulator"]
            and demo.healthy()
            and pids
        )
    )
    kept = demo.wait(lambda: demo.control(f"fuji/inbox/{resident}"))
    demo.control(f"fuji/users/{resident}/say", {"text": "ありがとう"})
    demo.wait(lambda: len(demo.control(f"fuji/inbox/{resident}")) > len(kept))
    assert demo.stop() == 0
    assert not any(alive(pid) for pid in after.values())

    demo.start()
    assert len(demo.control(f"fuji/inbox/{resident}")) == len(kept) + 1
    assert demo.control("violations") == []
    page = requests.get(f"http://127.0.0.1:{demo.port}/", timeout=10).text
    assert all(f'href="{link}"' in page for link in ("/phone", "/console", "/m/fuji/", "/m/tomioka/"))
    phone = requests.get(f"http://127.0.0.1:{demo.port}/phone", timeout=10, allow_redirects=False)
    assert phone.headers["location"] == f"http://127.0.0.1:{demo.sim_port}/phone"
    accounts = json.loads((demo.folder / "accounts.json").read_text(encoding="utf-8"))
    assert {row["role"] for row in accounts} == {
        "officer",
        "chair",
        "neighbourhood",
        "district_staff",
        "department",
        "city",
        "viewer",
        "admin",
    }
    assert {"email", "password", "totp_secret", "role", "municipality", "districts"} == set(accounts[0])
    assert demo.stop() == 0

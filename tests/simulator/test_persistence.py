from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
import requests

from bot.simulator.server import Simulator
from tests.simulator.conftest import Bot, Line
from tests.support.places import free_port


def start(folder: Path, port: int, bot: Bot) -> subprocess.Popen[bytes]:
    channel = {
        "id": "fuji", "name": "富士(見本)", "secret": "s" * 32, "token": "token-fuji", "botUserId": "U" + "b" * 32,
        "webhook": bot.url, "quota": 5000, "redelivery": True,
    }  # fmt: skip
    (folder / "channels.json").write_text(json.dumps([channel]), encoding="utf-8")
    options = ["--port", str(port), "--state", str(folder / "line.db"), "--channels", str(folder / "channels.json")]
    command = [sys.executable, "-m", "bot", "simulator", *options, "--clock-file", str(folder / "clock.txt")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/_sim/clock", timeout=2)
        except requests.RequestException:
            assert process.poll() is None, "the simulator ended"
            time.sleep(0.05)
        else:
            return process
    raise AssertionError("the simulator did not start")


@pytest.mark.chaos
def test_everything_is_there_after_kill_9(tmp_path: Path, bot: Bot):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    auth = {"authorization": "Bearer token-fuji"}
    process = start(tmp_path, port, bot)
    try:
        user = requests.post(f"{url}/_sim/fuji/users", json={"name": "はな"}, timeout=5).json()["userId"]
        requests.post(f"{url}/_sim/fuji/users/{user}/follow", json={}, timeout=5)
        requests.post(f"{url}/_sim/clock", json={"advance_s": 55}, timeout=5)
        key, body = str(uuid.uuid4()), {"to": [user], "messages": [{"type": "text", "text": "消えない"}]}
        send = {"json": body, "headers": {**auth, "x-line-retry-key": key}, "timeout": 5}
        first = requests.post(f"{url}/v2/bot/message/multicast", **send)
        assert first.status_code == 200
        process.send_signal(signal.SIGKILL)
        process.wait()
        process = start(tmp_path, port, bot)

        again = requests.post(f"{url}/v2/bot/message/multicast", **send)
        assert again.status_code == 409
        assert again.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
        found = requests.get(f"{url}/_sim/fuji/inbox", params={"marker": "消えない"}, timeout=5).json()
        assert found == {user: 1}
        used = requests.get(f"{url}/v2/bot/message/quota/consumption", headers=auth, timeout=5).json()
        assert used == {"totalUsage": 1}
        assert 54 < float((tmp_path / "clock.txt").read_text()) < 56
        token = bot.token()
        reply = {"replyToken": token, "messages": body["messages"]}
        assert requests.post(f"{url}/v2/bot/message/reply", json=reply, headers=auth, timeout=5).status_code == 200
        assert requests.get(f"{url}/_sim/violations", timeout=5).json() == []
        assert [row["name"] for row in requests.get(f"{url}/_sim/fuji/users", timeout=5).json()] == ["はな"]
    finally:
        process.terminate()
        assert process.wait(15) == 0


def test_pending_redeliveries_menus_links_and_violations_survive_a_restart(tmp_path: Path, bot: Bot):
    state = tmp_path / "line.db"
    with Simulator(state=state) as simulator:
        simulator.add_channel("fuji", webhook=bot.url)
        line = Line(simulator)
        user = line.friend()
        line.push(user, "鍵なし", key=None)
        before = line.get("violations")
        assert before
        bot.status = 500
        line.control(f"fuji/users/{user}/say", {"text": "まだ聞いていない"})
        line.close()
    bot.status = 200
    with Simulator(state=state) as simulator:
        line = Line(simulator)
        assert line.get("violations") == before
        line.advance(11)
        deadline = time.monotonic() + 10
        while bot.events()[-1]["deliveryContext"] != {"isRedelivery": True} and time.monotonic() < deadline:
            time.sleep(0.02)
        assert bot.events()[-1]["message"]["text"] == "まだ聞いていない"
        line.control("reset", {})
        assert line.get("violations") == []
        assert line.get("fuji/users") == []
        line.close()
    with Simulator(state=state) as simulator:
        assert simulator.control("GET", "/_sim/fuji/users") == []
        assert [row["id"] for row in simulator.control("GET", "/_sim/channels")] == ["fuji"]


def test_the_clock_only_goes_forward_and_is_published(tmp_path: Path):
    with Simulator(clock_file=tmp_path / "sub" / "clock.txt") as simulator:
        assert (tmp_path / "sub" / "clock.txt").read_text() == "0.0"
        before = simulator.control("GET", "/_sim/clock")["now"]
        after = simulator.control("POST", "/_sim/clock", {"advance_s": 3600})["now"]
        assert after > before
        assert (tmp_path / "sub" / "clock.txt").read_text() == "3600.0"
        with pytest.raises(Exception, match="backwards"):
            simulator.control("POST", "/_sim/clock", {"advance_s": -1})

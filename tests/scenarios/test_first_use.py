"""First use from an empty installation to the test message, over real HTTP on both sides, without JavaScript."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests
from sqlalchemy import func, select

from bot.models import Channel, District, Municipality, OutboxMessage, RichMenu, SetupProgress, Staff
from bot.services import first_use
from bot.services.context import open_context
from bot.simulator.server import Simulator
from tests.conftest import make_settings
from tests.support.daytime import by_day
from tests.support.house import RunningHouse
from tests.support.places import free_port

SECRET, TOKEN = "0123456789abcdef" * 2, "a-long-token-as-line-makes-them-0123456789/+="
PASSWORD = "green-tea-and-rice"
CITY = {
    "name": "見本市", "id": "mihon", "code": "222101", "languages": ["ja", "easy-ja", "en"], "association": "自治会",
    "association_head": "自治会長", "group_head": "組長", "centre": "公民館", "council": "まちづくり協議会",
    "desk": "市民協働課", "phone": "", "url": "",
}  # fmt: skip
STEP = "/console/mihon/setup"


class Clerk:
    """A browser without JavaScript: fills in the form it sees."""

    def __init__(self, base: str) -> None:
        self.base, self.session, self.page = base, requests.Session(), ""

    def get(self, path: str) -> str:
        return self._seen(self.session.get(self.base + path, timeout=60))

    def post(self, path: str, files: Any = None, **fields: Any) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page)
        assert token is not None, self.page[:800]
        data = {"csrf_token": token[1], **fields}
        return self._seen(self.session.post(self.base + path, data=data, files=files, timeout=90))

    def _seen(self, answer: requests.Response) -> str:
        self.status, self.path = answer.status_code, answer.url.removeprefix(self.base)
        assert answer.status_code < 500, answer.text
        self.page = answer.text
        return html.unescape(self.page)


@dataclass
class Empty:
    """An installation with nothing in it, and LINE with one account."""

    house: RunningHouse
    clerk: Clerk

    @property
    def code(self) -> str:
        return first_use.setup_code(self.house.context.sealer)

    def rows(self, model: Any) -> int:
        with self.house.context.database.read() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def become_admin(self) -> None:
        self.clerk.get("/console/setup")
        self.clerk.post(
            "/console/setup",
            code=self.code,
            name="市民協働課 山田",
            email="yamada@city.example",
            new=PASSWORD,
            again=PASSWORD,
        )
        self.clerk.post("/console/sign-in", email="yamada@city.example", password=PASSWORD)
        page = self.clerk.get("/console/account/totp")
        secret = re.sub(r"\s", "", re.search(r"((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})", page)[1])  # type: ignore[index]
        pending = re.search(r'name="pending" value="([^"]+)"', self.clerk.page)[1]  # type: ignore[index]
        self.clerk.post("/console/account/totp", pending=html.unescape(pending), code=pyotp.TOTP(secret).now())

    def account(self, **changes: Any) -> None:
        channel = {"id": "mihon", "name": "見本市公式", "secret": SECRET, "token": TOKEN, "botUserId": "U" + "1" * 32}
        more = {"webhook": "", "quota": 200, "redelivery": True}
        answer = requests.put(f"{self.house.simulator.url}/_sim/mihon", json=channel | more | changes, timeout=10)
        assert answer.status_code < 300, answer.text


@pytest.fixture
def empty(template: Path, tmp_path: Path) -> Iterator[Empty]:
    clock_file, port, url = tmp_path / "clock.txt", free_port(), f"sqlite:///{tmp_path / 'house.db'}"
    (tmp_path / "house.db").write_bytes(template.read_bytes())
    simulator = Simulator(
        clock_file=clock_file, public_url="https://entaku.example/", product_url=f"http://127.0.0.1:{port}"
    )
    simulator.start()
    by_day(simulator)
    settings = make_settings(tmp_path, url, line_api=simulator.url, port=port, demo_clock=clock_file)
    running = RunningHouse(open_context(settings), simulator, port)
    running.start()
    yield Empty(running, Clerk(running.url))
    running.stop()
    simulator.stop()


def test_a_clerk_is_led_from_nothing_to_a_message_on_their_own_phone(empty: Empty) -> None:
    clerk, house = empty.clerk, empty.house
    clerk.get("/console/")
    assert clerk.path == "/console/setup"
    wrong = clerk.post(
        "/console/setup", code="AAAA-BBBB", name="だれか", email="a@b.example", new=PASSWORD, again=PASSWORD
    )
    assert "準備の番号が合いません" in wrong
    assert 'value="だれか"' in wrong
    assert empty.rows(Staff) == 0
    empty.become_admin()
    assert empty.rows(Staff) == 1
    stranger = Clerk(house.url)
    stranger.get("/console/setup")
    assert stranger.path.startswith("/console/sign-in")

    # The municipality: a code that is wrong by one digit loses nothing; the next page is the districts'.
    clerk.get("/console/")
    assert clerk.path == "/console/setup/municipality"
    refused = clerk.post("/console/setup/municipality", **CITY | {"code": "222102"})
    assert "222101" in refused
    assert 'value="見本市"' in refused
    clerk.post("/console/setup/municipality", **CITY)
    assert clerk.path == f"{STEP}/districts"

    # Districts: looked at first, refused rows named, kept when asked; half-way one leaves and comes back.
    table = "地区名,よみ\n今泉,いまいずみ\n吉原,よし原\n伝法,でんぼう\n".encode("cp932")
    looked = clerk.post(f"{STEP}/districts/look", files={"file": ("地区.csv", table, "text/csv")})
    assert "2行は保存できます" in looked
    assert "よみ:" in looked
    assert "よし原" in looked
    assert empty.rows(District) == 0
    clerk.post(f"{STEP}/districts/look", rows=table.decode("cp932"), act="save")
    assert empty.rows(District) == 2
    assert "今泉、伝法" in clerk.get(f"{STEP}/districts")
    assert "「LINEとつなぐ」に進む" in clerk.get(STEP)

    # LINE: a token it does not take, a secret that is another's, then all right.
    empty.account()
    clerk.get(f"{STEP}/line")
    assert "受け付けません" in clerk.post(f"{STEP}/line", secret=SECRET, token=TOKEN + "x")
    assert "32文字です(いま8文字)" in clerk.post(f"{STEP}/line", secret="abcdef01", token=TOKEN)
    assert empty.rows(Channel) == 0
    assert "合いことばが違います" in clerk.post(f"{STEP}/line", secret="f" * 32, token=TOKEN)
    connected = clerk.post(f"{STEP}/line", secret=SECRET, token=f" {TOKEN}\n")
    assert "LINEからためして、届きました" in connected
    assert "見本市公式" in connected
    assert TOKEN not in connected
    assert SECRET not in connected
    channel = house.simulator.world.state.channels["mihon"]
    assert channel.webhook == "https://entaku.example/line/mihon"
    assert "Webhookの再送" in connected
    house.control("mihon/webhook", {"down": True})
    assert "LINEから、このサーバーに届きません" in clerk.post(f"{STEP}/line/check")
    house.control("mihon/webhook", {"down": False})
    assert "LINEからためして、届きました" in clerk.post(f"{STEP}/line/check")
    clerk.post(f"{STEP}/line/said", redelivery="1", replies_off="1")

    # The menus: the clock makes them, LINE says that it shows ours.
    house.wait(lambda: empty.rows(RichMenu) == 8)
    assert "LINEは、このメニューを出しています" in clerk.get(f"{STEP}/menu")

    # The test: befriend, type the word, get one message.
    shown = clerk.get(f"{STEP}/test")
    assert "送る言葉を出す" in shown
    word = re.search(r"かいつう \d{3} \d{3}", clerk.post(f"{STEP}/test/word"))[0]  # type: ignore[index]
    user = house.user("mihon")
    told = house.say(user, word, "mihon")
    assert "つながりました" in str(told)
    before = len(house.inbox(user, "mihon"))
    clerk.get(f"{STEP}/test")
    assert "LINEが、試しの1通を受け取りました" in clerk.post(f"{STEP}/test/send")
    house.wait(lambda: len(house.inbox(user, "mihon")) > before)
    assert "試しの1通" in str(house.inbox(user, "mihon")[-1])
    assert "使えません" in str(house.say(user, word, "mihon"))  # once

    assert "できました" in clerk.get(f"{STEP}/done")
    clerk.post(f"{STEP}/done")
    with house.context.database.read() as session:
        assert session.get_one(SetupProgress, "mihon").finished_at is not None
        assert session.get_one(Municipality, "mihon").facts["words"]["association"] == "自治会"
        assert {row.state for row in session.scalars(select(OutboxMessage))} == {"settled"}
    assert house.violations() == []

    # A second municipality of the same installation begins at the municipality.
    clerk.get("/console/setup/municipality")
    clerk.post("/console/setup/municipality", **CITY | {"id": "tonari", "name": "となり町", "code": "102105"})
    assert clerk.path == "/console/tonari/setup/districts"
    clerk.get("/console/tonari/setup/line")
    assert "もう見本市で使っています" in clerk.post("/console/tonari/setup/line", secret=SECRET, token=TOKEN)
    clerk.get("/console/tonari/setup/districts")
    clerk.post("/console/tonari/setup/districts/pack")
    with house.context.database.read() as session:
        count = session.scalar(select(func.count()).select_from(District).where(District.municipality_id == "tonari"))
        assert (count, session.get_one(Municipality, "tonari").name) == (11, "となり町")

"""Connecting a municipality to LINE, and the doctor's look at the connection, against LINE in a box."""

import json

import pytest
import requests

from bot.core.sealing import Sealer
from bot.db import Database
from bot.models import Channel
from bot.services.channels import read_channel
from bot.simulator.server import Simulator
from tests.commands.test_run import entaku, settings

__all__ = ["settings"]
BOT = "U" + "c" * 32
SECRET, TOKEN = "channel-secret-text", "channel-access-token-text"


@pytest.fixture
def line(settings):
    simulator = Simulator().start()
    hook = f"{settings['ENTAKU_PUBLIC_URL']}line/fuji"
    channel = {
        "id": "fuji",
        "name": "富士",
        "secret": SECRET,
        "token": TOKEN,
        "botUserId": BOT,
        "webhook": hook,
        "quota": None,
        "redelivery": True,
    }
    requests.put(f"{simulator.url}/_sim/fuji", json=channel, timeout=10).raise_for_status()
    settings["ENTAKU_LINE_API"] = simulator.url
    yield settings
    simulator.stop()


def add(line, token=TOKEN):
    return entaku("channel", "add", "fuji", "--secret", SECRET, "--token", token, **line)


def test_a_channel_is_added_sealed_and_never_printed(line):
    assert entaku("pack", "load", "content/packs/fuji", **line).returncode == 0
    done = add(line)
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert "https://entaku.example/line/fuji" in done.stdout
    database = Database(line["ENTAKU_DATABASE_URL"])
    with database.read() as session:
        opened = read_channel(session, Sealer.parse(line["ENTAKU_KEYS"]), "fuji")
        row = session.get(Channel, "fuji")
    database.close()
    assert (opened.bot_user_id, opened.secret, opened.token) == (BOT, SECRET.encode(), TOKEN)
    assert SECRET.encode() not in row.secret
    assert TOKEN.encode() not in row.token


def test_a_token_that_line_refuses_is_said_at_once(line):
    entaku("pack", "load", "content/packs/fuji", **line)
    done = add(line, token="wrong")
    assert done.returncode == 1
    assert "access token" in done.stderr


def test_a_municipality_that_is_not_there_is_named(line):
    done = add(line)
    assert done.returncode == 1
    assert "pack load" in done.stderr


def test_the_doctor_is_content_with_a_whole_installation_and_names_a_token_that_was_revoked(line):
    entaku("pack", "load", "content/packs/fuji", **line)
    add(line)
    made = entaku("admin", "create", "--email", "a@city.example", "--name", "係", **line)
    assert made.returncode == 0, made.stderr
    found = json.loads(entaku("doctor", "--json", **line).stdout)
    assert found["ok"], [row for row in found["findings"] if not row["ok"]]
    requests.put(f"{line['ENTAKU_LINE_API']}/_sim/fuji", json={"token": "another"}, timeout=10).raise_for_status()
    done = entaku("doctor", "--json", **line)
    assert done.returncode == 1
    assert [row["what"] for row in json.loads(done.stdout)["findings"] if not row["ok"]] == ["fuji: access token"]

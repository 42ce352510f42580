from __future__ import annotations

import socket
import threading
import time

import pytest
import requests

from bot.simulator.server import ControlCallError, Simulator
from tests.simulator.conftest import Bot, Line


def test_the_chat_holds_both_sides_in_order(line: Line, bot: Bot):
    user = line.friend(name="はな")
    line.reply(bot.token(), "ようこそ")
    line.control(f"fuji/users/{user}/say", {"text": "こんにちは"})
    line.control(f"fuji/users/{user}/sticker", {"packageId": "446", "stickerId": "1988"})
    rows = line.get(f"fuji/chat/{user}?after=0")
    assert [(row["from"], row["via"]) for row in rows] == [
        ("user", "follow"),
        ("bot", "reply"),
        ("user", "text"),
        ("user", "sticker"),
    ]
    assert [m["type"] for row in rows for m in row["messages"]] == ["text", "text", "sticker"]
    assert line.get(f"fuji/chat/{user}?after={rows[1]['n']}") == rows[2:]
    assert isinstance(rows[0]["at"], int)


def test_the_marker_counts_requests_not_words(line: Line):
    users = line.friends(2)
    line.multicast(users, '目印目印 「"目印"」')
    line.multicast(users[:1], "ほかの")
    line.advance(1)
    assert line.copies("目印") == dict.fromkeys(users, 1)
    assert line.copies('「"目印"」') == dict.fromkeys(users, 1)
    assert line.copies("ない") == {}
    with pytest.raises(ControlCallError):
        line.get("fuji/inbox")


def test_waiting_for_events_ends_as_soon_as_something_arrives(line: Line):
    users = line.friends(2)
    last = line.get("fuji/events?after=0")["last"]
    found: list[dict] = []
    waiting = threading.Thread(target=lambda: found.append(line.get(f"fuji/events?after={last}")))
    waiting.start()
    time.sleep(0.05)
    assert waiting.is_alive()
    line.multicast(users[:1], "鳴る")
    waiting.join(5)
    assert found[0]["users"] == [users[0]]
    assert found[0]["last"] > last


def test_the_side_panel_sees_requests_and_webhooks(line: Line, bot: Bot):
    line.friend()
    line.reply(bot.token())
    rows = line.get("fuji/traffic?after=0")
    assert [(row["direction"], row["path"], row["status"]) for row in rows] == [
        ("webhook", bot.url, 200),
        ("api", "/v2/bot/message/reply", 200),
    ]
    assert line.get(f"fuji/traffic?after={rows[-1]['n']}") == []


def test_configuration_holds_no_secrets(line: Line):
    config = line.get("config")
    assert config["publicUrl"] == "https://entaku.example/"
    assert config["channels"] == [{"id": "fuji", "name": "富士(見本)"}]
    assert not {"secret", "token"} & set(line.get("channels")[0])


def test_starts_are_kept_for_measuring_the_rate(line: Line):
    users = line.friends(1)
    for number in range(3):
        line.multicast(users, str(number))
    starts = line.get("starts?operation=POST%20/v2/bot/message/multicast")["starts"]
    assert len(starts) == 3
    assert starts == sorted(starts)


def test_the_phone_page_is_served_and_nothing_beside_it(line: Line):
    url = line.simulator.url
    page = requests.get(f"{url}/phone", timeout=5)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert requests.get(f"{url}/", timeout=5, allow_redirects=False).headers["location"] == "/phone"
    script = requests.get(f"{url}/phone/static/flex.js", timeout=5)
    assert script.headers["content-type"].startswith("text/javascript")
    host, port = url.removeprefix("http://").split(":")
    for path in ("/phone/static/../server.py", "/phone/static/%2e%2e/server.py", "/phone/static//etc/passwd"):
        with socket.create_connection((host, int(port))) as raw:
            raw.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
            assert b" 404 " in raw.makefile("rb").readline()


def test_wrong_control_calls_are_told_what_is_wrong(line: Line):
    user = line.friend()
    for method, path, body, status in (
        ("POST", "fuji/users/U0/say", {"text": "a"}, 404),
        ("POST", f"fuji/users/{user}/dance", {}, 404),
        ("POST", f"fuji/users/{user}/say", {}, 400),
        ("PUT", "fuji", {"colour": "red"}, 400),
        ("GET", "nowhere", None, 404),
    ):
        with pytest.raises(ControlCallError) as refused:
            line.control(path, body, method)
        assert refused.value.status == status
        assert refused.value.body["message"]


def test_a_kept_alive_connection_survives_many_calls_and_garbage_ends_only_its_own():
    with Simulator() as simulator:
        host, port = simulator.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as raw:
            raw.sendall(b"nonsense\r\n\r\n")
            assert raw.makefile("rb").readline().startswith(b"HTTP/1.1 400")
        with requests.Session() as session:
            for _ in range(50):
                assert session.get(f"{simulator.url}/_sim/counters", timeout=5).status_code == 200
            assert len(session.adapters["http://"].poolmanager.pools) == 1  # type: ignore[attr-defined]


def test_bodies_are_readable_in_the_side_panel_and_long_ones_are_not_kept(line: Line, bot: Bot):
    line.friend()
    line.reply(bot.token(), "あ" * 4000)
    webhook, reply = line.get("fuji/traffic?after=0")
    assert webhook["request"]["events"][0]["type"] == "follow"
    assert reply["request"].endswith(" bytes")
    assert reply["response"]["sentMessages"]


def test_a_marker_need_not_be_percent_encoded(line: Line):
    users = line.friends(1)
    line.multicast(users, "素の目印")
    host, port = line.simulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall("GET /_sim/fuji/inbox?marker=素の目印 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        assert users[0].encode() in raw.makefile("rb").read()


def test_strange_texts_come_through_and_half_characters_are_refused(line: Line):
    user = line.friend()
    odd = "\x00\u202e右から🍎\u200d"
    line.control(f"fuji/users/{user}/say", {"text": odd})
    assert line.get(f"fuji/chat/{user}")[-1]["messages"][0]["text"] == odd
    with pytest.raises(ControlCallError):
        line.control(f"fuji/users/{user}/say", {"text": "\ud83c"})
    line.advance(120)
    answer = line.push(user, "\ud83c")
    assert (answer.status_code, line.inbox(user)) == (400, [])

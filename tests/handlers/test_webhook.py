"""LINE's side of the door, over real HTTP against the app (no engine: what is stored stays to be looked at)."""

import json
import threading

import pytest
import requests
from sqlalchemy import func, select

from bot.line.webhook import signature
from bot.models import Alert, InboxEvent, Municipality
from bot.services.channels import ChannelBook, ChannelKeys, save_channel
from bot.services.intake import Intake
from bot.web_server import WebServer
from handlers.webhook import Webhook
from tests.support.places import free_port

SECRET = b"8c570fa6dd201bb328f1c1eac23a96d8"
BOT = "U8e742f61d673b39c7fff3cecb7536ef0"


def nothing_here(_environ, start_response):
    start_response("404 Not Found", [("Content-Length", "0")])
    return [b""]


@pytest.fixture
def door(context):
    with context.database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
        session.flush()
        save_channel(session, context.sealer, ChannelKeys("fuji", BOT, SECRET, "token"))
    woken = []
    app = Webhook(
        nothing_here,
        context,
        ChannelBook(context.database, context.sealer),
        Intake(context.database, context.sealer),
        woken.extend,
    )
    port = free_port()
    server = WebServer(app, "127.0.0.1", port, threads=4)
    server.start()
    yield Door(context, f"http://127.0.0.1:{port}/line/fuji", woken)
    server.stop()


class Door:
    def __init__(self, context, url, woken):
        self.context, self.url, self.woken = context, url, woken

    def post(self, body, sign=True, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        if sign:
            headers["X-Line-Signature"] = signature(SECRET, raw)
        return requests.post(self.url, data=raw, headers=headers, timeout=10)

    def stored(self):
        with self.context.database.read() as session:
            return session.scalars(select(InboxEvent.event_key).order_by(InboxEvent.id)).all()


def delivery(*events, destination=BOT):
    return {"destination": destination, "events": list(events)}


def event(key, user="U" + "1" * 32, **more):
    return {
        "type": "message",
        "mode": "active",
        "timestamp": 1767225601000,
        "webhookEventId": key,
        "source": {"type": "user", "userId": user},
        "message": {"type": "text", "id": "1", "text": "こんにちは"},
        **more,
    }


def test_a_signed_event_is_stored_before_the_200(door):
    assert door.post(delivery(event("a"))).status_code == 200
    assert door.stored() == ["a"]
    assert len(door.woken) == 1


@pytest.mark.mutant
@pytest.mark.parametrize("signed", ["", "bm90IGl0", signature(b"other secret", b"x")])
def test_a_missing_or_wrong_signature_is_401_and_leaves_nothing(door, signed, capfd):
    headers = {"X-Line-Signature": signed} if signed else {}
    answer = door.post(delivery(event("a")), sign=False, **headers)
    assert answer.status_code == 401
    assert door.stored() == []
    assert "こんにちは" not in capfd.readouterr().err


def test_a_changed_byte_is_401(door):
    raw = json.dumps(delivery(event("a"))).encode()
    answer = door.post(raw.replace(b'"a"', b'"b"'), sign=False, **{"X-Line-Signature": signature(SECRET, raw)})
    assert answer.status_code == 401


def test_the_verification_request_is_200(door):
    assert door.post(delivery()).status_code == 200
    assert door.stored() == []


def test_another_bots_event_is_not_stored_but_told(door):
    assert door.post(delivery(event("a"), destination="U" + "9" * 32)).status_code == 200
    assert door.stored() == []
    with door.context.database.read() as session:
        assert session.scalar(select(Alert.kind)) == "wrong_destination"


@pytest.mark.mutant
def test_a_duplicate_has_one_effect(door):
    for _ in range(3):
        assert door.post(delivery(event("a"), event("b"))).status_code == 200
    assert door.stored() == ["a", "b"]


def test_one_bad_event_never_loses_the_others(door):
    assert (
        door.post(
            delivery(
                None, event("a"), {"type": []}, 7, event("b", mode="future"), event("c", source={"type": "satellite"})
            )
        ).status_code
        == 200
    )
    assert {"a", "b", "c"} <= set(door.stored())
    assert len(door.stored()) == 6


def test_over_one_megabyte_is_refused(door):
    body = delivery(event("a", extra="x" * 1_100_000))
    assert door.post(body).status_code == 413
    assert door.stored() == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b'{"events": 3}'])
def test_signed_garbage_is_400(door, raw):
    assert door.post(raw).status_code == 400


def test_only_post_and_only_known_channels(door):
    assert requests.get(door.url, timeout=10).status_code == 405
    assert requests.post(door.url.replace("fuji", "nowhere"), data=b"{}", timeout=10).status_code == 404
    assert requests.get(door.url.replace("/line/", "/other/"), timeout=10).status_code == 404


def test_what_cannot_be_stored_is_503_so_that_line_sends_it_again(door):
    holder = door.context.database
    with holder.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE inbox_event RENAME TO away")
    assert door.post(delivery(event("a"))).status_code == 503
    with holder.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE away RENAME TO inbox_event")
    assert door.post(delivery(event("a"))).status_code == 200
    assert door.stored() == ["a"]


def test_many_at_once(door):
    def send(n):
        for i in range(10):
            assert door.post(delivery(event(f"{n}-{i}"))).status_code == 200

    threads = [threading.Thread(target=send, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with door.context.database.read() as session:
        assert session.scalar(select(func.count(InboxEvent.id))) == 80

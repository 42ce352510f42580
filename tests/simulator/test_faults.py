from __future__ import annotations

import uuid

import pytest
import requests

from bot.simulator.server import ControlCallError
from tests.simulator.conftest import Line, text_message

MULTICAST = "/v2/bot/message/multicast"


def fault(line: Line, action: dict, **more) -> None:
    line.control("faults", {"match": {"method": "POST", "path": MULTICAST}, "action": action, **more})


def send(line: Line, text: str, timeout: float = 10) -> requests.Response:
    headers = {"authorization": "Bearer token-fuji", "x-line-retry-key": str(uuid.uuid4())}
    body = {"to": line.friends(1), "messages": [text_message(text)]}
    return requests.post(line.simulator.url + MULTICAST, json=body, headers=headers, timeout=timeout)


@pytest.mark.parametrize("kind", ["drop", "half_body"])
@pytest.mark.parametrize(("when", "arrives"), [("before", False), ("after", True)])
def test_broken_connections_before_and_after_the_commit(line: Line, kind: str, when: str, arrives: bool):
    fault(line, {"type": kind}, when=when, times=1)
    with pytest.raises(requests.RequestException):
        send(line, "途切れる").json()
    assert bool(line.copies("途切れる")) is arrives
    assert send(line, "つながる").status_code == 200


def test_a_delay_past_the_clients_patience_hides_the_outcome(line: Line):
    fault(line, {"type": "delay", "ms": 800}, when="after", times=1)
    with pytest.raises(requests.Timeout):
        send(line, "遅い", timeout=0.3)
    assert len(line.copies("遅い")) == 1


def test_a_status_of_ones_choice(line: Line):
    fault(line, {"type": "status", "status": 429, "message": "You have reached your monthly limit."}, times=2)
    for _ in range(2):
        assert send(line, "満杯").json() == {"message": "You have reached your monthly limit."}
    assert send(line, "空き").status_code == 200
    assert line.copies("満杯") == {}


@pytest.mark.parametrize(("kind", "content"), [("html", "text/html"), ("empty", "application/json")])
def test_answers_that_are_none(line: Line, kind: str, content: str):
    fault(line, {"type": kind}, times=1)
    answer = send(line, "変な答え")
    assert answer.headers["content-type"] == content
    assert len(line.copies("変な答え")) == 1


def test_the_nth_matching_request_and_no_other(line: Line):
    line.control(
        "faults", {"match": {"path": "/v2/bot/message/*", "nth": 2}, "action": {"type": "status", "status": 500}}
    )
    assert [send(line, str(n)).status_code for n in range(4)] == [200, 500, 200, 200]


def test_a_seed_makes_chance_repeatable(line: Line):
    def run() -> list[int]:
        line.control("faults", {"match": {"prob": 0.5, "seed": 7}, "action": {"type": "status", "status": 500}})
        found = [line.call("GET", "/v2/bot/info").status_code for _ in range(20)]
        line.control("faults", None, "DELETE")
        return found

    first = run()
    assert first == run()
    assert set(first) == {200, 500}


def test_deleted_faults_act_no_more_and_nonsense_is_refused(line: Line):
    fault(line, {"type": "status", "status": 500})
    assert send(line, "a").status_code == 500
    line.control("faults", None, "DELETE")
    assert send(line, "b").status_code == 200
    for body in ({}, {"action": {"type": "explode"}}, {"action": {"type": "drop"}, "when": "later"}):
        with pytest.raises(ControlCallError) as refused:
            line.control("faults", body)
        assert refused.value.status == 400
    assert line.get("faults") == []


def test_control_calls_are_never_faulted(line: Line):
    line.control("faults", {"match": {}, "action": {"type": "drop"}})
    assert line.get("counters")["delivered"] == 0

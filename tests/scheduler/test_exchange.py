"""All calls by one thread, against a LINE that says what the test wants: every work comes back, once."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from bot.core import practice
from bot.errors import NotFoundError, UnavailableError
from bot.line.client import Answer, LineClient, Outcome
from bot.line.wire import Wire
from bot.services.batches import Ticket
from bot.services.channels import ChannelKeys
from scheduler.callers import Callers, Tried, Work

OK = b"HTTP/1.1 200 OK\r\nX-Line-Request-Id: r1\r\nContent-Length: 2\r\n\r\n{}"
LONG = 20.0


class Line:
    """Answers every request; `gate` holds the answers back, `silent` ones never come, `last` hangs up after each."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.gate, self.silent, self.last = threading.Event(), False, False
        self.gate.set()
        self.calls: list[bytes] = []
        self.connections = self.running = self.most = 0
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        text = b""
        with connection, contextlib.suppress(OSError):  # the other side may hang up in the middle
            while piece := connection.recv(65536):
                text += piece
                if not text.endswith(b"}"):
                    continue
                with self._lock:
                    self.calls.append(text)
                    self.running += 1
                    self.most = max(self.most, self.running)
                text = b""
                if self.silent:
                    continue
                self.gate.wait(LONG)
                with self._lock:
                    self.running -= 1
                connection.sendall(OK)
                if self.last:
                    return

    def close(self) -> None:
        self.gate.set()
        self.listener.close()
        for connection in self._open:
            connection.close()


class Free:
    """No pace."""

    spare = 0.0

    def __init__(self, due: Callable[[], float] = lambda: 0.0) -> None:
        self.due = due

    def start(self) -> bool:
        return self.due() <= time.monotonic()


class Limiter:
    def __init__(self) -> None:
        self.starts: dict[str, Free] = {}

    def of(self, municipality: str) -> Free:
        return self.starts.setdefault(municipality, Free())


class Book:
    def get(self, municipality: str) -> ChannelKeys:
        if municipality == "unknown":
            raise NotFoundError("It has no channel.")
        room = practice.is_room(municipality)
        return ChannelKeys(municipality, "", b"", practice.token_of(municipality) if room else "token")


@pytest.fixture
def line() -> Iterator[Line]:
    server = Line()
    yield server
    server.close()


@pytest.fixture
def limiter() -> Limiter:
    return Limiter()


@pytest.fixture
def callers(line: Line, limiter: Limiter) -> Iterator[Callers]:
    made = Callers(Book(), LineClient(line.address), limiter, each=4, most=6)
    made.ready_for(1)
    yield made
    line.gate.set()
    made.stop()


def works(count: int, city: str = "fuji", first: int = 0) -> list[Work]:
    return [
        Work(Ticket(first + number, 1, city, f"key-{first + number}", 1, bytes(16)), b"[]", time.monotonic())
        for number in range(count)
    ]


def collected(callers: Callers, count: int) -> list[Tried]:
    found: list[Tried] = []
    while len(found) < count:
        found += callers.collect(count - len(found), 0.05)
    return found


def outcomes(found: list[Tried]) -> Counter[object]:
    return Counter(one.answer.outcome if one.answer else None for one in found)


def until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not ready():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


def test_every_call_is_made_once_over_a_few_kept_connections(line: Line, callers: Callers):
    callers.put(works(200))
    found = collected(callers, 200)
    assert outcomes(found) == {Outcome.ACCEPTED: 200}
    assert sorted(one.ticket.batch_id for one in found) == list(range(200))
    assert {one.answer.request_id for one in found if one.answer} == {"r1"}
    assert len(line.calls) == len(set(line.calls)) == 200
    assert line.connections <= 4


def test_never_more_at_once_than_it_is_ready_for(line: Line, callers: Callers):
    line.gate.clear()
    callers.put(works(20))
    until(lambda: line.running == 4)
    callers.ready_for(2)
    until(lambda: line.running == 6)
    line.gate.set()
    assert outcomes(collected(callers, 20)) == {Outcome.ACCEPTED: 20}
    assert line.most == 6


def test_a_channel_that_is_held_or_has_much_to_send_does_not_keep_others_waiting(
    line: Line, limiter: Limiter, callers: Callers
):
    limiter.starts["held"] = Free(lambda: time.monotonic() + 60)
    limiter.starts["large"] = Free(lambda: time.monotonic() - 0.001)  # due again as soon as it has started
    limiter.starts["small"] = Free(lambda: time.monotonic() - 0.5)
    line.gate.clear()
    callers.put(works(10, "held") + works(100, "large", 100) + works(3, "small", 5000))
    until(lambda: line.running == 4)
    assert sum(b"key-500" in call for call in line.calls) == 3, "who has been due the longest goes first"
    line.gate.set()
    assert outcomes(collected(callers, 103)) == {Outcome.ACCEPTED: 103}
    callers.turn_back("held")
    assert outcomes(collected(callers, 10)) == {None: 10}


def test_turned_back_comes_what_waits_but_not_what_is_under_way_nor_what_is_claimed_later(line: Line, callers: Callers):
    line.gate.clear()
    callers.put(works(10) + works(2, "tomioka", 100))
    until(lambda: line.running == 4)
    callers.turn_back("fuji")
    back = collected(callers, 6)
    assert outcomes(back) == {None: 6}
    line.gate.set()
    assert outcomes(collected(callers, 6)) == {Outcome.ACCEPTED: 6}
    callers.put(works(1, first=200))
    assert outcomes(collected(callers, 1)) == {Outcome.ACCEPTED: 1}


def test_let_go_the_calls_under_way_are_waited_for_and_no_other_is_made(line: Line, callers: Callers):
    line.gate.clear()
    callers.put(works(10))
    until(lambda: line.running == 4)
    callers.let_go()
    assert outcomes(collected(callers, 6)) == {None: 6}
    stopping = threading.Thread(target=callers.stop)
    stopping.start()
    line.gate.set()
    assert outcomes(collected(callers, 4)) == {Outcome.ACCEPTED: 4}
    stopping.join(LONG)
    assert not stopping.is_alive()
    assert len(line.calls) == 4


def test_no_answer_in_time_is_unknown_and_the_next_call_has_another_connection(
    line: Line, callers: Callers, monkeypatch
):
    monkeypatch.setattr("bot.line.client.READ_SECONDS", 0.2)
    line.silent = True
    callers.put(works(3))
    found = collected(callers, 3)
    assert [(one.answer.outcome, one.answer.text) for one in found if one.answer] == [
        (Outcome.UNKNOWN, "TimeoutError")
    ] * 3
    line.silent = False
    callers.put(works(1))
    assert outcomes(collected(callers, 1)) == {Outcome.ACCEPTED: 1}
    assert (line.connections, len(line.calls)) == (4, 4)


def test_a_connection_that_line_closed_is_noticed_before_the_next_call(line: Line, callers: Callers):
    line.last = True
    for number in range(3):
        callers.put(works(1))
        assert outcomes(collected(callers, 1)) == {Outcome.ACCEPTED: 1}
        until(lambda: not callers._exchange._idle)
        assert line.connections == number + 1


def test_nobody_there_is_unknown(limiter: Limiter):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    callers = Callers(Book(), LineClient(address), limiter, 4, 4)
    callers.ready_for(1)
    callers.put(works(10))
    found = collected(callers, 10)
    assert {one.answer and one.answer.text for one in found} == {"ConnectionRefusedError"}
    callers.stop()


def test_a_connection_that_does_not_open_in_time_is_unknown_and_is_not_used_afterwards(
    line: Line, callers: Callers, monkeypatch
):
    monkeypatch.setattr("scheduler.exchange.CONNECT_SECONDS", 0.05)
    late, wires, open_ = threading.Event(), [], Wire.open

    def slow(wire: Wire) -> None:
        wires.append(wire)
        late.wait(LONG)
        open_(wire)

    monkeypatch.setattr(Wire, "open", slow)
    callers.put(works(2))
    assert outcomes(collected(callers, 2)) == {Outcome.UNKNOWN: 2}
    late.set()
    until(lambda: all(wire.over for wire in wires))
    assert line.calls == []


def test_a_claim_that_has_grown_old_while_it_waited_is_not_called(line: Line, callers: Callers, monkeypatch):
    line.gate.clear()
    callers.put(works(6))
    until(lambda: line.running == 4)
    monkeypatch.setattr("scheduler.callers.USABLE", 0.0)
    line.gate.set()
    assert outcomes(collected(callers, 6)) == {Outcome.ACCEPTED: 4, None: 2}


def test_when_nobody_knows_the_pace_all_of_the_channel_comes_back_uncalled(
    line: Line, limiter: Limiter, callers: Callers
):
    def away() -> float:
        raise UnavailableError("Redis does not answer.")

    limiter.starts["fuji"] = Free(away)
    callers.put(works(5) + works(2, "tomioka", 100))
    assert outcomes(collected(callers, 7)) == {None: 5, Outcome.ACCEPTED: 2}


def test_a_defect_makes_unknown_what_it_met_and_nothing_waits_for_ever(line: Line, limiter: Limiter, callers: Callers):
    broken = Work(works(1)[0].ticket, None, time.monotonic())  # type: ignore[arg-type]
    callers.put([broken, *works(2, first=1)])
    assert outcomes(collected(callers, 3)) == {Outcome.UNKNOWN: 1, Outcome.ACCEPTED: 2}
    line.gate.clear()
    callers.put(works(6))
    until(lambda: line.running == 4)

    def defect() -> float:
        raise ZeroDivisionError

    limiter.starts["fuji"] = Free(defect)
    line.gate.set()
    assert set(outcomes(collected(callers, 6))) <= {Outcome.UNKNOWN, Outcome.ACCEPTED, None}
    del limiter.starts["fuji"]
    callers.put(works(2))
    assert outcomes(collected(callers, 2)) == {Outcome.ACCEPTED: 2}


def test_without_a_channel_it_comes_back_uncalled(line: Line, callers: Callers):
    callers.put(works(2, "unknown") + works(1, first=2))
    assert outcomes(collected(callers, 3)) == {None: 2, Outcome.ACCEPTED: 1}


def test_a_room_for_practice_asks_nobody(line: Line, callers: Callers):
    room = Work(works(1, "fuji" + practice.SUFFIX)[0].ticket, b"[]", time.monotonic())
    callers.put([room])
    (found,) = collected(callers, 1)
    assert isinstance(found.answer, Answer)
    assert (found.answer.outcome, line.calls) == (Outcome.REFUSED, []), "this client has no telephones"

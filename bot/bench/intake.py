"""`entaku bench intake`: webhook intake, ours as shipped against line-bot-sdk's own Flask echo, in turn.

Same body (535 bytes), same 16 connections, every request with its own event id and signature, prepared
beforehand; server on one core, load on the other. Ours stores, deduplicates and commits; the peer stores
nothing. Source of the method: performance.md 1.
"""

from __future__ import annotations

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.bench import load
from bot.core.sealing import Sealer, new_key
from bot.db import Database
from bot.line.webhook import signature
from bot.models import Municipality
from bot.services import schema
from bot.services.channels import ChannelKeys, save_channel

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
BOT = "U" + "0" * 31 + "1"
CITY = "bench"
BODY_BYTES = 535
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """One measured load: requests per second, CPU microseconds per request, 50th and 99th percentile in ms."""

    rate: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


@click.command()
@click.option("--requests", default=6000, show_default=True, help="Requests per run.")
@click.option("--rounds", default=5, show_default=True, help="Runs of each side, in turn; the median counts.")
@click.option(
    "--postgresql", "postgresql_url", default=os.environ.get("ENTAKU_BENCH_POSTGRESQL"), help="An empty database's URL."
)
@click.option("--json", "as_json", is_flag=True)
def command(requests: int, rounds: int, postgresql_url: str | None, as_json: bool) -> None:
    """Webhook intake against line-bot-sdk's Flask echo: ratios of rate, CPU and p99."""
    result: dict[str, Any] = {"sqlite": None, "postgresql": None}
    with tempfile.TemporaryDirectory() as folder:
        result["sqlite"] = _compare(f"sqlite:///{folder}/intake.db", Path(folder), requests, rounds)
        if postgresql_url:
            result["postgresql"] = _compare(postgresql_url, Path(folder), requests, rounds)
    if as_json:
        click.echo(json.dumps(result))
        return
    for name, found in result.items():
        click.echo(f"{name}: {found or 'not measured (--postgresql URL)'}")


def _compare(url: str, folder: Path, requests: int, rounds: int) -> dict[str, Any]:
    keys = f"1:{new_key()}"
    schema.upgrade(url)
    _connect(url, keys)
    environment = {
        "ENTAKU_DATABASE_URL": url,
        "ENTAKU_KEYSTORE_URL": f"sqlite:///{folder}/keys.db",
        "ENTAKU_KEYS": keys,
        "ENTAKU_PUBLIC_URL": "https://entaku.example/",
        "PEER_SECRET": SECRET,
    }
    ours: list[Run] = []
    peer: list[Run] = []
    for _ in range(rounds):
        peer.append(_measure(_peer_command, "/callback", requests, environment))
        ours.append(_measure(_our_command, f"/line/{CITY}", requests, environment))
    return {
        "rps_ratio": round(_median(ours, "rate") / _median(peer, "rate"), 3),
        "cpu_ratio": round(_median(ours, "cpu_us") / _median(peer, "cpu_us"), 3),
        "p99_ratio": round(_median(ours, "p99_ms") / _median(peer, "p99_ms"), 3),
        "ours": {name: round(_median(ours, name), 1) for name in ("rate", "cpu_us", "p50_ms", "p99_ms")},
        "peer": {name: round(_median(peer, name), 1) for name in ("rate", "cpu_us", "p50_ms", "p99_ms")},
        "rounds": rounds,
        "requests": requests,
    }


def _connect(url: str, keys: str) -> None:
    database = Database(url)
    with database.write() as session:
        session.merge(Municipality(id=CITY, name="bench", code="000000"))
    with database.write() as session:
        save_channel(session, Sealer.parse(keys), ChannelKeys(CITY, BOT, SECRET.encode(), "unused"))
    database.close()


def _our_command(port: int) -> list[str]:
    os.environ["ENTAKU_PORT"] = str(port)
    return [sys.executable, "-m", "bot.bench.intake_server"]


def _peer_command(port: int) -> list[str]:
    gunicorn = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "8"]
    return [*gunicorn, "--bind", f"127.0.0.1:{port}", "--log-level", "error", "bot.bench.intake_peer:app"]


def _measure(command_for: Any, path: str, requests: int, environment: dict[str, str]) -> Run:
    port = random.randrange(20000, 32000)
    with _server(command_for(port), port, environment) as pid:
        load.run(port, prepare(path, 500))  # warm
        before = _cpu(pid)
        measured = load.run(port, prepare(path, requests))
        used = _cpu(pid) - before
    if set(measured.statuses) != {200}:
        raise click.ClickException(f"{path} answered {measured.statuses}")
    return Run(measured.rate, used / requests * 1e6, measured.percentile(0.5), measured.percentile(0.99))


@contextmanager
def _server(arguments: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(arguments, env={**os.environ, **environment}, preexec_fn=lambda: _pin(0))  # noqa: PLW1509  no threads here yet
    _pin(1)
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def _pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0) | {0, 1})
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def _cpu(pid: int) -> float:
    """CPU seconds of a process and its children (gunicorn's worker is one)."""
    children = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    total = 0.0
    for number in [pid, *children]:
        fields = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def prepare(path: str, count: int) -> list[bytes]:
    """Signed webhook requests, each with an event id of its own."""
    return [_request(path, number) for number in range(count)]


def _request(path: str, number: int) -> bytes:
    stamp = int(datetime.now(UTC).timestamp() * 1000)
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": stamp,
        "source": {"type": "user", "userId": f"U{number % 977:032x}"},
        "webhookEventId": f"01{random.getrandbits(120):024X}"[:26],
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"{random.getrandbits(128):032x}",
        "message": {"type": "text", "id": f"{random.getrandbits(56):018d}", "quoteToken": "q" * 40, "text": ""},
    }
    body = _fill({"destination": BOT, "events": [event]}, event["message"])
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"User-Agent: LineBotWebhook/2.0\r\nx-line-signature: {signature(SECRET.encode(), body)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _fill(envelope: dict[str, Any], message: Any) -> bytes:
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    message["text"] = "a" * max(0, BODY_BYTES - len(body))
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def _median(runs: list[Run], name: str) -> float:
    return float(statistics.median(getattr(run, name) for run in runs))

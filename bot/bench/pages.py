"""`entaku bench pages`: 20 staff and 80 public requests a second against the demonstration as `make demo` starts it.

The house runs in processes of its own (waitress, SQLite, the clock, a simulated LINE) on its demo data. Staff sign in
by the page; what is asked for is found by following links from where people begin. First such requests one after the
other on an idle house, then at the rate asked for: each has its moment, and its time counts from that moment, so that
a request which had to wait for its turn is slow. A share of the public requests are questions in words.
"""

from __future__ import annotations

import html
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import click
import requests

from bot.bench.product import cpu_of, free_port, outside
from bot.errors import UnavailableError

STAFF, PUBLIC = 20, 80  # requests a second
SECONDS: Final = 60
IDLE: Final = 300  # requests, one after the other
QUESTIONS: Final = 0.05  # of the public ones
STAFF_PAGES, PUBLIC_PAGES = 40, 60  # different ones
THREADS: Final = 32
START_SECONDS: Final = 120.0
SEED: Final = 20261122
ASKED: Final = (
    "防災訓練はいつ",
    "ごみの日",
    "町内会に入りたい",
    "When is the disaster drill?",
    "今泉の行事",
    "部屋を借りたい",
)
TOLD: Final = ("公園の清掃をします", "防災訓練のお知らせ", "こども食堂をひらきます", "回覧をごらんください")
CITIES: Final = ("fuji", "tomioka")
_LINK: Final = re.compile(r'<a\b[^>]*?href="([^"]+)"')
_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')
_FILES: Final = re.compile(r"\.(?:ics|csv|xlsx|rss|xml|jsonld|pdf|jpg|zip|json)\b|/sign-out|/practi[cs]e")


@dataclass(frozen=True)
class Wish:
    """One page somebody asks for: its address, whose it is, the cookie of a signed-in person."""

    path: str
    staff: bool
    cookie: str = ""


@dataclass
class Taken:
    """What a run of requests took: (wish, milliseconds) of those that were answered, and those that were not."""

    times: list[tuple[Wish, float]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def p95(self, *, staff: bool | None = None) -> float:
        """The time that 95 of 100 did not exceed."""
        times = sorted(ms for wish, ms in self.times if staff is None or wish.staff == staff)
        return times[min(len(times) - 1, int(0.95 * len(times)))] if times else 0.0


@click.command()
@click.option("--seconds", default=SECONDS, show_default=True, help="How long the load lasts.")
@click.option("--staff", default=STAFF, show_default=True, help="Requests of staff a second.")
@click.option("--public", "everybody", default=PUBLIC, show_default=True, help="Requests of everybody else a second.")
@click.option("--detail", is_flag=True, help="The slowest pages and what failed, on standard error.")
@click.option("--json", "as_json", is_flag=True)
def command(*, seconds: int, staff: int, everybody: int, detail: bool, as_json: bool) -> None:
    """Ask for pages of the console and of the public site at once, as many as on a busy day."""
    with demonstration() as (base, folder):
        wishes = _wishes(base, folder)
        pid = json.loads((folder / "pids.json").read_text(encoding="utf-8"))["product"]
        chance = random.Random(SEED)
        _one_by_one(base, wishes)  # every page once: what is built at the first visit is built
        idle = _one_by_one(base, _mix(chance, wishes, IDLE, staff / (staff + everybody)))
        used = cpu_of(pid)
        loaded = _at_a_rate(
            base, _mix(chance, wishes, (staff + everybody) * seconds, staff / (staff + everybody)), seconds
        )
        used = cpu_of(pid) - used
    found = {
        "errors": len(loaded.errors) + len(idle.errors),
        "idle_p95_ms": round(idle.p95(), 1),
        "p95_ms": round(loaded.p95(), 1),
        "p95_ratio": round(loaded.p95() / idle.p95(), 2),
        "requests": len(loaded.times) + len(loaded.errors),
        "rate": round(len(loaded.times) / loaded.seconds, 1),
    }
    if detail:
        _tell(idle, loaded, used)
    if as_json:
        click.echo(json.dumps(found))
    else:
        click.echo("\n".join(f"{name:12} {value}" for name, value in found.items()))


def _tell(idle: Taken, loaded: Taken, used: float) -> None:
    """More than the figures, for who looks for what is slow."""
    for name, run in (("idle", idle), ("load", loaded)):
        staff, everybody = run.p95(staff=True), run.p95(staff=False)
        click.echo(f"{name}: p95 staff {staff:.1f} ms, public {everybody:.1f} ms", err=True)
    click.echo(f"CPU of the product: {1000 * used / max(1, len(loaded.times)):.2f} ms a request", err=True)
    alone: dict[str, list[float]] = {}
    for wish, ms in idle.times:
        alone.setdefault(wish.path, []).append(ms)
    for path, times in sorted(alone.items(), key=lambda one: -sum(one[1]) / len(one[1]))[:15]:
        click.echo(f"  {sum(times) / len(times):7.1f} ms  {path}", err=True)
    for path, why in (idle.errors + loaded.errors)[:10]:
        click.echo(f"  failed: {path}: {why}", err=True)


def _until_done(call: list[str], environment: dict[str, str]) -> None:
    """The demo's neighbours befriend the bot in the first seconds; before that an announcement reaches nobody."""
    end = time.monotonic() + START_SECONDS
    while subprocess.run(call, env=environment, check=False, capture_output=True).returncode:
        if time.monotonic() > end:
            raise UnavailableError("The demonstration takes no announcement.")
        time.sleep(0.5)


@contextmanager
def demonstration() -> Iterator[tuple[str, Path]]:
    """The demo as shipped in a folder of its own, with a few announcements: its address, and the folder."""
    with tempfile.TemporaryDirectory(prefix="entaku-bench-") as name:
        folder, port = Path(name), free_port()
        environment = outside() | {"ENTAKU_DEMO_DIR": name, "PORT": str(port), "SIM_PORT": str(free_port())}
        entaku = [sys.executable, "-m", "bot"]
        with (folder / "supervisor.log").open("wb") as log:
            supervisor = subprocess.Popen([*entaku, "demo", "up"], env=environment, stdout=log, stderr=log)
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(base, folder)
            for text in TOLD:
                call = [*entaku, "demo", "announce", "--municipality", "fuji", "--district", "今泉", "--text", text]
                _until_done(call, environment)
            yield base, folder
        finally:
            supervisor.send_signal(signal.SIGTERM)
            try:
                supervisor.wait(30)
            except subprocess.TimeoutExpired:
                supervisor.kill()


def _wait(base: str, folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if requests.get(f"{base}/healthz", timeout=2).ok and (folder / "pids.json").is_file():
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    words = (folder / "supervisor.log").read_text(encoding="utf-8", errors="replace")[-2000:]
    raise UnavailableError(f"the demo did not start within {START_SECONDS:.0f} s. Its last words:\n{words}")


# --- what is asked for -----------------------------------------------------------------------------------------------


def _wishes(base: str, folder: Path) -> list[Wish]:
    """The pages of every person who can sign in, and the public ones."""
    accounts = json.loads((folder / "accounts.json").read_text(encoding="utf-8"))
    found: list[Wish] = []
    signed_in = [cookie for account in accounts if (cookie := _sign_in(base, account))]
    if not signed_in:
        raise UnavailableError("no account of the demo could sign in")
    each = max(3, STAFF_PAGES // len(signed_in))
    for cookie in signed_in:
        found += [Wish(path, True, cookie) for path in _reachable(base, "/console", each, cookie)]
    for city in CITIES:
        found += [Wish(path, False) for path in _reachable(base, f"/m/{city}/", PUBLIC_PAGES // len(CITIES))]
    return found


def _sign_in(base: str, account: dict[str, Any]) -> str:
    """The cookie of somebody signed in by the page; empty when that was not possible."""
    import pyotp

    visit = requests.Session()
    page = visit.get(f"{base}/console/sign-in", timeout=30)
    asked = {"csrf_token": _token(page.text), "email": account["email"], "password": account["password"]}
    page = visit.post(page.url, data=asked, timeout=30)
    if account.get("totp_secret") and 'name="code"' in page.text:
        code = pyotp.TOTP(account["totp_secret"]).now()
        page = visit.post(
            f"{base}/console/sign-in/code", data={"csrf_token": _token(page.text), "code": code}, timeout=30
        )
    inside = page.ok and 'name="password"' not in page.text and 'name="code"' not in page.text
    return "; ".join(f"{one.name}={one.value}" for one in visit.cookies) if inside else ""


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    return html.unescape(found[1]) if found else ""


def _reachable(base: str, start: str, most: int, cookie: str = "") -> list[str]:
    """The first pages that links lead to from there, below the same folder; only those that answer 200."""
    waiting, seen = [start], {start}
    found: list[str] = []
    visit = requests.Session()  # which, unlike a header, keeps its cookie across a redirect
    visit.cookies.update(dict([cookie.split("=", 1)] if cookie else []))
    below = "/console/" if cookie else start
    while waiting and len(found) < most:
        path = waiting.pop(0)
        answer = visit.get(base + path, timeout=60)
        if answer.status_code != requests.codes.ok or "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        found.append(answer.url.removeprefix(base))
        for link in _LINK.findall(answer.text):
            inside = html.unescape(link).split("#")[0]
            if inside.startswith(below) and inside not in seen and not _FILES.search(inside):
                seen.add(inside)
                waiting.append(inside)
    return list(dict.fromkeys(found))


def _mix(chance: random.Random, wishes: Sequence[Wish], count: int, staff: float) -> list[Wish]:
    """So many requests in a random order: `staff` of them staff's, some of the others questions."""
    theirs, ours = [one for one in wishes if one.staff], [one for one in wishes if not one.staff]
    found: list[Wish] = []
    for _ in range(count):
        if chance.random() < staff:
            found.append(chance.choice(theirs))
        elif chance.random() < QUESTIONS:
            found.append(Wish(f"/m/{chance.choice(CITIES)}/ask?{urlencode({'q': chance.choice(ASKED)})}", False))
        else:
            found.append(chance.choice(ours))
    return found


# --- asking ----------------------------------------------------------------------------------------------------------


class _Asker:
    """One connection that is kept open."""

    def __init__(self, base: str) -> None:
        self._host = base.removeprefix("http://")
        self._connection = HTTPConnection(self._host, timeout=60)

    def ask(self, wish: Wish) -> str:
        """Empty when the page came; else what went wrong."""
        headers = {"Cookie": wish.cookie} if wish.cookie else {}
        try:
            self._connection.request("GET", quote(wish.path, safe="/?&=%"), headers=headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            self._connection = HTTPConnection(self._host, timeout=60)
            return repr(error)
        if answer.status == requests.codes.ok or wish.path.endswith("/console"):
            return ""
        return str(answer.status)

    def close(self) -> None:
        self._connection.close()


def _one_by_one(base: str, wishes: Sequence[Wish]) -> Taken:
    """Each after the one before it was answered."""
    taken, asker, started = Taken(), _Asker(base), time.perf_counter()
    for wish in wishes:
        begun = time.perf_counter()
        _note(taken, wish, begun, asker.ask(wish))
    asker.close()
    taken.seconds = time.perf_counter() - started
    return taken


def _at_a_rate(base: str, wishes: Sequence[Wish], seconds: int) -> Taken:
    """Each at its moment, evenly over the time, however long the others take; times count from that moment."""
    taken, lock, at = Taken(), threading.Lock(), iter(enumerate(wishes))
    started, apart = time.perf_counter() + 0.2, seconds / len(wishes)

    def work() -> None:
        asker = _Asker(base)
        while True:
            with lock:
                number, wish = next(at, (-1, None))
            if wish is None:
                break
            due = started + number * apart
            time.sleep(max(0.0, due - time.perf_counter()))
            wrong = asker.ask(wish)
            with lock:
                _note(taken, wish, due, wrong)
        asker.close()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.seconds = time.perf_counter() - started
    return taken


def _note(taken: Taken, wish: Wish, begun: float, wrong: str) -> None:
    if wrong:
        taken.errors.append((wish.path, wrong))
    else:
        taken.times.append((wish, (time.perf_counter() - begun) * 1000))

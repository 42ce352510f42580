"""The product as shipped, for benchmarks: `entaku all`, or serve, worker and clock with Celery on a Redis."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from bot.broker import Broker
from bot.errors import UnavailableError

ALONE, APART = ("all",), ("serve", "worker", "clock")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
REDIS_SECONDS = 30.0


class Product:
    """Its processes by command; all write to one log."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment, self._log = environment, log
        self.commands = APART if environment.get("ENTAKU_ENGINE") == "celery" else ALONE
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start what does not run, as a supervisor would."""
        for command in self.commands:
            process = self._running.get(command)
            if process is None or process.poll() is not None:
                with self._log.open("ab") as log:
                    self._running[command] = subprocess.Popen(
                        [sys.executable, "-m", "bot", command],
                        env=outside() | self._environment,
                        stdout=log,
                        stderr=log,
                    )

    def kill(self) -> None:
        """kill -9 of all of it, worker's children first."""
        for pid in self._children():
            _kill(pid)
        for process in self._running.values():
            process.kill()
            process.wait()
        self._running = {}

    def kill_one(self, chance: random.Random) -> str:
        """kill -9 of one process, as a crash would: which. A worker's child is Celery's to replace."""
        name = chance.choice([*self.commands, "child"] if self.commands is APART else self.commands)
        children = self._children()
        if name == "child" and children:
            _kill(chance.choice(children))
            return name
        process = self._running.pop("worker" if name == "child" else name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return name

    def cpu(self) -> float:
        """CPU seconds it has used."""
        return sum(cpu_of(pid) for pid in self._pids())

    def rss_mb(self) -> float:
        """Memory it holds now; what processes share is counted in each."""
        return sum(_rss(pid) for pid in self._pids())

    def cpu_by_command(self) -> dict[str, float]:
        """CPU seconds by command; a worker's children are the worker's."""
        return {name: sum(map(cpu_of, pids)) for name, pids in self._by_command().items()}

    def rss_by_command(self) -> dict[str, float]:
        """Memory in MB by command, each page that processes share counted once by its share (PSS)."""
        return {name: sum(map(_pss, pids)) for name, pids in self._by_command().items()}

    def _by_command(self) -> dict[str, list[int]]:
        found = {name: [process.pid] for name, process in self._running.items()}
        if "worker" in found:
            found["worker"] += self._children()
        return found

    def _started(self, command: str) -> subprocess.Popen[bytes]:
        call, environment = [sys.executable, "-m", "bot", command], outside() | self._environment
        with self._log.open("ab") as log:
            return subprocess.Popen(call, env=environment, stdout=log, stderr=log)

    def _pids(self) -> list[int]:
        return [*(process.pid for process in self._running.values()), *self._children()]

    def _children(self) -> list[int]:
        """The processes that the worker has forked."""
        if (worker := self._running.get("worker")) is None:
            return []
        try:
            listed = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text(encoding="ascii")
        except OSError:
            return []
        return [int(pid) for pid in listed.split()]


class RedisServer:
    """A Redis in memory on a free port of this machine. Raises UnavailableError when it does not come up."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @staticmethod
    def installed() -> bool:
        """Whether there is one to start (Debian: redis-server)."""
        return shutil.which("redis-server") is not None

    def start(self) -> None:
        """Start it, empty."""
        program = shutil.which("redis-server")
        if program is None:
            raise UnavailableError("redis-server is not installed here (Debian: redis-server).")
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + REDIS_SECONDS
        while not Broker(self.url).alive():
            if time.monotonic() > end:
                raise UnavailableError("redis-server did not start.")
            time.sleep(0.02)

    def empty(self) -> None:
        """Everything in it is gone, as after a restart without a disk."""
        Broker(self.url).run("return redis.call('FLUSHALL')", [], [])

    def stop(self) -> None:
        """kill -9; nothing of it is needed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def outside() -> dict[str, str]:
    """This process's environment without settings of another installation."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ENTAKU_")}


def free_port() -> int:
    """A free port below 32768, out of the range that outgoing connections take."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _rss(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1024**2


def _pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("Pss:"))) / 1024

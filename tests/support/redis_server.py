"""A Redis of our own for the tests: in memory, on a free port of this machine."""

from __future__ import annotations

import shutil
import subprocess
import time

from tests.support.places import free_port


class RedisServer:
    """Starts on creation. `stop` and `start` are what an operator's restart would be."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program is not None
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if self._answers():
                return
            time.sleep(0.02)
        raise AssertionError("Redis did not start")

    def flush(self) -> None:
        with self._client() as client:
            client.flushall()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def _client(self):
        import redis

        return redis.Redis(port=self.port, socket_timeout=5)

    def _answers(self) -> bool:
        import redis

        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def available() -> bool:
    return shutil.which("redis-server") is not None

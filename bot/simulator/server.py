"""One simulator: LINE's API, the control calls and the phone page on one port of 127.0.0.1.

Tests use it in their own process, on a free port, in memory or on a file:

    from bot.simulator.server import Simulator

    with Simulator() as line:                      # start() and stop()
        line.add_channel("fuji", webhook="http://127.0.0.1:8000/line/fuji")
        user = line.control("POST", "/_sim/fuji/users", {"name": "はな"})["userId"]
        line.control("POST", f"/_sim/fuji/users/{user}/follow")
        client = Configuration(host=line.url, access_token=line.token("fuji"))
        assert line.control("GET", f"/_sim/fuji/inbox/{user}") == []

`control` raises ControlCallError with the status and the answer when a call is refused. `world` holds the
parts (clock, state, watch ...) for what has no control call. Time moves by POST /_sim/clock.
"""

from __future__ import annotations

import hashlib
import json
import threading
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .api import Api
from .control import Control, load_channels, put_channel
from .http import HttpServer, Request, Response
from .page import serve_page
from .world import make_world

PUBLIC_URL = "https://entaku.example/"
PRODUCT_URL = "http://127.0.0.1:8000"


class ControlCallError(Exception):
    """A control call was refused."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class Simulator:
    """`port` 0 takes a free one. `state`: the SQLite file (None: memory). `channels`: the channels file."""

    def __init__(
        self,
        port: int = 0,
        state: Path | None = None,
        channels: Path | None = None,
        clock_file: Path | None = None,
        public_url: str = PUBLIC_URL,
        product_url: str = PRODUCT_URL,
    ) -> None:
        self.world = make_world(state, clock_file, public_url, product_url)
        if channels is not None:
            load_channels(self.world, channels.read_text(encoding="utf-8"))
        self._api, self._control = Api(self.world), Control(self.world)
        self._server = HttpServer(port, self._handle)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="simulator", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Self:
        """Begins listening and redelivering."""
        self.world.sender.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends everything; a state file can be opened again afterwards."""
        self._server.shutdown()
        self._server.close_all()
        self.world.sender.stop()
        with self.world.state.lock:
            self.world.state.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _handle(self, request: Request) -> Response:
        try:
            if request.path.startswith("/_sim/"):
                return self._control.handle(request)
            if self._api.owns(request.path):
                return self._api.handle(request)
            return serve_page(request)
        except Exception as error:  # noqa: BLE001 a fault of ours must not look like LINE's
            return Response.of({"message": f"the simulator itself failed: {error!r}"}, 599)

    # -- for tests ---------------------------------------------------------------------------------

    def add_channel(self, channel: str, **facts: Any) -> None:
        """A channel with a secret, token and bot id made from its name; `facts` as in the channels file."""
        seed = hashlib.sha256(channel.encode()).hexdigest()
        made = {
            "id": channel,
            "name": channel,
            "secret": seed[:32],
            "token": f"token-{channel}",
            "botUserId": "U" + seed[32:64],
        }
        with self.world.state.lock:
            put_channel(self.world, {**made, **facts})

    def token(self, channel: str) -> str:
        """A channel's access token."""
        return self.world.state.channels[channel].token

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One control call over HTTP; its JSON. Raises ControlCallError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)  # noqa: S310 our own address
        try:
            with urllib.request.urlopen(request, timeout=180) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise ControlCallError(error.code, json.load(error)) from None

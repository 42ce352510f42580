"""Where things are on this machine: the shared data, PostgreSQL, a browser, free ports."""

from __future__ import annotations

import os
import random
import shutil
import socket
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("ENTAKU_SHARED") or REPOSITORY.parent / "shared")
PACKS = REPOSITORY / "content" / "packs"


def free_port() -> int:
    """A free port below 32768, out of the range that outgoing connections take."""
    for _ in range(200):
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


def find_program(name: str) -> str | None:
    """A PostgreSQL program, also where Debian hides it."""
    found = shutil.which(name)
    if found:
        return found
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(places[0]) if places else None

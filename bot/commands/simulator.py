"""`entaku simulator`: LINE in a box, a process of its own that outlives the product as LINE does."""

from __future__ import annotations

import signal
import sqlite3
import threading
from pathlib import Path

import click


@click.command("simulator")
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="The port on 127.0.0.1.")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="The file that keeps everything.")
@click.option("--channels", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The channels (JSON).")
@click.option(
    "--public-url", default="https://entaku.example/", show_default=True, help="The product's address for residents."
)
@click.option(
    "--product-url", default="http://127.0.0.1:8000", show_default=True, help="Where the product really listens."
)
@click.option(
    "--clock-file", type=click.Path(path_type=Path, dir_okay=False), help="Where the time's offset is written."
)
def command(
    port: int, state: Path | None, channels: Path | None, public_url: str, product_url: str, clock_file: Path | None
) -> None:
    """Play LINE: the Messaging API, webhooks and the phone page on one port."""
    from bot.simulator.server import Simulator

    try:
        simulator = Simulator(port, state, channels, clock_file, public_url, product_url)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise click.ClickException(f"The simulator cannot start: {error}") from None
    over = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: over.set())
    simulator.start()
    click.echo(f"LINE in a box listens on {simulator.url}  (phone page: {simulator.url}/phone)", err=True)
    over.wait()
    simulator.stop()

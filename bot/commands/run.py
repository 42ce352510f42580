"""`entaku all | serve | worker | clock`: the processes."""

from __future__ import annotations

import gc
import signal
import sys
import threading

import click
import structlog

from bot import footprint, logs
from bot.app import House
from bot.db import Database
from bot.errors import ConfigurationError
from bot.services import schema
from bot.services.context import open_context
from bot.services.exclusive import Lock
from bot.settings import Settings, load_settings
from bot.web_server import WebServer

log = structlog.get_logger(__name__)


@click.command()
def all_command() -> None:
    """Run everything in one process: web, work and clock. The way for one machine (SQLite)."""
    _run(web=True, work=True, clock=True)


@click.command()
def serve_command() -> None:
    """Run only the web server. Needs PostgreSQL, and at least one worker and one clock beside it."""
    _run(web=True, work=False, clock=False)


@click.command()
def worker_command() -> None:
    """Run only the work: residents' messages and deliveries. Any number of these, on PostgreSQL."""
    _run(web=False, work=True, clock=False)


@click.command()
def clock_command() -> None:
    """Run only what goes by the clock. A second one waits until the first has gone (PostgreSQL)."""
    _run(web=False, work=False, clock=True)


def _run(*, web: bool, work: bool, clock: bool) -> None:
    footprint.few_arenas()
    settings = load_settings()
    logs.set_up(settings.log_level)
    alone = web and work and clock
    if settings.sqlite and not alone:
        raise ConfigurationError("On SQLite only `entaku all` runs; use PostgreSQL for several processes.")
    context = open_context(settings)
    _check_schema(context.database)
    lock = Lock(context.database, "entaku-clock")
    if clock:
        _take(lock, settings)
    house = House(context, web=web, work=work, clock=clock)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    house.start()
    # What was imported and built by now lives as long as the process: the collector need not look at it again
    # (halves the 99th percentile of the webhook's answer).
    gc.collect()
    gc.freeze()
    log.info("started", web=web, work=work, clock=clock, port=settings.port if web else None)
    server = _serve(house, settings) if web else None
    while not stop.wait(1.0):
        if clock and not lock.held():
            log.error("clock.lock_lost")
            break
    if server is not None:
        server.stop()
    house.stop()
    lock.release()
    log.info("stopped")


def _serve(house: House, settings: Settings) -> WebServer:
    assert house.app is not None
    server = WebServer(house.app, settings.host, settings.port, settings.web_threads)
    server.start()
    return server


def _check_schema(database: Database) -> None:
    have, want = schema.revision(database), schema.head()
    if have != want:
        raise ConfigurationError(
            f"The tables are at {have or 'nothing'}, this release needs {want}: `entaku db upgrade`."
        )


def _take(lock: Lock, settings: Settings) -> None:
    if lock.take(wait=not settings.sqlite):
        return
    print("Another entaku already runs on this database.", file=sys.stderr)
    raise SystemExit(1)

"""`entaku all | serve | worker | clock`: the processes."""

from __future__ import annotations

import gc
import importlib.util
import signal
import sys
import threading

import click
import structlog

from bot import footprint, logs
from bot.app import House
from bot.db import Database
from bot.errors import ConfigurationError
from bot.services import first_use, schema
from bot.services.context import Context, open_context
from bot.settings import Settings, load_settings
from bot.web_server import WebServer
from scheduler.duty import Duty

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
    """Run only what goes by the clock. A second one stands by until the first has gone (PostgreSQL)."""
    _run(web=False, work=False, clock=True)


def _run(*, web: bool, work: bool, clock: bool) -> None:
    footprint.few_arenas()
    settings = load_settings()
    logs.set_up(settings.log_level)
    _check_column(settings, alone=web and work and clock)
    context = open_context(settings)
    _check_schema(context.database)
    if work or clock:
        _load_for_sending()
    if work and settings.engine == "celery":
        _close(context)  # each process that Celery forks opens its own
        _run_celery(settings)
        return
    duty = _duty(context, settings) if clock else None
    house = House(context, web=web, work=work, clock=clock, duty=duty)
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
    if web:
        _tell_first_admin(context)
    while not stop.wait(1.0):
        if duty is not None:
            duty.take()
    if server is not None:
        server.stop()
    house.stop()
    if duty is not None:
        duty.release()
    log.info("stopped")


def _load_for_sending() -> None:
    """What opens many LINE ids at once (numpy, 0.1 s): not for the first time while freezing holds the database."""
    import bot.core.siv_many  # noqa: F401


def _run_celery(settings: Settings) -> None:
    """The work by Celery: this process only hands tasks out; those it forks do them."""
    from scheduler.celery_engine import run_worker

    def make() -> House:
        return House(open_context(settings), web=False, work=True, clock=False)

    gc.freeze()  # before the fork: what is loaded now is shared, not copied by the collector's marks
    log.info("started", web=False, work=True, clock=False, processes=settings.work_processes)
    run_worker(settings.broker_url.get_secret_value(), settings.work_processes, make)
    log.info("stopped")


def _check_column(settings: Settings, *, alone: bool) -> None:
    """One machine or grown (design.md 4): what does not go together is refused before anything starts."""
    if settings.sqlite and not alone:
        raise ConfigurationError("On SQLite only `entaku all` runs; use PostgreSQL for several processes.")
    if settings.engine != "celery":
        return
    if settings.sqlite:
        raise ConfigurationError("ENTAKU_ENGINE=celery needs PostgreSQL (ENTAKU_DATABASE_URL).")
    if not settings.broker_url.get_secret_value():
        raise ConfigurationError("ENTAKU_ENGINE=celery needs ENTAKU_BROKER_URL, a Redis: redis://host:6379/0.")
    if alone:
        raise ConfigurationError("With ENTAKU_ENGINE=celery run `entaku serve`, `worker` and `clock`, not `all`.")
    if importlib.util.find_spec("celery") is None:
        raise ConfigurationError("ENTAKU_ENGINE=celery needs more libraries: pip install 'entaku[scale]'.")


def _close(context: Context) -> None:
    context.database.close()
    context.keystore.database.close()


def _duty(context: Context, settings: Settings) -> Duty:
    """Minding the clock: on SQLite only one process may run at all, on PostgreSQL the others stand by."""
    duty = Duty(context.database)
    if not duty.take() and settings.sqlite:
        print("Another entaku already runs on this database.", file=sys.stderr)
        raise SystemExit(1)
    return duty


def _serve(house: House, settings: Settings) -> WebServer:
    assert house.app is not None
    server = WebServer(house.app, settings.host, settings.port, settings.web_threads)
    server.start()
    return server


def _tell_first_admin(context: Context) -> None:
    """While nobody has an account: where the first one is made, and the number that keeps strangers from it."""
    with context.database.read() as session:
        nobody = first_use.nobody_yet(session)
    if nobody:
        click.echo(first_use.invitation(context.settings.public_url, context.sealer))


def _check_schema(database: Database) -> None:
    have, want = schema.revision(database), schema.head()
    if have != want:
        raise ConfigurationError(
            f"The tables are at {have or 'nothing'}, this release needs {want}: `entaku db upgrade`."
        )

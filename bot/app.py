"""Composition: all parts of one process put together, and the Flask app. Nothing is decided here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog
from flask import Flask, Response, abort, g, jsonify, redirect, request, send_from_directory
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from bot import embeddings
from bot.errors import UnavailableError
from bot.line.client import LineClient
from bot.line.sender import Sender
from bot.now import real_now
from bot.services import inbox, processes, vectors
from bot.services.channels import ChannelBook
from bot.services.context import Context
from bot.services.intake import Intake
from bot.services.practice_phones import PracticePhones
from handlers import console, every_answer, public, webhook
from handlers.chat.registry import react
from handlers.inbox import InboxWorker
from scheduler import (
    askers,
    circulars,
    deadlines,
    digests,
    freshness,
    inquiries,
    menus,
    officers,
    quota,
    reminders,
    resuming,
    retention,
    seals,
    series,
    sweeps,
)
from scheduler import feeds as feed_ticks
from scheduler import figures as figure_ticks
from scheduler import groups as group_ticks
from scheduler import places as place_ticks
from scheduler import polls as poll_ticks
from scheduler import round_tables as round_table_ticks
from scheduler import statements as statement_ticks
from scheduler import weather as weather_ticks
from scheduler.delivery import Delivery
from scheduler.duty import Duty
from scheduler.engine import Engine, Source, SweepEngine, ThreadEngine
from scheduler.ticks import Tick, Ticks
from scheduler.vectors import VectorMaker

log = structlog.get_logger(__name__)

PHONE_FILES = Path(__file__).parent / "simulator" / "static"
SHARED_FILES = tuple(path.name for path in PHONE_FILES.glob("flex*") if path.suffix in {".js", ".css"})


# With Celery a sweep leaves to it what has just come: it is on its way to some worker.
ON_ITS_WAY = timedelta(seconds=2)


class House:
    """One process of the product. `web`, `work` and `clock` say which of its three jobs it does.

    `duty` decides, before each tick of the clock, whether this process is the one that minds it (None: it is).
    """

    def __init__(
        self, context: Context, *, web: bool = True, work: bool = True, clock: bool = True, duty: Duty | None = None
    ) -> None:
        self.context = context
        settings = context.settings
        self.channels = ChannelBook(context.database, context.sealer)
        phones = PracticePhones(context.database, context.sealer, context.clock)
        self.client = LineClient(settings.line_api, settings.line_api_data, phones)
        self.sender = Sender(context, self.channels, self.client)
        self.worker = InboxWorker(context, self.sender, react)
        self.engine: Engine = self._engine(work=work)
        self.delivery = Delivery(context, self.channels, self.client)
        encoder = embeddings.choose(settings.embeddings, settings.embeddings_secret.get_secret_value())
        vectors.use(context.database, encoder)
        self.vectors = VectorMaker(context, encoder)
        self.intake = Intake(context.database, context.sealer, settings.min_free_mb)
        self.app = create_app(self) if web else None
        self._duty = duty
        self._clock, self._grown = clock, settings.engine == "celery"
        jobs = {"serve": web, "worker": work, "clock": clock}
        kind = "all" if all(jobs.values()) else next(name for name, does in jobs.items() if does)
        self._myself = processes.Myself(kind, real_now())
        ticks = [Tick("alive", processes.EVERY, self._alive, beats=False)]
        # A web process alone shows entries, too: its index follows what others publish and understand.
        ticks += [*self._work_ticks()] if work else [self._index_tick()] if web else []
        ticks += [replace(tick, on_duty=True) for tick in self._clock_ticks()] if clock else []
        self._ticks = Ticks(context, ticks, self._on_duty)

    def _engine(self, *, work: bool) -> Engine:
        settings = self.context.settings
        if work:
            return ThreadEngine(self.worker.work, settings.work_threads, self.send_soon)
        if settings.engine == "celery":
            from scheduler.celery_engine import CeleryEngine

            return CeleryEngine(settings.broker_url.get_secret_value())
        return SweepEngine()

    def start(self) -> None:
        """Start the threads of this process. On SQLite every lease left over is a dead process's."""
        if self.context.database.sqlite:
            with self.context.database.write() as session:
                inbox.clear_leases(session)
            self.delivery.clear_leases()
            self.sender.clear_leases()
        self.engine.start()
        self._ticks.start()

    def stop(self) -> None:
        """Let running work end; what waits stays in the database."""
        self.vectors.stop()
        self.delivery.stop()  # first: a send in full swing ends after the calls under way, not after the last batch
        self._ticks.stop()
        self.engine.stop()
        self.intake.close()
        self._leave()
        self.context.database.close()
        self.context.keystore.database.close()
        if self.context.broker is not None:
            self.context.broker.close()

    def wake(self, sources: Iterable[Source]) -> None:
        """Tell the engine of work."""
        self.engine.wake(sources)

    def work(self, source: Source) -> None:
        """Handle what waits for this source: a task of the grown engine."""
        self.worker.work(source)

    def send_soon(self) -> None:
        """Look now for what is to be sent, not at the next tick."""
        self._ticks.soon("outbox")
        self._ticks.soon("delivery")

    def _on_duty(self) -> bool:
        return self._clock and (self._duty is None or self._duty.on())

    def _alive(self) -> None:
        with self.context.database.write(shown=False) as session:
            processes.here(session, self._myself, real_now(), on_duty=self._on_duty())

    def _leave(self) -> None:
        try:
            with self.context.database.write() as session:
                processes.gone(session, self._myself)
        except UnavailableError:
            log.warning("stopped.unseen")

    def _freeze(self) -> None:
        if self.delivery.freeze_due(self.context.clock()):
            self.engine.wake_sending()

    def _index_tick(self) -> Tick:
        return Tick("index", 15, lambda: sweeps.warm_indexes(self.context))

    def _work_ticks(self) -> Iterable[Tick]:
        waited = ON_ITS_WAY if self._grown else timedelta(0)
        yield Tick("inbox", 1, lambda: sweeps.sweep_inbox(self.context, self.wake, waited))
        yield Tick("outbox", 1, lambda: sweeps.sweep_outbox(self.sender))
        yield Tick("watch", 60, lambda: sweeps.watch_clock(self.context), beats=False)
        yield self._index_tick()
        yield Tick("delivery", 0.5, self.delivery.send_due)

    def _clock_ticks(self) -> Iterable[Tick]:
        context = self.context
        yield Tick("freezing", 0.5, self._freeze)
        yield Tick("activities", 2, lambda: reminders.run(context))
        yield Tick("officers", 5, lambda: officers.run(context))
        yield Tick("polls", 2, lambda: poll_ticks.close_due(context))
        yield Tick("inquiries", 60, lambda: inquiries.keep(context))
        yield Tick("askers", 2, lambda: askers.tell(context))
        yield Tick("series", 5, lambda: series.make(context))
        yield Tick("resuming", 5, lambda: resuming.go_on(context))
        yield Tick("deadlines", 5, lambda: deadlines.remind(context))
        yield Tick("digests", 2, lambda: digests.tell(context))
        yield Tick("freshness", 600, lambda: freshness.remind(context))
        yield Tick("circulars", 5, lambda: circulars.keep(context))
        yield Tick("circular_marks", 3600, lambda: circulars.forget(context))
        yield Tick("round_tables", 2, lambda: round_table_ticks.advance(context))
        yield Tick("late_answers", 600, lambda: round_table_ticks.remind(context))
        yield Tick("statements", 60, lambda: statement_ticks.keep(context))
        yield Tick("statement_keys", 3600, lambda: statement_ticks.destroy_keys(context))
        # Before retention may take rows of a day away, that day is counted.
        yield Tick("figures", 300, lambda: figure_ticks.count(context))
        yield Tick("retention", 600, lambda: retention.apply(context, context.clock()))
        yield Tick("seals", seals.EVERY, lambda: seals.keep(context))
        yield Tick("vectors", 5, self.vectors.make)
        yield Tick("quota", 600, lambda: quota.read(context, self.channels, self.client))
        yield Tick("groups", 2, lambda: group_ticks.hand_out(context))
        yield Tick("group_members", 60, lambda: group_ticks.count(context, self.channels, self.client))
        yield Tick("weather", 20, lambda: weather_ticks.read(context))
        yield Tick("feeds", 20, lambda: feed_ticks.read_due(context))
        yield Tick("places", 30, lambda: place_ticks.keep(context))
        yield Tick("imports", 3600, lambda: feed_ticks.tidy(context))
        yield Tick("menus", 5, lambda: menus.keep(context, self.channels, self.client))


def create_app(house: House) -> Flask:
    """The Flask app: LINE's webhook, the console, the public pages, health."""
    settings = house.context.settings
    app = Flask("entaku", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    every_answer.install(app)
    console.register(app, house.context)
    app.extensions["entaku.channels.forget"] = house.channels.forget  # keys that were just replaced there
    public.register(app, house.context)
    _own_routes(app, house)
    _request_ids(app)
    before = webhook.Webhook(app.wsgi_app, house.context, house.channels, house.intake, house.wake)
    app.wsgi_app = before  # type: ignore[method-assign]
    return app


def _own_routes(app: Flask, house: House) -> None:
    settings = house.context.settings

    @app.get("/healthz")
    def health() -> tuple[Response, int]:
        """200 when the database answers: what a load balancer asks."""
        alive = house.context.database.alive()
        return jsonify({"status": "ok" if alive else "database", "time": real_now().isoformat()}), 200 if alive else 503

    @app.get("/phone")
    def phone() -> AnyResponse:
        """The simulator's phone page, in the demo."""
        if not (settings.demo and settings.phone_url):
            return Response("このページは、デモのときだけ使えます。", 404, content_type="text/plain; charset=utf-8")
        return redirect(settings.phone_url)

    @app.get("/static/<name>")
    def shared_file(name: str) -> Response:
        """The one drawing of messages, used by the phone page and by the console's previews."""
        if name not in SHARED_FILES:
            abort(404)
        return send_from_directory(PHONE_FILES, name)


def _request_ids(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        g.request_id = uuid.uuid4().hex[:12]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            request_id=g.request_id, method=request.method, route=str(request.url_rule)
        )

    @app.after_request
    def end(response: Response) -> Response:
        if "request_id" in g:
            response.headers["X-Request-Id"] = g.request_id
        return response

"""The ticks: APScheduler calls jobs at intervals; what is due is a row compared with the time, never a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from bot.errors import UnavailableError
from bot.now import real_now
from bot.services import alerts
from bot.services.context import Context

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Tick:
    """A job by name. A run that is still going when its next time comes is not started twice."""

    name: str
    seconds: float
    job: Callable[[], object]
    beats: bool = True  # leaves a sign of life
    on_duty: bool = False  # only in the process that minds the clock


class Ticks:
    """Runs ticks on a few threads until stopped. A failing job is logged and comes round again.

    `on_duty` says, before each run of a tick that asks for it, whether this process still minds the clock.
    """

    def __init__(self, context: Context, ticks: list[Tick], on_duty: Callable[[], bool] = lambda: True) -> None:
        self._context, self._on_duty = context, on_duty
        self._scheduler = BackgroundScheduler(
            timezone="UTC", executors={"default": {"type": "threadpool", "max_workers": 6}}
        )
        self._beaten: dict[str, float] = {}
        for tick in ticks:
            self._scheduler.add_job(
                self._run,
                "interval",
                [tick],
                seconds=tick.seconds,
                id=tick.name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
                next_run_time=real_now(),
            )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Let running jobs end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def soon(self, name: str) -> None:
        """Run this tick now; one that is running is left alone, it looks until nothing is left."""
        if self._scheduler.running:
            self._scheduler.modify_job(name, next_run_time=real_now())

    def _run(self, tick: Tick) -> None:
        if tick.on_duty and not self._on_duty():
            return
        try:
            tick.job()
            self._beat(tick)
        except UnavailableError as error:
            log.warning("tick.unavailable", tick=tick.name, reason=error.message)
        except Exception:
            log.exception("tick.failed", tick=tick.name)

    def _beat(self, tick: Tick) -> None:
        # A write a minute and job is enough for the health page.
        moment = real_now().timestamp()
        if not tick.beats or moment - self._beaten.get(tick.name, 0) < 60:
            return
        with self._context.database.write(shown=False) as session:
            alerts.beat(session, tick.name, real_now())
        self._beaten[tick.name] = moment

"""The engine of a grown installation: Celery on Redis. It only wakes workers; nothing that must not be lost is in it.

A task carries a municipality and a sealed source, or nothing at all. It is acknowledged when done (acks_late), comes
back when its process is killed (reject_on_worker_lost) or the whole worker is (visibility time-out), and may come
twice: the lease in the database decides who works. There is no result backend, and nothing but JSON is read.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import structlog

from scheduler.engine import Source

log = structlog.get_logger(__name__)

QUEUE = "work"
WORK, SEND = "entaku.work", "entaku.send"
VISIBILITY_SECONDS = 45  # longer than a lease (25 s): a task that comes back finds the dead one's lease gone
MOST_WAITING = 20_000  # sources not yet told to Redis; what is more is the sweep's
PAUSE_SECONDS = 1.0  # after a failure; meanwhile what is woken is collected
READY_SECONDS = 60.0  # for a forked process to open its database and start
CONNECT_SECONDS = 1.0


class Worker(Protocol):
    """One process's house, as a task sees it (bot.app.House)."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def work(self, source: Source) -> None: ...
    def send_soon(self) -> None: ...


def make_app(url: str) -> Any:
    """The Celery application: how tasks travel. The same for who wakes and who works."""
    from celery import Celery

    app = Celery("entaku", broker=url, backend=None, set_as_current=False)
    app.conf.update(
        task_default_queue=QUEUE,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_acks_on_failure_or_timeout=True,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_proc_alive_timeout=READY_SECONDS,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_SECONDS,
            "global_keyprefix": "entaku:",
            "socket_timeout": 10.0,
            "socket_connect_timeout": CONNECT_SECONDS,
            "retry_on_timeout": False,
        },
    )
    return app


class CeleryEngine:
    """Tells Redis of work from a thread of its own, so that nobody who wakes ever waits for the network."""

    def __init__(self, url: str) -> None:
        self._url, self._app = url, make_app(url)
        self._changed = threading.Condition()
        self._sources: dict[Source, None] = {}
        self._send = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="wake", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self, sources: Iterable[Source]) -> None:
        """These sources have work. Never blocks; what does not fit is found by the sweep."""
        with self._changed:
            if len(self._sources) < MOST_WAITING:
                self._sources.update(dict.fromkeys(sources))
                self._changed.notify()

    def wake_sending(self) -> None:
        """Let a worker look for what is to be sent."""
        with self._changed:
            self._send = True
            self._changed.notify()

    def stop(self) -> None:
        """Tell what waits, two seconds at most."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        while tasks := self._take():
            try:
                self._tell(tasks)
            except Exception as error:  # noqa: BLE001  whatever Redis or the way there does: the sweep finds it
                log.warning("engine.not_told", tasks=len(tasks), error=type(error).__name__)
                time.sleep(PAUSE_SECONDS)
                self._app = make_app(self._url)  # with connections of its own

    def _take(self) -> list[tuple[str, list[str]]]:
        """What is to be told; waits until there is something. Empty at the end."""
        with self._changed:
            while not (self._sources or self._send or self._stopping):
                self._changed.wait()
            tasks: list[tuple[str, list[str]]] = [(SEND, [])] if self._send else []
            tasks += [(WORK, [municipality, source.hex()]) for municipality, source in self._sources]
            self._sources, self._send = {}, False
            return tasks

    def _tell(self, tasks: list[tuple[str, list[str]]]) -> None:
        with self._app.producer_or_acquire() as producer:
            for name, arguments in tasks:
                self._app.send_task(name, arguments, producer=producer, retry=False, ignore_result=True)


def run_worker(url: str, processes: int, make: Callable[[], Worker]) -> None:
    """Run a Celery worker until it is told to stop. `make` is called in each forked process, never in this one."""
    from celery import signals

    app, here = make_app(url), os.getpid()
    house: list[Worker] = []

    def begin(**_: Any) -> None:
        _end_with(here)
        house.append(make())
        house[0].start()

    def end(**_: Any) -> None:
        for one in house:
            one.stop()

    @app.task(name=WORK)  # type: ignore[untyped-decorator]
    def work(municipality: str, source: str) -> None:
        house[0].work((municipality, bytes.fromhex(source)))

    @app.task(name=SEND)  # type: ignore[untyped-decorator]
    def send() -> None:
        house[0].send_soon()

    signals.setup_logging.connect(_keep_our_logs, weak=False)
    signals.worker_process_init.connect(begin, weak=False)
    signals.worker_process_shutdown.connect(end, weak=False)
    worker = app.Worker(
        pool="prefork", concurrency=processes, optimization="fair", quiet=True,
        without_gossip=True, without_mingle=True, without_heartbeat=True,
    )  # fmt: skip
    worker.start()
    if worker.exitcode:
        raise SystemExit(worker.exitcode)


def _keep_our_logs(**_: Any) -> None:
    """Celery sets up no logging where something listens to this signal: bot.logs has done it."""


def _end_with(parent: int) -> None:
    """End this process when the one that forked it has been killed: else it would wait for tasks for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)  # as a kill would: leases run out, the sweep finds the rest

    threading.Thread(target=watch, name="parent", daemon=True).start()

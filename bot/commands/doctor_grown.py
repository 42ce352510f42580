"""What the doctor looks at beside the settings: the engine, its Redis, the processes that run, their releases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.broker import Broker
from bot.commands.finding import Finding
from bot.errors import UnavailableError
from bot.models import Process
from bot.now import real_now
from bot.services import processes
from bot.services.context import Context
from bot.settings import Settings

OLDEST_REDIS = (6, 2)


def look_at_engine(settings: Settings, broker: Broker | None) -> Iterator[Finding]:
    """Whether engine, database and Redis go together, and Redis answers."""
    if settings.engine == "celery":
        yield Finding(
            "engine: celery",
            ok=not settings.sqlite and broker is not None,
            mend="It needs PostgreSQL (ENTAKU_DATABASE_URL) and Redis (ENTAKU_BROKER_URL).",
        )
        alone = settings.keystore_url.startswith("sqlite")
        yield Finding(
            "key store: a file, good as long as all processes run on this machine" if alone else "key store: shared",
            ok=True,
        )
    if broker is None:
        return
    try:
        version = broker.version()
    except UnavailableError as error:
        yield Finding("redis", ok=False, mend=f"{error.message} Work goes on by the sweeps, slower.")
        return
    new_enough = tuple(int(part) for part in version.split(".")[:2]) >= OLDEST_REDIS
    yield Finding(f"redis {version}", new_enough, f"Redis {'.'.join(map(str, OLDEST_REDIS))} or newer is needed.")


def look_at_processes(context: Context, *, must_run: bool = False) -> Iterator[Finding]:
    """Who runs now, whether one minds the clock, and whether all are of this release."""
    with context.database.read() as session:
        running = processes.alive(session, real_now())
    if not running:
        yield Finding("processes: none runs now", ok=not must_run, mend="Start them: `entaku all`, or its three parts.")
        return
    yield Finding(f"processes: {_counted(running)}", ok=True)
    on_duty = sum(row.on_duty for row in running)
    clocks = sum(row.kind in {"clock", "all"} for row in running)
    standing_by = f", {clocks - on_duty} standing by" if clocks > on_duty else ""
    yield Finding(
        f"clock: {on_duty} on duty{standing_by}",
        ok=on_duty == 1,
        mend="Nobody minds the clock: start `entaku clock` (or `all`)."
        if not on_duty
        else "More than one minds the clock: stop all but one and look at the database's connections.",
    )
    if not {"all", "worker"} & {row.kind for row in running}:
        yield Finding("workers", ok=False, mend="Nobody does the work: start `entaku worker`.")
    others = sorted({row.version for row in running} - {processes.version()})
    yield Finding(
        f"release {processes.version()}",
        ok=not others,
        mend=f"Processes of {', '.join(others)} still run: start them again.",
    )


def _counted(running: Sequence[Process]) -> str:
    kinds = [row.kind for row in running]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))

"""What every test may ask for: databases made by the migrations, a context, the running house."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.bench.product import RedisServer
from bot.core.sealing import new_key
from bot.db import Database
from bot.now import real_now
from bot.services import schema
from bot.services.context import Context, open_context
from bot.settings import Settings
from tests.support import compiled, postgresql
from tests.support.places import PACKS, SHARED, free_port

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("entaku", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("entaku")

# Left alone structlog draws every exception as a picture with all its variables: seconds of a processor for each.
structlog.configure(
    [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

compiled.keep()

CI = os.environ.get("CI", "").lower() == "true"
MEND = {
    "shared": "set ENTAKU_SHARED to the folder of shared data",
    "postgresql": "apt-get install postgresql",
    "redis": "apt-get install redis-server",
    "browser": "apt-get install chromium",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    have = {
        "shared": SHARED.is_dir(),
        "postgresql": bool(os.environ.get("ENTAKU_TEST_POSTGRESQL")) or postgresql.available(),
        "redis": RedisServer.installed(),
        "browser": shutil.which("chromium") is not None,
    }
    for item in items:
        for name, there in have.items():
            needs = item.get_closest_marker(name) or (name == "postgresql" and _uses_postgresql(item))
            needs = needs or (name == "redis" and "redis" in getattr(item, "fixturenames", ()))
            if needs and not there:
                item.add_marker(pytest.mark.skip(reason=f"{name} not found: {MEND[name]}"))


def _uses_postgresql(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    return "postgres_url" in getattr(item, "fixturenames", ()) or bool(
        parameters and "postgresql" in parameters.params.values()
    )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a skipped test is a failed one, except where shared data is absent."""
    outcome: Any = yield
    report = outcome.get_result()
    if CI and report.skipped and not hasattr(report, "wasxfail") and not item.get_closest_marker("shared"):
        report.outcome = "failed"
        report.longrepr = f"CI may skip nothing but tests marked shared: {report.longrepr}"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database at head, without rows; copied for each test."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def city_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with both packs loaded, and nothing held between approval and sending."""
    path = tmp_path_factory.mktemp("cities") / "cities.db"
    shutil.copyfile(template, path)
    _load_cities(f"sqlite:///{path}")
    return path


def _load_cities(url: str) -> None:
    from bot.models import ApprovalRule
    from bot.services import knowledge
    from content import packs

    database = Database(url)
    with database.write() as session:
        for city in ("fuji", "tomioka"):
            knowledge.load_pack(session, packs.load(PACKS / city), real_now())
            session.add(ApprovalRule(municipality_id=city, hold_minutes=0, wait_hours=4))  # tests do not wait
    database.checkpoint()
    database.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgresql.Cluster]:
    started = postgresql.Cluster()
    yield started
    started.stop()


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """An empty Redis."""
    started = RedisServer()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def postgres_template(cluster: postgresql.Cluster) -> str:
    """A PostgreSQL database at head, without rows; copied for each test."""
    url = cluster.database()
    schema.upgrade(url)
    return url


@pytest.fixture(scope="session")
def postgres_city_template(cluster: postgresql.Cluster, postgres_template: str) -> str:
    """The same with both packs loaded."""
    url = cluster.database(postgres_template)
    _load_cities(url)
    return url


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> str:
    """A fresh PostgreSQL database at head."""
    cluster: postgresql.Cluster = request.getfixturevalue("cluster")
    return cluster.database(request.getfixturevalue("postgres_template"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> str:
    """A fresh database at head, once on each of the two."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    shutil.copyfile(template, tmp_path / "entaku.db")
    return f"sqlite:///{tmp_path / 'entaku.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def cities_url(request: pytest.FixtureRequest, city_template: Path, tmp_path: Path) -> str:
    """A database that holds both cities, once on each of the two."""
    if request.param == "postgresql":
        cluster: postgresql.Cluster = request.getfixturevalue("cluster")
        return cluster.database(request.getfixturevalue("postgres_city_template"))
    shutil.copyfile(city_template, tmp_path / "entaku.db")
    return f"sqlite:///{tmp_path / 'entaku.db'}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database, SQLite and PostgreSQL in turn."""
    opened = Database(database_url)
    yield opened
    opened.close()


def make_settings(folder: Path, database_url: str, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "database_url": database_url,
        "keystore_url": f"sqlite:///{folder / 'keys.db'}",
        "keys": f"1:{new_key()}",
        "public_url": "https://entaku.example/",
        "line_api": "http://127.0.0.1:9",
        "demo": True,
        "min_free_mb": 0,
        # By words alone, so that tests are quick; those of the second view name a model themselves.
        "embeddings": "off",
    }
    return Settings(_env_file=None, **(values | changes))


@pytest.fixture
def context(template: Path, tmp_path: Path) -> Iterator[Context]:
    """Settings, SQLite at head (no rows), key store, keys, clock."""
    shutil.copyfile(template, tmp_path / "entaku.db")
    opened = open_context(make_settings(tmp_path, f"sqlite:///{tmp_path / 'entaku.db'}"))
    yield opened
    opened.database.close()
    opened.keystore.database.close()


@pytest.fixture
def cities(city_template: Path, tmp_path: Path) -> Iterator[Context]:
    """A context whose database holds both cities."""
    folder = tmp_path / "cities"
    folder.mkdir()
    shutil.copyfile(city_template, folder / "entaku.db")
    opened = open_context(make_settings(folder, f"sqlite:///{folder / 'entaku.db'}"))
    yield opened
    opened.database.close()
    opened.keystore.database.close()


@pytest.fixture
def house(city_template: Path, tmp_path: Path) -> Iterator[Any]:
    """The product running on real HTTP with both cities, connected to the simulator."""
    from bot.simulator.server import Simulator
    from tests.support.daytime import by_day
    from tests.support.house import RunningHouse, connect

    clock_file = tmp_path / "clock.txt"
    simulator = Simulator(clock_file=clock_file)
    simulator.start()
    by_day(simulator)
    port = free_port()
    shutil.copyfile(city_template, tmp_path / "house.db")
    url = f"sqlite:///{tmp_path / 'house.db'}"
    settings = make_settings(tmp_path, url, line_api=simulator.url, port=port, demo_clock=clock_file)
    running = RunningHouse(open_context(settings), simulator, port)
    connect(running.context, simulator, port)
    running.start()
    yield running
    running.stop()
    refused = running.against_the_description()
    simulator.stop()
    assert refused == []

"""What the doctor says of a grown installation: Redis, who runs, who minds the clock, which release."""

from datetime import timedelta

from bot.broker import Broker
from bot.commands.doctor_grown import look_at_engine, look_at_processes
from bot.now import real_now
from bot.services import processes
from tests.conftest import make_settings


def found(findings):
    return {finding.what: finding.ok for finding in findings}


def run(context, kind, *, on_duty=False, version=None, seconds_ago=0):
    """A process that said so long ago that it is there."""
    moment = real_now() - timedelta(seconds=seconds_ago)
    with context.database.write() as session:
        me = processes.Myself(kind, moment)
        processes.here(session, me, moment, on_duty=on_duty)
        if version:
            session.get(processes.Process, me.id).version = version
    return me


def test_redis_is_asked_for_its_version_and_missing_parts_are_named(tmp_path, redis):
    settings = make_settings(tmp_path, "postgresql+psycopg://x@/y", engine="celery", broker_url=redis.url)
    answers = found(look_at_engine(settings, Broker(redis.url)))
    assert all(answers.values())
    assert any(what.startswith("redis ") for what in answers)
    redis.stop()
    assert found(look_at_engine(settings, Broker(redis.url)))["redis"] is False
    on_sqlite = make_settings(tmp_path, f"sqlite:///{tmp_path / 'x.db'}", engine="celery")
    assert found(look_at_engine(on_sqlite, None))["engine: celery"] is False


def test_nothing_running_is_no_fault(context):
    assert found(look_at_processes(context)) == {"processes: none runs now": True}


def test_a_clock_that_died_a_second_one_and_an_old_release_are_told(context):
    run(context, "serve")
    worker = run(context, "worker")
    run(context, "clock", on_duty=True, seconds_ago=300)
    assert found(look_at_processes(context))["clock: 0 on duty"] is False
    run(context, "clock", on_duty=True)
    run(context, "clock")
    assert found(look_at_processes(context))["clock: 1 on duty, 1 standing by"] is True
    run(context, "clock", on_duty=True)
    assert found(look_at_processes(context))["clock: 2 on duty, 1 standing by"] is False
    with context.database.write() as session:
        processes.gone(session, worker)
    answers = found(look_at_processes(context))
    assert (answers["workers"], answers[f"release {processes.version()}"]) == (False, True)
    run(context, "worker", version="0.0.1")
    assert found(look_at_processes(context))[f"release {processes.version()}"] is False


def test_the_dead_are_forgotten_after_a_day(context):
    run(context, "worker", seconds_ago=25 * 3600)
    run(context, "serve")
    with context.database.read() as session:
        assert [row.kind for row in session.query(processes.Process)] == ["serve"]

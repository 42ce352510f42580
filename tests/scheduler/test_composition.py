"""What runs by time in which process: the clock's part only where the clock is minded."""

import pytest

from bot.app import House


@pytest.mark.parametrize(
    ("parts", "must", "must_not"),
    [
        ({"web": True, "work": False, "clock": False}, {"alive", "index"}, {"freezing", "inbox", "delivery"}),
        ({"web": False, "work": True, "clock": False}, {"alive", "index", "inbox", "outbox", "delivery"}, {"freezing"}),
        ({"web": False, "work": False, "clock": True}, {"alive", "freezing", "retention"}, {"inbox", "delivery"}),
    ],
)
def test_each_process_has_its_part(context, parts, must, must_not):
    names = {job.id for job in House(context, **parts)._ticks._scheduler.get_jobs()}
    assert must <= names
    assert not must_not & names


def test_no_tick_of_the_clock_runs_in_a_process_that_stands_by(context):
    class StandsBy:
        def on(self):
            return False

    house = House(context, web=False, work=False, clock=True, duty=StandsBy())
    ticks = [job.args[0] for job in house._ticks._scheduler.get_jobs()]
    assert {tick.name for tick in ticks if not tick.on_duty} == {"alive"}
    assert not house._on_duty()

"""The pace on a clock of the test's own: spaced, never too many in any second, no burst after a pause."""

from __future__ import annotations

import random

from scheduler.pace import MOST_A_SECOND, MULTICAST_A_SECOND, SPACED_A_SECOND, Pace


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.random = random.Random(7)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds + self.random.random() * 0.002  # a sleep is never exact


def wait(clock: Clock, pace: Pace) -> None:
    while not pace.start():
        clock.sleep(max(0.0, pace.due() - clock.now))


def starts(clock: Clock, pace: Pace, count: int, disturb=lambda number: 0.0) -> list[float]:
    found = []
    for number in range(count):
        clock.now += disturb(number)
        wait(clock, pace)
        found.append(clock.now)
    return found


def most_in_any_second(times: list[float]) -> int:
    return max(sum(1 for other in times[i : i + 400] if other < start + 1.0) for i, start in enumerate(times))


def test_the_limit_holds_in_any_second_and_is_nearly_reached():
    clock = Clock()
    times = starts(clock, Pace(clock=clock), 1000)
    assert most_in_any_second(times) <= MOST_A_SECOND < MULTICAST_A_SECOND
    assert len(times) / (times[-1] - times[0]) >= 0.95 * MULTICAST_A_SECOND


def test_a_pause_is_not_made_up_for_in_a_burst():
    clock = Clock()
    times = starts(clock, Pace(clock=clock), 600, lambda n: 0.7 if n in (150, 300) else 0.0)
    assert most_in_any_second(times) <= MOST_A_SECOND
    after = times[151:161]
    assert after[-1] - after[0] >= 6 / SPACED_A_SECOND


def test_two_starts_together_lose_nothing():
    """As the thread that calls makes them: it awakes when the second is due as well."""
    clock, found = Clock(), []
    pace = Pace(clock=clock)
    while len(found) < 1000:
        clock.sleep(max(0.0, pace.due() + pace.spare - clock.now))
        while pace.start():
            found.append(clock.now)
    assert most_in_any_second(found) <= MOST_A_SECOND
    assert len(found) / (found[-1] - found[0]) >= 0.95 * MULTICAST_A_SECOND
    assert len(set(found)) < 600


def test_held_starts_nothing_until_the_time_is_over():
    clock = Clock()
    pace = Pace(clock=clock)
    wait(clock, pace)
    before = clock.now
    pace.hold(1.0)
    wait(clock, pace)
    assert clock.now >= before + 1.0

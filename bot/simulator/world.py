"""The parts of one simulator, held together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .clock import SimulatorClock
from .counters import Counters
from .faults import Faults
from .limits import Limiter
from .state import State
from .store import Store
from .watch import Watch
from .webhooks import Sender


@dataclass
class World:
    """`public_url` is the address residents see; where it stands the phone page and the webhooks use `product_url`."""

    state: State
    clock: SimulatorClock
    limiter: Limiter
    faults: Faults
    counters: Counters
    watch: Watch
    sender: Sender
    public_url: str
    product_url: str

    def reset(self) -> None:
        """As new, but for the channels."""
        with self.state.lock:
            self.state.reset()
            self.watch.reset()
            self.limiter.reset()
            self.faults.clear()
            self.counters.reset()
            self.sender.reset()


def make_world(state_file: Path | None, clock_file: Path | None, public_url: str, product_url: str) -> World:
    """A simulator's parts; with a state file everything of the last run is there again."""
    clock = SimulatorClock(clock_file)
    state = State(Store(state_file), clock)
    clock.set(clock.offset)
    counters = Counters()
    watch = Watch(state)
    sender = Sender(state, watch, counters, public_url, product_url)
    return World(state, clock, Limiter(clock), Faults(), counters, watch, sender, public_url, product_url)

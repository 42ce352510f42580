"""What every edge holds: settings, database, key store, keys and the clock. Made once by bot.app."""

from __future__ import annotations

from dataclasses import dataclass

from bot.broker import Broker
from bot.core.sealing import Sealer
from bot.db import Database
from bot.now import Clock, OffsetClock, real_now
from bot.services.keystore import KeyStore
from bot.settings import Settings


@dataclass(frozen=True)
class Context:
    """The parts that outlive a request. `clock` is the product's time; leases and sign-ins use real_now."""

    settings: Settings
    database: Database
    keystore: KeyStore
    sealer: Sealer
    clock: Clock
    broker: Broker | None = None  # Redis, where several processes share a pace and counts


def clock_of(settings: Settings) -> Clock:
    """The product's time: in a demonstration the simulator's."""
    return OffsetClock(settings.demo_clock) if settings.demo and settings.demo_clock else real_now


def open_context(settings: Settings) -> Context:
    """Open everything that the settings name. Raises ConfigurationError for unusable keys."""
    broker_url = settings.broker_url.get_secret_value()
    return Context(
        settings=settings,
        database=Database(settings.database_url),
        keystore=KeyStore(settings.keystore_url),
        sealer=Sealer.parse(settings.keys.get_secret_value()),
        clock=clock_of(settings),
        broker=Broker(broker_url) if broker_url else None,
    )

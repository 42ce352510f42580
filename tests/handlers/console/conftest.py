"""The console of both cities."""

from __future__ import annotations

import pytest

from bot.services.context import Context
from tests.support.console import Office


@pytest.fixture
def office(cities: Context) -> Office:
    return Office(cities)

from __future__ import annotations

import pytest

from bot.services.context import Context
from tests.handlers.chat.driver import Person


@pytest.fixture
def person(cities: Context) -> Person:
    """Somebody in 富士市 whom the bot does not know yet."""
    return Person(cities)


@pytest.fixture
def resident(cities: Context) -> Person:
    """Somebody registered in 今泉."""
    return Person(cities).registered("今泉")

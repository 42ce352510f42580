"""The rich menus at LINE: made once, linked by language, repeatable, patient after a refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.models import Alert, Resident, RichMenu
from bot.now import real_now
from bot.services import rich_menus
from scheduler import menus
from tests.support.house import RunningHouse, words

CREATE = "POST /v2/bot/richmenu"
ALL = 2 * len(rich_menus.LANGUAGES)


@pytest.fixture
def keep(house: RunningHouse) -> Callable[[], None]:
    """One run of the tick; the tick's own first run is waited for."""
    house.wait(lambda: _stored(house) == ALL)
    return lambda: menus.keep(house.context, house.house.channels, house.house.client)


def _stored(house: RunningHouse) -> int:
    with house.context.database.read() as session:
        return len(session.scalars(select(RichMenu.line_menu_id)).all())


def _calls(house: RunningHouse, operation: str) -> int:
    counters: dict[str, Any] = house.control("counters", method="GET")
    return sum(row["calls"] for name, row in counters.items() if name == operation)


def _language(house: RunningHouse) -> list[str | None]:
    with house.context.database.read() as session:
        return list(session.scalars(select(Resident.menu_language).order_by(Resident.id)))


def test_one_menu_a_language_and_city_and_no_more(house: RunningHouse, keep: Callable[[], None]) -> None:
    before = _calls(house, CREATE)
    assert before == ALL
    keep()
    keep()
    assert _calls(house, CREATE) == before
    assert house.violations() == []


def test_everybody_has_the_japanese_menu_at_once(house: RunningHouse, keep: Callable[[], None]) -> None:
    user = house.user()
    assert "これからの行事" in words(house.tap(user, "行事"))
    other = house.user("tomioka")
    assert "知りたいこと" in words(house.tap(other, "聞く", "tomioka"))


def test_the_menu_follows_the_language(house: RunningHouse, keep: Callable[[], None]) -> None:
    user = house.resident("今泉")
    house.say(user, "English")
    house.wait(lambda: keep() or _language(house) == ["en"])
    assert "Coming events" in words(house.tap(user, "Events"))
    house.say(user, "日本語")
    house.wait(lambda: keep() or _language(house) == ["ja"])
    assert "これからの行事" in words(house.tap(user, "行事"))
    assert house.violations() == []


def test_a_changed_menu_replaces_the_old_one(house: RunningHouse, keep: Callable[[], None]) -> None:
    user = house.resident("今泉")
    house.say(user, "English")
    house.wait(lambda: keep() or _language(house) == ["en"])
    with house.context.database.write() as session:
        session.execute(update(RichMenu).where(RichMenu.language == "en").values(digest="old"))
        old = set(session.scalars(select(RichMenu.line_menu_id).where(RichMenu.language == "en")))
    before = _calls(house, CREATE)
    keep()
    # Two, one a city; or more on a busy machine, where the product's own clock made them in the same moment.
    replaced = lambda: _calls(house, "DELETE /v2/bot/richmenu/{richMenuId}")  # noqa: E731
    house.wait(lambda: 2 <= _calls(house, CREATE) - before == replaced())
    with house.context.database.read() as session:
        assert not old & set(session.scalars(select(RichMenu.line_menu_id)))
    house.wait(lambda: keep() or _language(house) == ["en"])
    assert "Coming events" in words(house.tap(user, "Events"))


def test_a_refusal_is_an_alert_and_is_not_repeated_at_once(house: RunningHouse, keep: Callable[[], None]) -> None:
    with house.context.database.write() as session:
        session.execute(update(RichMenu).where(RichMenu.municipality_id == "fuji").values(digest="old"))
    fault = {"match": {"method": "POST", "path": "*/content"}, "action": {"type": "status", "status": 500}, "times": 50}
    house.control("faults", fault)
    before = _calls(house, CREATE)
    keep()
    keep()
    assert _calls(house, CREATE) - before == 1
    with house.context.database.read() as session:
        assert session.scalars(select(Alert.kind).where(Alert.municipality_id == "fuji")).all() == [menus.ALERT]
    house.control("faults", method="DELETE")
    with house.context.database.write() as session:
        session.execute(update(Alert).values(last_at=real_now() - timedelta(minutes=11)))
    keep()
    with house.context.database.read() as session:
        assert session.scalars(select(Alert.kind)).all() == []
        assert "old" not in session.scalars(select(RichMenu.digest)).all()


def test_who_left_is_not_linked(house: RunningHouse, keep: Callable[[], None]) -> None:
    user = house.resident("今泉")
    with house.context.database.write() as session:
        session.execute(update(Resident).values(language="en", state="left"))
    keep()
    assert _language(house) == [None]
    with house.context.database.read() as session:
        assert rich_menus.to_link(session, "fuji", 10) == []
    assert user

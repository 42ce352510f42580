"""What is kept is given again only while nothing has changed."""

from __future__ import annotations

from bot.models import Municipality
from handlers.console.unchanged import while_unchanged
from tests.support.console import Office

CITY = "fuji"


def test_it_is_made_anew_after_any_commit_and_for_each_city(office: Office) -> None:
    made: list[str] = []

    def ask(name: str, city: str) -> int:
        return while_unchanged(name, city, lambda: made.append(city) or len(made))

    with office.app.test_request_context(f"/console/{CITY}/"):
        assert [ask("a", CITY), ask("a", CITY), ask("a", "tomioka"), ask("b", CITY), ask("a", CITY)] == [1, 1, 2, 3, 1]
        with office.context.database.write() as session:
            session.get_one(Municipality, CITY).weekly_cap = 5
        assert ask("a", CITY) == 4

"""The days of a district's circular as people write them."""

from __future__ import annotations

from bot.services.context import Context
from tests.support.console import Office, text_of


def test_days_of_the_month_as_people_write_them(cities: Context) -> None:
    office = Office(cities)
    visit = office.visit(office.hire("officer", "今泉"))
    page = f"/console/fuji/circulars/rules/{office.district('今泉')}"
    values = {
        "version": "0", "way": "days", "shift": "after", "breaks": "1", "close_days": "7", "send_hour": "9",
        "act": "look",
    }  # fmt: skip
    assert "毎月 5日・20日・末日。" in text_of(visit.post(page, values | {"days": "５日 ２０日、末日"}))
    wrong = visit.post(page, values | {"days": "0、32"})
    assert wrong.status_code == 400
    assert "1から31までの数で" in text_of(wrong)
    assert 'value="0、32"' in wrong.text, "what was typed is still there"

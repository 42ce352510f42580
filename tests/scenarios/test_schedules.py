"""When things arrive on the phone: digests, the weekly cap, the night, a correction."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from bot.now import JST, jst
from bot.services import announcements, series_acts, staff
from bot.services.announcements import Draft
from tests.support.house import RunningHouse, labels, words

CITY = "fuji"


class Council:
    """Two people of the city who write and approve; time is the simulator's."""

    def __init__(self, house: RunningHouse) -> None:
        self.house = house
        with house.context.database.write() as session:
            made = [
                staff.create(
                    session,
                    staff.NewStaff(f"{n}@fuji.example", "見本", "correct horse battery", CITY, "city"),
                    house.context.clock(),
                )
                for n in ("writer", "second")
            ]
            self.writer, self.second = (staff.actor(session, one) for one in made)

    def to(self, hour: int, minute: int = 0, days: int = 0) -> None:
        """On to this hour of Japan, today or the next day if it is past, and so many days more."""
        now = jst(self.house.context.clock())
        then = datetime.combine(now.date() + timedelta(days=days), time(hour, minute), JST)
        then += timedelta(days=1) if then <= now else timedelta(0)
        self.house.control("clock", {"advance_s": (then - now).total_seconds() + 1})

    def send(self, title: str, corrects: int | None = None, **changes: Any) -> int:
        """Written, approved without a hold, and fixed."""
        house = self.house
        now = house.context.clock()
        with house.context.database.write(durable=True) as session:
            if corrects is not None:
                row = series_acts.correct(session, announcements.get(session, CITY, corrects), self.writer, now)
                row.body = "公園ではなく、広場に集まります。"
            else:
                draft = Draft(title, "公園に集まります。", "市", "city", (), **changes)
                row = announcements.draft(session, CITY, self.writer, draft, now)
            announcements.submit(session, row, self.writer, now)
            zero = timedelta(0)
            announcements.approve(session, row, self.second, row.version, now, sealer=house.context.sealer, hold=zero)
            return row.id

    def state(self, announcement_id: int) -> str:
        with self.house.context.database.read() as session:
            return announcements.get(session, CITY, announcement_id).state

    def sent(self, *ids: int) -> None:
        self.house.wait(lambda: all(self.state(one) == "sent" for one in ids))


def test_digest_cap_night_and_correction(house: RunningHouse) -> None:
    council = Council(house)
    evening, usual = house.residents(2, "今泉")
    shown = house.say(evening, "設定")
    assert "お知らせが届く時" in labels(shown)
    asked = house.tap(evening, "お知らせが届く時")
    assert "いつもすぐに届きます" in words(asked)
    assert "「夕方6時にまとめて」にしました" in words(house.say(evening, "3"))  # by number
    seen = len(house.inbox(evening))
    ids = [council.send(f"防災{n}") for n in (1, 2, 3)]
    council.sent(*ids)
    assert [house.marker(f"防災{n}").get(usual, 0) for n in (1, 2)] == [1, 1]
    assert usual not in house.marker("防災3"), "the third of the week waits for the digest"
    assert len(house.inbox(evening)) == seen

    council.to(18, 0)
    house.wait(lambda: len(house.inbox(evening)) == seen + 1)
    request = house.inbox(evening)[-1]
    assert request["via"] == "push"
    assert len(request["messages"]) == 4, "an overview and three cards in one request"
    assert "お知らせのまとめ(3件)" in words(request["messages"])
    house.wait(lambda: house.marker("防災3").get(usual) == 1)

    council.to(22, 0)
    waits, urgent = council.send("夜の下書き"), council.send("避難", urgency="emergency")
    council.sent(urgent)
    house.wait(lambda: house.marker("避難").get(evening) == 1)
    correction = council.send("", corrects=ids[0])
    assert {council.state(waits), council.state(correction)} == {"scheduled"}
    assert house.marker("夜の下書き") == {}
    council.to(7, 0)
    council.sent(correction)
    house.wait(lambda: house.marker("【訂正】防災1") == {evening: 1, usual: 1})
    # A slow machine answers a webhook late; that is not what this is about.
    assert [one for one in house.violations() if one["kind"] != "slow_webhook"] == []

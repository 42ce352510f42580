"""Why an announcement did not go: one sentence for every way it can stand still, and none for one that goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.models import Announcement, AnnouncementBatch, ElectionPeriod
from bot.now import jst
from bot.services import announcements, standstill
from bot.services.context import Context
from bot.services.settling import OUT_OF_QUOTA
from tests.support.console import Office

LATE = -2  # hours from now


@pytest.fixture
def office(cities: Context) -> Office:
    return Office(cities)


@pytest.fixture
def noon(office: Office) -> datetime:
    """A daytime, so that no quiet hours are in the way."""
    return jst(office.context.clock()).replace(hour=12, minute=0, second=0, microsecond=0)


def _why(
    office: Office, now: datetime, state: str, batches: tuple[tuple[str, int, str], ...] = (), **values: Any
) -> Any:
    author = office.hire("officer", "今泉")
    number = office.draft(author, "今泉")
    with office.context.database.write() as session:
        row = session.get_one(Announcement, number)
        row.state = state
        for name, value in values.items():
            setattr(row, name, value)
        for position, (batch, attempts, error) in enumerate(batches):
            session.add(
                AnnouncementBatch(
                    municipality_id="fuji", announcement_id=number, position=position, count=1, state=batch,
                    retry_key=f"{number}-{position}", next_try_at=now, attempts=attempts, error=error or None,
                )
            )  # fmt: skip
    with office.context.database.read() as session:
        return standstill.reason(session, announcements.get(session, "fuji", number), now)


def test_each_way_to_stand_still_has_its_sentence_and_mend(office: Office, noon: datetime) -> None:
    late = noon + timedelta(hours=LATE)
    found = {
        "late draft": _why(office, noon, "draft", send_at=late),
        "returned": _why(office, noon, "returned", comment="場所がちがいます"),
        "not approved in time": _why(office, noon, "submitted", send_at=late, submitted_at=late),
        "too late": _why(office, noon, "refused", comment="送る時に動いていなかったため、送りませんでした。"),
        "nothing works": _why(office, noon, "scheduled", send_at=late),
        "quota": _why(office, noon, "stopped", (("stopped", 0, OUT_OF_QUOTA),), comment=OUT_OF_QUOTA),
        "dead letters": _why(office, noon, "sent", (("accepted", 1, ""), ("dead", 1, "LINEに断られました。"))),
        "no answer": _why(office, noon, "sent", (("unknown", 9, "-"),)),
        "again and again": _why(office, noon, "sending", (("waiting", 5, "LINE: 401"),)),
    }
    words = {
        "late draft": "まだ承認に出していません", "returned": "場所がちがいます。", "not approved in time": "承認されていないため",
        "too late": "動いていなかったため", "nothing works": "送る仕事が動いていません", "quota": "使い切ったため",
        "dead letters": "断られて届いていません", "no answer": "届いたかどうか分かりません", "again and again": "LINE: 401",
    }  # fmt: skip
    for name, reason in found.items():
        assert reason is not None, name
        assert words[name] in reason.why, name
        assert reason.stuck, name
        assert reason.mend.endswith("。"), name


def test_an_election_holds_it(office: Office, noon: datetime) -> None:
    today = noon.date()
    with office.context.database.write() as session:
        session.add(ElectionPeriod(municipality_id="fuji", name="市議会", first_day=today, last_day=today))
    for state in ("submitted", "scheduled"):
        reason = _why(office, noon, state, send_at=noon + timedelta(hours=1))
        assert reason is not None
        assert "選挙の期間(市議会" in reason.why
        assert reason.stuck


def test_what_waits_or_went_is_not_called_stuck(office: Office, noon: datetime) -> None:
    soon = noon + timedelta(hours=1)
    assert _why(office, noon, "draft", send_at=soon) is None
    assert _why(office, noon, "scheduled", send_at=soon) is None
    assert _why(office, noon, "sent", (("accepted", 1, ""),)) is None
    held = _why(office, noon, "scheduled", send_at=soon, held_until=soon)
    waiting = _why(office, noon, "submitted", send_at=soon, submitted_at=noon)
    cancelled = _why(office, noon, "cancelled", comment="雨のため")
    assert [one.stuck for one in (held, waiting, cancelled)] == [False, False, False]
    night = noon.replace(hour=23)
    moved = _why(office, noon, "scheduled", send_at=night)
    assert "夜9時から朝7時まで" in moved.why

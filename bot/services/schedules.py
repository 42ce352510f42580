"""When an approved announcement goes out: its own time, moved out of the quiet hours; what a writer is told of it."""

from __future__ import annotations

from datetime import datetime

from bot.core import quiet_hours
from bot.core.moments import moment_of
from bot.models import Announcement

WHY_MOVED = {
    "normal": "夜9時から朝7時までは送りません",
    "cancellation": "夜9時から朝5時30分までは、中止や順延のお知らせも送りません",
}


def send_time(a: Announcement, earliest: datetime) -> datetime:
    """The moment it goes out when it may go out from `earliest` on (the approval's hold is over)."""
    wanted = max(a.send_at or earliest, earliest)
    return wanted if a.at_once else quiet_hours.earliest(wanted, a.urgency)


def own_time(a: Announcement) -> datetime | None:
    """The time its author chose, of one whose approval is taken back; None when it was to go as soon as it might."""
    earliest = a.held_until or a.approved_at
    if a.series_id is not None or a.send_at is None or earliest is None:
        return a.send_at
    soonest = earliest if a.at_once else quiet_hours.earliest(earliest, a.urgency)
    return None if a.send_at <= soonest else a.send_at


def note(a: Announcement, now: datetime) -> str | None:
    """What the writer is told beforehand when its time lies in the quiet hours; None when it does not."""
    if a.frozen_at is not None:
        return None
    goes = send_time(a, now)
    if goes == max(a.send_at or now, now):
        return None
    return f"{WHY_MOVED[a.urgency]}。{moment_of(goes)}に送ります。"


def late_words(hours: int) -> str:
    """What happens when its time was missed, in words for staff."""
    if not hours:
        return "送る時を逃したら、送りません。"
    return f"送る時を逃したら、{hours}時間までは遅れても送ります。それより遅いときは、送りません。"

"""When a message may reach a telephone: one rule for announcements and for news to single people. Pure.

Quiet hours are 21:00 to 7:00 of Japan. A cancellation may come from 5:30, so that nobody sets out in vain; an
emergency comes at any hour. What has begun to go out at 20:59 goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final

from bot.now import JST, jst

ENDS: Final[Mapping[str, time]] = {"normal": time(7, 0), "cancellation": time(5, 30)}
BEGIN: Final = time(21, 0)
AT_ANY_HOUR: Final = ("emergency", "asked")


def earliest(moment: datetime, urgency: str = "normal") -> datetime:
    """The first moment from this one on at which a message of this urgency may go out; mostly the moment itself.

    `urgency`: normal, cancellation, emergency, or asked (what this person has just done or asked for).
    """
    if urgency in AT_ANY_HOUR:
        return moment
    local, ends = jst(moment), ENDS[urgency]
    if ends <= local.time() < BEGIN:
        return moment
    day = local.date() if local.time() < ends else local.date() + timedelta(days=1)
    return datetime.combine(day, ends, JST)


def decent(now: datetime, urgency: str = "normal") -> bool:
    """Whether a message of this urgency may go out now."""
    return earliest(now, urgency) == now

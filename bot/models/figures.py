"""Numbers of a day that outlive the rows they were counted from: how many, of what, where. Nothing of anybody."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import MunicipalityId, one_of

# Questions asked, of them answered, and answers called wrong; residents who came, left, and were there at its end.
COUNTED = ("asked", "answered", "wrong", "joined", "left", "residents")
NOWHERE = 0  # the district of who has chosen none


class DailyCount(Base):
    """One number of a day in Japan, counted once it is over. A district's row without a number is nought.

    Shown only in sums and as bot.core.small_numbers lets them be.
    """

    __tablename__ = "daily_count"
    __table_args__ = (one_of("kind", COUNTED), CheckConstraint("count >= 0", name="not_negative"))

    municipality_id: Mapped[MunicipalityId] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    # No foreign key: NOWHERE is no district, and the number of a day stays what it was.
    district_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]

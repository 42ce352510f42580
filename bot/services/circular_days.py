"""Issue days that a district's rule names and that no issue is open for yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.models import Circular, CircularRule
from bot.now import JST
from content import issue_days
from content.issue_days import IssueRule


@dataclass(frozen=True)
class LaterIssue:
    """An issue that the clock will open: its district, its day, when it is sent."""

    district_id: int
    day: date
    send_at: datetime

    @property
    def name(self) -> str:
        """回覧 12月3日号, as an open issue is called."""
        return issue_name(self.day)


def issue_name(day: date) -> str:
    """回覧 12月3日号."""
    return f"回覧 {day.month}月{day.day}日号"


def issue_rule(row: CircularRule) -> IssueRule:
    """The stored rule as content.issue_days reads it."""
    return IssueRule(row.rule, row.shift, tuple((str(first), str(last)) for first, last in row.breaks))


def later(session: Session, municipality: str, first: date, last: date) -> Iterator[LaterIssue]:
    """The days from `first` to `last` that the rules name after the last issue that was ever opened."""
    if first > last:
        return
    rules = session.scalars(select(CircularRule).where(CircularRule.municipality_id == municipality)).all()
    newest = select(Circular.district_id, func.max(Circular.named_on)).where(Circular.municipality_id == municipality)
    opened: dict[int, date] = dict(session.execute(newest.group_by(Circular.district_id)).all())
    for rule in rules:
        for one in issue_days.between(issue_rule(rule), first, last):
            if one.named > opened.get(rule.district_id, date.min):
                yield LaterIssue(rule.district_id, one.day, datetime.combine(one.day, time(rule.send_hour), JST))

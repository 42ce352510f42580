"""Activity rules expanded into dates, from a given now.

A rule is this subset of RFC 5545's RRULE (3.3.10), written in one line:
`FREQ=DAILY|WEEKLY|MONTHLY|YEARLY`, with `INTERVAL=n` (needs a first day), `BYDAY=SA,1SU,-1FR` (numbers only
with MONTHLY, or with YEARLY beside BYMONTH), `BYMONTHDAY=15,-1` (negative from the month's end),
`BYMONTH=4,10`, `UNTIL=20270331`. A day that a month does not have is left out, never moved, as RFC 5545
says. Weeks begin on Monday. Days are days of Asia/Tokyo.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from bot.errors import BadInputError
from bot.now import JST
from content.packs_model import Activity, Change, Entry

_WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
# 29 February to 29 February over a century year that is no leap year: the longest gap a rule can have.
LONGEST_GAP = timedelta(days=8 * 366)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed rule. `by_day` holds (n or 0 for each, weekday 0 = Monday)."""

    frequency: str
    interval: int = 1
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of an activity. Times are aware (Asia/Tokyo); `all_day` when the activity names no time.

    `apply_by` is the last moment to apply, `full` says that no place is left.
    """

    entry_id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    place: str
    state: str
    state_note: str
    apply_by: datetime | None
    full: bool
    day: date  # the day that the rule names: what a change or a sign-up is for, wherever the date moved
    moved: bool = False

    def closed(self, now: datetime) -> bool:
        """Whether the time to apply is over."""
        return self.apply_by is not None and now > self.apply_by

    @property
    def called_off(self) -> bool:
        return self.state == "中止"

    @property
    def takes_place(self) -> bool:
        """Neither called off nor put off to a day that nobody knows yet."""
        return not self.called_off and (self.state != "順延" or self.moved)


def _numbers(text: str, low: int, high: int, part: str) -> tuple[int, ...]:
    found = []
    for word in text.split(","):
        if not re.fullmatch(r"-?\d{1,4}", word, re.ASCII) or not low <= int(word) <= high or int(word) == 0:
            raise BadInputError(f"rule: {part} {word!r} is not between {low} and {high}")
        found.append(int(word))
    return tuple(found)


def _until(text: str) -> date:
    problem = f"rule: UNTIL {text!r} is not a date; write 20270331"
    if not re.fullmatch(r"\d{8}", text, re.ASCII):
        raise BadInputError(problem)
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise BadInputError(problem) from None


def _by_day(text: str) -> tuple[tuple[int, int], ...]:
    found = []
    for word in text.split(","):
        match = _BYDAY.fullmatch(word)
        if not match:
            raise BadInputError(f"rule: BYDAY {word!r} is none; write for example SA, 1SU or -1FR")
        found.append((int(match[1] or 0), _WEEKDAYS[match[2]]))
    return tuple(found)


@lru_cache(maxsize=4096)
def parse(text: str) -> Rule:
    """The rule, or BadInputError saying what is wrong with it."""
    parts: dict[str, str] = {}
    for piece in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = piece.partition("=")
        if not equals or not value or name in parts:
            raise BadInputError(f"rule: {piece!r} is not NAME=VALUE, or stands twice")
        parts[name] = value
    known = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "UNTIL"}
    if unknown := sorted(set(parts) - known):
        raise BadInputError(f"rule: {unknown[0]} is not supported; use {', '.join(sorted(known))}")
    if parts.get("FREQ") not in _FREQUENCIES:
        raise BadInputError(f"rule: FREQ must be one of {', '.join(_FREQUENCIES)}")
    rule = Rule(
        parts["FREQ"],
        _numbers(parts.get("INTERVAL", "1"), 1, 99, "INTERVAL")[0],
        _by_day(parts["BYDAY"]) if "BYDAY" in parts else (),
        _numbers(parts["BYMONTHDAY"], -31, 31, "BYMONTHDAY") if "BYMONTHDAY" in parts else (),
        _numbers(parts["BYMONTH"], 1, 12, "BYMONTH") if "BYMONTH" in parts else (),
        _until(parts["UNTIL"]) if "UNTIL" in parts else None,
    )
    _refuse_vague(rule)
    return rule


def _refuse_vague(rule: Rule) -> None:
    """A rule must say its days by itself: nothing is silently taken from a first day."""
    numbered = any(nth for nth, _ in rule.by_day)
    if rule.frequency == "WEEKLY" and (not rule.by_day or rule.by_month_day):
        raise BadInputError("rule: WEEKLY needs BYDAY (and no BYMONTHDAY), for example FREQ=WEEKLY;BYDAY=SA")
    if rule.frequency in {"MONTHLY", "YEARLY"} and not (rule.by_day or rule.by_month_day):
        raise BadInputError("rule: say the day, for example BYDAY=1SU or BYMONTHDAY=15")
    if rule.frequency == "YEARLY" and not rule.by_month:
        raise BadInputError("rule: YEARLY needs BYMONTH, for example FREQ=YEARLY;BYMONTH=9;BYDAY=3MO")
    if numbered and rule.frequency in {"DAILY", "WEEKLY"}:
        raise BadInputError("rule: a number before a weekday (1SU) needs FREQ=MONTHLY or YEARLY")


def check(activity: Activity) -> str | None:
    """What is wrong with an activity's times, or None. The text says how to mend it."""
    return _wrong_days(activity) or _wrong_rule(activity) or _wrong_times(activity)


def _wrong_days(activity: Activity) -> str | None:
    if activity.starts_on is None and activity.rule is None:
        return "an activity needs a first day (開始日) or a rule (entaku_rule)"
    if activity.dates and (activity.rule or activity.ends_on or activity.starts_on is None):
        return "dates need a first day (開始日), and neither a rule nor 終了日 beside it"
    if activity.starts_on and activity.ends_on and activity.ends_on < activity.starts_on:
        return "the last day is before the first; correct 終了日"
    return None


def _wrong_rule(activity: Activity) -> str | None:
    if activity.rule is None:
        return "entaku_numbered needs a rule" if activity.numbered else None
    try:
        rule = parse(activity.rule)
    except BadInputError as problem:
        return problem.message
    if activity.starts_on is None and (rule.interval > 1 or activity.numbered):
        return "INTERVAL and entaku_numbered count from the first day; write 開始日"
    return None


def _wrong_times(activity: Activity) -> str | None:
    if activity.end is not None and activity.start is None:
        return "an end time without a start time; write 開始時間"
    one_day = activity.rule is not None or bool(activity.dates) or activity.ends_on in {None, activity.starts_on}
    if one_day and activity.start and activity.end and activity.end <= activity.start:
        return "the end time is not after the start time; correct 終了時間"
    return None


def _nth(day: date) -> tuple[int, int]:
    """Which one of its weekday in its month a day is: (from the beginning, from the end as negative)."""
    last = calendar.monthrange(day.year, day.month)[1]
    return (day.day - 1) // 7 + 1, -((last - day.day) // 7 + 1)


def _in_interval(rule: Rule, day: date, first: date | None) -> bool:
    if rule.interval == 1 or first is None:
        return True
    if rule.frequency == "DAILY":
        apart = (day - first).days
    elif rule.frequency == "WEEKLY":
        apart = ((day - _DAY * day.weekday()) - (first - _DAY * first.weekday())).days // 7
    elif rule.frequency == "MONTHLY":
        apart = (day.year - first.year) * 12 + day.month - first.month
    else:
        apart = day.year - first.year
    return apart % rule.interval == 0


def matches(rule: Rule, day: date, first: date | None = None) -> bool:
    """Whether the rule names this day. `first` is the day INTERVAL counts from and nothing precedes."""
    if (first and day < first) or (rule.until and day > rule.until):
        return False
    if rule.by_month and day.month not in rule.by_month:
        return False
    if rule.by_month_day:
        last = calendar.monthrange(day.year, day.month)[1]
        if day.day not in rule.by_month_day and day.day - last - 1 not in rule.by_month_day:
            return False
    if rule.by_day:
        from_start, from_end = _nth(day)
        weekday = day.weekday()
        if not any(one == weekday and nth in {0, from_start, from_end} for nth, one in rule.by_day):
            return False
    return _in_interval(rule, day, first)


def days(activity: Activity, start: date, end: date) -> Iterator[date]:
    """The first days of an activity between start and end, both included."""
    if activity.rule is None:
        named = {activity.starts_on, *activity.dates} - {None}
        yield from sorted(day for day in named if day and start <= day <= end)
        return
    yield from _of_rule(activity.rule, activity.starts_on, activity.ends_on, start, end)


@lru_cache(maxsize=8192)  # districts share their rules, and pages ask for the same two months again and again
def _of_rule(text: str, first: date | None, ends_on: date | None, start: date, end: date) -> tuple[date, ...]:
    """The days that a rule names between start and end, both included."""
    rule, found = parse(text), []
    day = max(start, first) if first else start
    last = min(end, rule.until) if rule.until else end
    if ends_on:
        last = min(last, ends_on)
    while day <= last:
        if rule.by_month and day.month not in rule.by_month:  # on to the next month at once
            day = (day.replace(day=28) + _DAY * 4).replace(day=1)
            continue
        if matches(rule, day, first):
            found.append(day)
        day += _DAY
    return tuple(found)


def _at(day: date, clock: time | None) -> datetime:
    return datetime.combine(day, clock or time(0, 0), JST)


def _times(activity: Activity, day: date) -> tuple[datetime, datetime]:
    """From-to of one date; without times the whole days, without an end time two hours at most of the day."""
    last = activity.ends_on if activity.rule is None and activity.ends_on and not activity.dates else day
    if activity.start is None:
        return _at(day, None), _at(last + _DAY, None)
    starts = _at(day, activity.start)
    if activity.end is not None:
        return starts, _at(last, activity.end)
    return starts, max(starts, min(_at(last, activity.start) + timedelta(hours=2), _at(last + _DAY, None)))


def _title(entry: Entry, activity: Activity, day: date) -> str:
    """The title, with 第n回 before the mark （見本） when the dates are counted."""
    if not activity.numbered or activity.starts_on is None:
        return entry.title
    number = sum(1 for _ in days(activity, activity.starts_on, day))
    head, mark, tail = entry.title.partition("（見本）")
    return f"{head} 第{number}回{mark}{tail}"


def _apply_by(activity: Activity, day: date) -> datetime | None:
    last = activity.apply_by
    if last is None and activity.apply_days is not None:
        last = day - _DAY * activity.apply_days
    return _at(last, time(23, 59)) if last else None


def occurrences(entry: Entry, now: datetime, until: datetime) -> list[Occurrence]:
    """The dates of an activity that are not over at `now` and begin by `until`, in order.

    One that has begun and still runs is among them. Entries that are no activity have none.
    """
    activity = entry.activity
    if activity is None or until < now:
        return []
    today = now.astimezone(JST).date()
    begin = today
    if activity.rule is None and activity.starts_on and activity.ends_on:
        begin = min(today, activity.starts_on)  # one that lasts several days began before today
    changes = {change.day: change for change in activity.changes}
    named = [*days(activity, begin, until.astimezone(JST).date())]
    named += [one.day for one in activity.changes if one.moved_to and one.day not in named]
    found: list[Occurrence] = []
    for day in named:
        scoped = activity.state_scope == "all" or not found
        occurrence = _occurrence(entry, activity, day, changes.get(day), scoped=scoped)
        if occurrence.ends_at > now and occurrence.starts_at <= until:
            found.append(occurrence)
    return sorted(found, key=lambda one: one.starts_at)


def occurrence_on(entry: Entry, day: date) -> Occurrence | None:
    """The date of an activity that its rule names for this day, over or not; None when it names none."""
    activity = entry.activity
    if activity is None or day not in days(activity, day, day):
        return None
    changes = {change.day: change for change in activity.changes}
    return _occurrence(entry, activity, day, changes.get(day), scoped=activity.state_scope == "all")


def _occurrence(entry: Entry, activity: Activity, day: date, change: Change | None, *, scoped: bool) -> Occurrence:
    """One date as it stands: what was said of it alone goes before what the activity says of its next one."""
    starts, ends = _times(activity, day)
    if change is not None:
        moved = timedelta(days=(change.moved_to - day).days) if change.moved_to else timedelta(0)
        if change.start is not None:
            moved += datetime.combine(day, change.start, JST) - starts
        starts, ends = starts + moved, ends + moved
    state, note = (activity.state, activity.state_note) if scoped else ("予定", "")
    return Occurrence(
        entry_id=entry.id,
        title=_title(entry, activity, day),
        starts_at=starts,
        ends_at=ends,
        all_day=activity.start is None and (change is None or change.start is None),
        place=(change.place if change else "") or activity.place,
        state=change.state if change else state,
        state_note=change.note if change else note,
        apply_by=_apply_by(activity, day),
        full=activity.capacity is not None and (activity.booked or 0) >= activity.capacity,
        day=day,
        moved=change is not None and change.moved_to is not None,
    )


def next_occurrence(entry: Entry, now: datetime) -> Occurrence | None:
    """The first date that is not over yet, however far away; None when the activity is over for good."""
    for span in (timedelta(days=62), timedelta(days=400), LONGEST_GAP):
        if found := occurrences(entry, now, now + span):
            return found[0]
    return None

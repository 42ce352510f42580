"""RRULE, RDATE and EXDATE of a calendar -> the rules of `content.recurrence`, or single days, or words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final

from bot.errors import BadInputError
from bot.now import JST
from content.formats.rows_in import Note
from content.packs_model import Activity
from content.recurrence import days, parse

MAX_DATES: Final = 400
_FAR: Final = timedelta(days=366 * 6)
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNSUPPORTED: Final = "くり返しの決まり({rule})は、そのままでは取り込めません。始まりの日だけを取り込みました"


def repeated(event: Any, activity: Activity, notes: list[Note]) -> Activity:
    """The activity with its rule; one that counts its dates or leaves some out becomes a list of days."""
    first = activity.starts_on
    assert first is not None
    more, less = _days_of(event, "rdate"), _days_of(event, "exdate")
    rule = event.get("rrule")
    if isinstance(rule, list):
        rule, odd = rule[0], str(rule)
        notes.append(Note("RRULE", _UNSUPPORTED.format(rule=odd[:80])))
    if rule is None:
        return _listed(activity, {first, *more} - less, notes)
    count = rule.get("COUNT", [None])[0]
    written = _rule(rule, first)
    if written is None:
        notes.append(Note("RRULE", _UNSUPPORTED.format(rule=rule.to_ical().decode()[:80])))
        return _listed(activity, {first, *more} - less, notes)
    ruled = replace(activity, rule=written)
    if count is None and not more and not less:
        return ruled
    named = list(islice(days(ruled, first, first + _FAR), int(count) if count else MAX_DATES + 1))
    wanted = {*named, first, *more} - less
    if not wanted or len(wanted) > MAX_DATES:
        notes.append(Note("EXDATE", "くり返しから除く日は取り込めませんでした。除く日を確かめてください"))
        return ruled
    return _listed(activity, wanted, notes)


def _listed(activity: Activity, wanted: set[date], notes: list[Note]) -> Activity:
    if not wanted:
        notes.append(Note("EXDATE", "すべての日が除かれています。中止としました"))
        return replace(activity, state="中止")
    ordered = sorted(wanted)[:MAX_DATES]
    return replace(activity, rule=None, starts_on=ordered[0], dates=tuple(ordered[1:]))


def _days_of(event: Any, name: str) -> set[date]:
    value = event.get(name)
    found = set()
    for part in value if isinstance(value, list) else [value] if value is not None else []:
        for one in getattr(part, "dts", []):
            moment = one.dt
            if isinstance(moment, datetime):
                found.add(moment.astimezone(JST).date() if moment.tzinfo else moment.date())
            elif isinstance(moment, date):
                found.add(moment)
    return found


def _rule(rule: Any, first: date) -> str | None:
    """The rule in our subset; None when it says more than that."""
    parts = {str(name).upper(): rule[name] for name in rule}
    frequency = str(parts.get("FREQ", [""])[0]).upper()
    if set(parts) - {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "UNTIL", "COUNT", "WKST"}:
        return None
    words = [f"FREQ={frequency}"]
    if int(parts.get("INTERVAL", [1])[0]) != 1:
        words.append(f"INTERVAL={parts['INTERVAL'][0]}")
    words += [
        f"{name}={','.join(str(one) for one in parts[name])}"
        for name in ("BYDAY", "BYMONTHDAY", "BYMONTH")
        if name in parts
    ]
    if frequency == "WEEKLY" and "BYDAY" not in parts:
        words.append(f"BYDAY={_DAYS[first.weekday()]}")
    if frequency == "YEARLY" and "BYMONTH" not in parts:
        words.append(f"BYMONTH={first.month}")
    if frequency in {"MONTHLY", "YEARLY"} and not {"BYDAY", "BYMONTHDAY"} & set(parts):
        words.append(f"BYMONTHDAY={first.day}")
    if "UNTIL" in parts:
        until = parts["UNTIL"][0]
        day = until.astimezone(JST).date() if isinstance(until, datetime) and until.tzinfo else until
        words.append(f"UNTIL={day:%Y%m%d}")
    written = ";".join(words)
    try:
        parse(written)
    except BadInputError:
        return None
    return written

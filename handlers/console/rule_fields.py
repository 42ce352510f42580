"""The fields that say how something comes again (毎週, 毎月 第何の何曜日, 毎月 同じ日), of series and activities."""

from __future__ import annotations

from typing import Final

from content import recurrence
from content.recurrence import Rule
from content.series_rules import CODES, NAMES
from handlers.console.forms import Fields

REPEATS: Final = {
    "weekly": "毎週(または2週ごと)",
    "nth": "毎月、第何の何曜日",
    "day": "毎月、同じ日",
}
NTHS: Final = {"1": "第1", "2": "第2", "3": "第3", "4": "第4", "5": "第5", "-1": "最後の"}
WEEKDAYS: Final = tuple(zip(CODES, NAMES, strict=True))


def read(fields: Fields, kind: str) -> str:
    """The rule (content.recurrence) of one of REPEATS as posted; what is missing stands in `fields.errors`."""
    if kind == "weekly":
        days = [code for code in CODES if fields.checked("weekdays", code)]
        if not days:
            fields.errors["weekdays"] = "曜日を1つ以上選んでください。"
        every = ";INTERVAL=2" if fields.value("every") == "2" else ""
        return f"FREQ=WEEKLY{every};BYDAY={','.join(days)}"
    if kind == "nth":
        numbers = [number for number in NTHS if fields.checked("nths", number)]
        if not numbers:
            fields.errors["nths"] = "第何かを1つ以上選んでください。"
        weekday = fields.one_of("weekday", "曜日", CODES)
        return "FREQ=MONTHLY;BYDAY=" + ",".join(f"{number}{weekday}" for number in numbers)
    day = fields.one_of("month_day", "日にち", ["-1", *map(str, range(1, 32))])
    return f"FREQ=MONTHLY;BYMONTHDAY={day}"


def shown(rule: str) -> dict[str, str | list[str]]:
    """A rule as these fields show it; `{}` for one that they cannot say."""
    parsed = recurrence.parse(rule)
    if parsed.by_month or parsed.until or (parsed.interval > 1 and parsed.frequency != "WEEKLY"):
        return {}
    codes = [CODES[weekday] for _, weekday in parsed.by_day]
    if parsed.frequency == "WEEKLY" and parsed.interval <= 2:
        return {"repeat": "weekly", "weekdays": codes, "every": str(parsed.interval)}
    if parsed.frequency == "MONTHLY" and len(parsed.by_month_day) == 1 and not codes:
        day = parsed.by_month_day[0]
        return {"repeat": "day", "month_day": str(day)} if day >= -1 else {}
    return _nths(parsed, codes) if parsed.frequency == "MONTHLY" and not parsed.by_month_day else {}


def _nths(rule: Rule, codes: list[str]) -> dict[str, str | list[str]]:
    numbers = [str(nth) for nth, _ in rule.by_day]
    if len(set(codes)) != 1 or not set(numbers) <= set(NTHS):
        return {}
    return {"repeat": "nth", "nths": numbers, "weekday": codes[0]}

"""Days and months by name in the languages that are not Japanese: Sat 28 November, sáb., 28 de novembro."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from content.language import of_catalogue


@dataclass(frozen=True)
class _Names:
    """Names parted by spaces (· where a name has one), Monday and January first; empty months are numbers.

    `dated` and `plain` are patterns over weekday, day and month; `year` is how a year is added to {text}.
    """

    weekdays: str
    months: str
    dated: str
    plain: str
    year: str


_NAMES: Final = {
    "en": _Names(
        "Mon Tue Wed Thu Fri Sat Sun",
        "January February March April May June July August September October November December",
        "{weekday} {day} {month}",
        "{day} {month}",
        "{text} {year}",
    ),
    "pt": _Names(
        "seg. ter. qua. qui. sex. sáb. dom.",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "{weekday}, {day} de {month}",
        "{day} de {month}",
        "{text} de {year}",
    ),
    "es": _Names(
        "lun. mar. mié. jue. vie. sáb. dom.",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "{weekday} {day} de {month}",
        "{day} de {month}",
        "{text} de {year}",
    ),
    "vi": _Names(
        "thứ·Hai thứ·Ba thứ·Tư thứ·Năm thứ·Sáu thứ·Bảy Chủ·nhật",
        "",
        "{weekday} {day}/{month}",
        "{day}/{month}",
        "{text}/{year}",
    ),
    "tl": _Names(
        "Lunes Martes Miyerkules Huwebes Biyernes Sabado Linggo",
        "Enero Pebrero Marso Abril Mayo Hunyo Hulyo Agosto Setyembre Oktubre Nobyembre Disyembre",
        "{weekday}, {month} {day}",
        "{month} {day}",
        "{text}, {year}",
    ),
    "zh-Hans": _Names(
        "一 二 三 四 五 六 日",
        "",
        "{month}月{day}日（周{weekday}）",
        "{month}月{day}日",
        "{year}年{text}",
    ),
}


def dated(value: date, language: str, *, weekday: bool, year: bool) -> str:
    """A day in a language that is not Japanese (English for languages without names here)."""
    names = _NAMES[of_catalogue(language, tuple(_NAMES))]
    months = names.months.split()
    text = (names.dated if weekday else names.plain).format(
        weekday=names.weekdays.split()[value.weekday()].replace("·", " "),
        day=value.day,
        month=months[value.month - 1] if months else value.month,
    )
    return names.year.format(text=text, year=value.year) if year else text

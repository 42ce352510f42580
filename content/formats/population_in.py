"""A row of a population table (by region and age) -> a region's population on one day."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from content.formats import days_in
from content.formats.clocks_in import plain
from content.formats.column_words import AGES, POPULATION
from content.formats.ours_in import Ours
from content.formats.rows_in import OWN_KEY, City, Ident, Row, hashed
from content.packs_model import SAMPLE_MARK, Entry

_COUNTS: Final = (
    "total",
    "male",
    "female",
    *(f"{sex}{at}" for at in range(1, len(AGES) + 1) for sex in "mf"),
    "households",
)
_NAMES: Final = {column.field: column.name for column in POPULATION}
_ABOVE: Final = re.compile(
    r"(?:(?:令和|平成|[RH]\.?)\s*(?:\d{1,2}|元)|20\d{2})\s*(?:年|[./-])\s*\d{1,2}\s*(?:月|[./-])\s*(?:\d{1,2}(?:\s*日)?|末日?)"
)
_MONTH_END: Final = re.compile(r"(?<=月)\s*末日?")
_HIDDEN: Final = re.compile(r"[xX×*＊ｘＸ秘\-−－―…･・\s]+")


def read(row: Row, city: City) -> tuple[Entry, Ident] | None:
    """The population of a row; None after noting why it is refused."""
    region = " ".join(row.text("region").split()) or _whole_city(row)
    if region and row.text("entaku_body") and not (row.text("survey_date") or row.text("total")):
        return _words_only(row, city, region)
    day = _day(row, city)
    counts = {name: number for name in _COUNTS if (number := _count(row, name)) is not None}
    if not region:
        row.refuse("region", "地域名がありません。書いてください")
    if "total" not in counts and {"male", "female"} <= counts.keys():
        counts["total"] = counts["male"] + counts["female"]
        row.warn("total", "総人口がないので、男性と女性の合計としました")
    if "total" not in counts and not row.refused:
        row.refuse("total", "総人口がないか、数として読めません。数字で書いてください")
    if row.refused or day is None:
        return None
    _check_sums(row, counts)
    lat, lon = row.point()
    extra = row.others() | row.publisher(city) | {_NAMES[name]: str(number) for name, number in counts.items()}
    extra |= {"調査年月日": day.isoformat(), "地域名": region[:200]}
    extra |= row.keep("region_code", "remarks")
    if lat is not None and lon is not None:
        extra["緯度経度"] = f"{lat},{lon}"
    if (outside := row.outside_id()) and not OWN_KEY.fullmatch(outside):
        extra["NO"] = outside
    title = f"{region[:180]}の人口"
    entry = Entry(
        id="", imported=True, kind="population", title=title, body=text(region, day, counts), source=city.source,
        districts=_districts(region, city), checked_on=city.today, sample=SAMPLE_MARK in title,
        extra=dict(sorted(extra.items())),
    )  # fmt: skip
    # A region's number may be anew each time; the region and the day are what a row is about.
    return Ours.of(row).entry(entry), Ident(None, hashed(region), hashed(day.isoformat()))


def _words_only(row: Row, city: City, region: str) -> tuple[Entry, Ident]:
    """A row of our own file that says something of a region in words, without a day and numbers."""
    entry = Entry(
        id="", imported=True, kind="population", title=region, body=row.text("entaku_body"), source=city.source,
        checked_on=city.today, sample=SAMPLE_MARK in region, extra=row.others() | {"地域名": region[:200]},
    )  # fmt: skip
    return Ours.of(row).entry(entry), Ident(None, hashed(region), hashed(""))


def text(region: str, day: date, counts: dict[str, int]) -> str:
    """The numbers in a sentence."""
    when = f"{day.year}年{day.month}月{day.day}日"
    parts = [f"{region}の人口は、{when}現在で{counts['total']:,}人です"]
    if {"male", "female"} <= counts.keys():
        parts.append(f"(男性{counts['male']:,}人、女性{counts['female']:,}人)")
    said = "".join(parts) + "。"
    if "households" in counts:
        said += f"世帯は{counts['households']:,}です。"
    old = [counts.get(f"{sex}{at}") for at in range(14, len(AGES) + 1) for sex in "mf"]  # from 65-69歳
    if all(number is not None for number in old) and counts["total"]:
        share = sum(number or 0 for number in old) * 100 / counts["total"]
        said += f"65歳以上は{share:.1f}%です。"
    return said


def said_of(region: str, day: str, counts: dict[str, int]) -> str:
    """The same of what an entry keeps."""
    return text(region, date.fromisoformat(day), counts)


def _whole_city(row: Row) -> str:
    """A table of the whole city has no column for regions."""
    return row.text("city") if "region" not in row.header.fields else ""


def _day(row: Row, city: City) -> date | None:
    said = row.text("survey_date")
    if not said and "survey_date" not in row.header.fields and (above := _ABOVE.search(plain(row.header.above))):
        said = above[0]
        row.warn("survey_date", f"調査年月日の列がないので、表の上の「{said}」から読みました")
    if not said:
        row.refuse("survey_date", "調査年月日がありません。書いてください(例: 2026-10-01)")
        return None
    ended = _MONTH_END.sub("1日", plain(said))
    found = days_in.read(ended, city.today)
    if found.first is not None and ended != plain(said):
        found = replace(found, first=(found.first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    if found.first is None:
        row.refuse("survey_date", f"「{said[:30]}」は日として読めません。2026-10-01 のように書いてください")
        return None
    for why in found.notes:
        row.warn("survey_date", why)
    return found.first


def _count(row: Row, name: str) -> int | None:
    said = row.text(name)
    if not said:
        return None
    words = plain(said).replace(",", "").replace("人", "").replace("世帯", "").strip()
    if re.fullmatch(r"\d{1,9}(?:\.0+)?", words):
        return int(float(words))
    if _HIDDEN.fullmatch(words):
        row.warn(name, f"「{said[:10]}」は伏せられた数なので、数なしで取り込みました")
    else:
        row.warn(name, f"「{said[:20]}」は数として読めないので、数なしで取り込みました")
    return None


def _check_sums(row: Row, counts: dict[str, int]) -> None:
    if {"male", "female"} <= counts.keys() and counts["male"] + counts["female"] != counts["total"]:
        row.warn(
            "total", f"総人口({counts['total']})が、男性と女性の合計({counts['male'] + counts['female']})とちがいます"
        )
    ages = [counts.get(f"{sex}{at}") for at in range(1, len(AGES) + 1) for sex in "mf"]
    known = [number for number in ages if number is not None]
    if len(known) == len(ages) and sum(known) != counts["total"]:
        row.warn("total", f"総人口({counts['total']})が、年齢別の合計({sum(known)})とちがいます")


def _districts(region: str, city: City) -> tuple[str, ...]:
    found = city.districts.get(region.removesuffix("地区"))
    return (found,) if found else ()

"""Dates as people say them, by the conventions of content.dates, seen from a Wednesday and from a Sunday."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import pytest

from bot.now import JST
from content import dates

WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=JST)
SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=JST)

CASES = Path(__file__).parent / "cases"

SAID = """
今日 2026-11-18
きょう 2026-11-18
本日の行事 2026-11-18
明日 2026-11-19
あした 2026-11-19
あすの天気 2026-11-19
あさって 2026-11-20
明後日 2026-11-20
しあさって 2026-11-21
昨日 2026-11-17
おととい 2026-11-16
今夜 2026-11-18
今週 2026-11-16 2026-11-22
来週 2026-11-23 2026-11-29
再来週 2026-11-30 2026-12-06
今週末 2026-11-21 2026-11-22
週末 2026-11-21 2026-11-22
来週末 2026-11-28 2026-11-29
土日 2026-11-21 2026-11-22
来週の土日 2026-11-28 2026-11-29
今度の土日 2026-11-21 2026-11-22
こんどの　どにち 2026-11-21 2026-11-22
来週の土曜日 2026-11-28
らいしゅうのどようび 2026-11-28
再来週の火曜 2026-12-01
先週の日曜 2026-11-15
今度の日曜 2026-11-22
日曜日 2026-11-22
月曜 2026-11-23
次の水曜日 2026-11-25
水曜日 2026-11-18
来週の月曜から水曜 2026-11-23 2026-11-25
土曜か日曜 2026-11-21 2026-11-22
来月の第2土曜 2026-12-12
12月の第1日曜 2026-12-06
第3日曜日 2026-12-20
第三日曜 2026-12-20
最終金曜日 2026-11-27
今月 2026-11-01 2026-11-30
今月中 2026-11-18 2026-11-30
来月 2026-12-01 2026-12-31
再来月 2027-01-01 2027-01-31
今月末 2026-11-30
月末 2026-11-30
12月上旬 2026-12-01 2026-12-10
来月中旬 2026-12-11 2026-12-20
今月なかば 2026-11-11 2026-11-20
来月下旬 2026-12-21 2026-12-31
11月 2026-11-01 2026-11-30
12月 2026-12-01 2026-12-31
3月 2027-03-01 2027-03-31
十二月 2026-12-01 2026-12-31
来年の1月 2027-01-01 2027-01-31
今年の12月 2026-12-01 2026-12-31
来年 2027-01-01 2027-12-31
来年度 2027-04-01 2028-03-31
令和8年12月6日 2026-12-06
令和9年1月 2027-01-01 2027-01-31
R8.12.6 2026-12-06
2026年12月6日 2026-12-06
2026-12-06 2026-12-06
2026/12/6 2026-12-06
12/6 2026-12-06
12月6日 2026-12-06
11月28日(土) 2026-11-28
十一月二十八日 2026-11-28
11月28日から30日 2026-11-28 2026-11-30
11月28日(土)・29日(日) 2026-11-28 2026-11-29
12月29日から1月3日 2026-12-29 2027-01-03
28日 2026-11-28
5日 2026-12-05
３日後 2026-11-21
2週間後 2026-12-02
一か月後 2026-12-18
1週間以内 2026-11-18 2026-11-25
お盆 2027-08-13 2027-08-16
正月 2027-01-01 2027-01-03
GW 2027-04-29 2027-05-05
ゴールデンウィーク 2027-04-29 2027-05-05
年末年始 2026-12-29 2027-01-03
夏休み 2027-07-21 2027-08-31
大晦日 2026-12-31
元旦 2027-01-01
クリスマス 2026-12-25
勤労感謝の日 2026-11-23
成人の日 2027-01-11
今度の祝日 2026-11-23
今度の連休 2026-11-21 2026-11-23
tomorrow 2026-11-19
this_weekend 2026-11-21 2026-11-22
amanhã 2026-11-19
December_6 2026-12-06
mañana 2026-11-19
明天 2026-11-19
"""  # a line: what is said (_ is a space), from, to
FROM_SUNDAY = """
今度の日曜 2026-11-29
日曜日 2026-11-22
週末 2026-11-22
今週末 2026-11-22
土日 2026-11-22
今度の土日 2026-11-28 2026-11-29
来週の土日 2026-11-28 2026-11-29
来週 2026-11-23 2026-11-29
明日 2026-11-23
"""


def table(text):
    for line in text.strip().splitlines():
        said, first, *last = line.split(" ")
        yield said.replace("_", " "), first, last[0] if last else first


@pytest.mark.parametrize(("said", "first", "last"), list(table(SAID)))
def test_said_on_a_wednesday(said, first, last):
    found = (
        dates.find(f"{said}に何かありますか", WEDNESDAY)
        if not said[0].isascii() or said[0].isdigit() or said[0] == "R"
        else dates.find(said, WEDNESDAY)
    )
    assert found is not None
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize(("said", "first", "last"), list(table(FROM_SUNDAY)))
def test_said_on_a_sunday(said, first, last):
    found = dates.find(said, SUNDAY)
    assert found is not None
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "1丁目2番地", "富士見台6丁目1-1", "500円", "3年生", "四日市", "五人以上", "24時間", "0545-21-7102", "1日1回", "3日に1回",
        "きょうかい", "きょうどう", "協働", "日曜大工", "第6次総合計画", "26地区", "正月飾りの焼き方", "盆踊り", "3日間", "2月号",
        "夏祭りいつ", "敬老会", "ごみ ひ いつ", "日時は", "平日", "毎月第2土曜", "1/2補助", "明日香さん", "五月人形", "2月30日", "99月",
        "防災訓練いつ？", "今泉", "70歳以上", "10人", "", "🗓️", "会費は300円", "7-12-37", "20世帯", "第2次計画",
    ],
)  # fmt: skip
def test_no_date(text):
    assert dates.find(text, WEDNESDAY) is None


def test_now_is_seen_from_japan():
    late = datetime.fromisoformat("2026-11-21T16:30:00+00:00")  # already Sunday in Japan
    assert dates.find("今日", late).first.isoformat() == "2026-11-22"


def test_what_was_said_and_what_is_left():
    found = dates.find("今度の土日、子ども連れて行けるイベントある？", WEDNESDAY)
    assert found.words == "今度の土日"
    assert "土日" not in found.rest
    assert "イベントある" in found.rest


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("午後3時半", time(15, 30)),
        ("夜7時", time(19, 0)),
        ("8時30分", time(8, 30)),
        ("17:30から", time(17, 30)),
        ("24時間", None),
        ("午前9時", time(9, 0)),
    ],
)
def test_time_of_day(text, at):
    assert dates.time_of_day(text) == at


def written(name):
    return [line.split("\t") for line in (CASES / name).read_text().splitlines() if not line.startswith("#")]


def test_of_the_phrases_written_beforehand_nearly_all_are_understood():
    """From ten different days: month ends, the turn of the year, a leap day, within お盆 and GW."""
    wrong = []
    for now, said, first, last, at in written("dates.tsv"):
        found = dates.find(said, datetime.fromisoformat(now).replace(tzinfo=JST))
        got = found and (found.first.isoformat(), found.last.isoformat(), found.at and f"{found.at:%H:%M}")
        if got != (first, last or first, at or None):
            wrong.append((now, said, got))
    total = len(written("dates.tsv"))
    assert len(wrong) <= 0.02 * total, wrong  # asked: 95 %; two in a hundred keep us from sliding back


@pytest.mark.parametrize("now", [WEDNESDAY, SUNDAY])
def test_what_only_looks_like_a_date_is_none(now):
    wrong = [(said, dates.find(said, now)) for (said,) in written("not_dates.txt")]
    assert [pair for pair in wrong if pair[1]] == []

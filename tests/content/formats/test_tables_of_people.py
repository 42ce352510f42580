"""Tables that people made to be looked at: two lines of header, the day above the table, sums below, prices as numbers."""

from __future__ import annotations

import io
from datetime import date, time

import pytest
from openpyxl import Workbook

from bot.errors import BadInputError
from content.formats import days_in
from content.formats.reading import kind_of, open_file
from content.formats.rows_in import City
from content.packs_model import Source

CITY = City("fuji", "222101", "富士市", Source("富士市のオープンデータ"), date(2026, 11, 22), {"今泉": "imaizumi"})


def rows(body: str | bytes, kind: str):
    data = body if isinstance(body, bytes) else body.encode()
    return list(open_file(kind, io.BytesIO(data), CITY).rows)


def test_a_header_of_two_lines_with_merged_cells_behind_a_cover():
    book = Workbook()
    book.active.append(["令和8年度の行事予定"])
    page = book.create_sheet()
    page.append(["行事名", "開催", None, "会場"])
    page.append([None, "日", "時間", None])
    page.append(["書初め", date(2027, 1, 5), "10:00", "センター"])
    for cells in ("A1:A2", "B1:C1", "D1:D2"):
        page.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    assert kind_of(out) == "activities"  # as the console asks before it reads
    (row,) = rows(out.getvalue(), "activities")
    activity = row.entry.activity
    assert (activity.starts_on, activity.start, activity.place) == (date(2027, 1, 5), time(10), "センター")


def test_ages_over_sexes_and_the_day_above_the_table():
    table = "年齢別人口（令和8年9月末現在）,,,,\n地区,総人口,0-4歳,,世帯\n,,男性,女性,\n今泉,41,20,21,9\n"
    (row,) = rows(table, "population")
    extra = row.entry.extra
    assert (extra["調査年月日"], extra["0-4歳の男性"], extra["0-4歳の女性"]) == ("2026-09-30", "20", "21")
    assert [(note.column, "令和8年9月末" in note.why) for note in row.warnings] == [("調査年月日", True)]


def test_a_row_of_values_is_never_taken_for_a_header():
    first, second = rows("名称,住所,,電話\nその他,永田町,改修中,\n図書館,永田町,,\n", "facilities")
    assert (first.entry.title, second.entry.title) == ("その他", "図書館")
    assert first.entry.extra["(3列目)"] == "改修中"  # what stands under no name is kept


def test_no_day_above_nothing_is_guessed():
    (row,) = rows("町別の人口(毎月更新)\n町名,人口\n今泉,41\n", "population")
    assert row.refused[0].column == "調査年月日"


def test_a_sum_below_the_list_is_no_activity():
    _, last = rows("イベント名,開催日\n写真展,2026-12-05\n合　計,1件\n", "activities")
    assert (last.entry, last.refused[0].column) == (None, "イベント名")


@pytest.mark.parametrize(
    ("written", "fee"), [("0", "無料"), ("500", "500円"), ("1500円", "1500円"), ("大人500円", "大人500円"), ("", "")]
)
def test_a_price_that_is_a_number_is_yen(written, fee):
    (row,) = rows(f"イベント名,開催日,参加費\n市,2026-12-05,{written}\n", "activities")
    assert row.entry.activity.fee == fee


def test_until_the_next_morning_is_one_time_not_two():
    (row,) = rows("イベント名,開始日,終了日,時間\n夜市,2026-12-31,2027-01-01,23:00～翌1:00\n", "activities")
    assert (row.entry.activity.start, row.entry.activity.end) == (time(23), time(1))
    assert not any("何回か" in note.why for note in row.warnings)


def test_a_point_as_maps_write_it():
    (row,) = rows("名称,住所,緯度経度\n図書館,永田町,POINT(138.67 35.16)\n", "facilities")
    assert (row.entry.extra["緯度"], row.entry.extra["経度"]) == ("35.16", "138.67")


def test_a_refuge_without_any_mark_is_told():
    (row,) = rows("名称,住所,洪水,津波\n公園,永田町,,\n", "shelters")
    assert any("印が1つもない" in note.why for note in row.warnings)


def test_old_letters_are_named():
    with pytest.raises(BadInputError, match="JIS"):
        rows("イベント名,開始日\n市,2026-12-05\n".encode("iso2022_jp"), "activities")


@pytest.mark.parametrize("letters", ["Shift_JIS", "EUC-JP"])
def test_a_feed_in_older_letters(letters):
    feed = f'<?xml version="1.0" encoding="{letters}"?><rss version="2.0"><channel><item><title>新着の知らせ</title></item></channel></rss>'
    assert rows(feed.encode(letters.lower()), "news")[0].entry.title == "新着の知らせ"


def test_a_picture_in_a_feed_does_not_name_the_news():
    feed = """<?xml version="1.0"?><rss version="2.0" xmlns:m="http://search.yahoo.com/mrss/"><channel><item>
    <m:title>写真</m:title><m:description>写真の説明</m:description><title>ごみの日</title><description>変わります</description>
    </item></channel></rss>"""
    entry = rows(feed, "news")[0].entry
    assert (entry.title, entry.body) == ("ごみの日", "変わります")


def test_the_end_of_a_month_needs_no_number():
    table = "地区名,人口,調査年月日\n今泉,41,令和8年2月末日\n"
    assert rows(table, "population")[0].entry.extra["調査年月日"] == "2026-02-28"
    assert days_in.read("2026年2月1日", CITY.today).first == date(2026, 2, 1)


def test_what_our_own_file_says_of_a_region_in_words_only_comes_back():
    table = "地域名,総人口,調査年月日,説明,entaku_body,entaku_questions\n富士市(区),,,388あります。,388あります。,区はいくつ\n"
    (row,) = rows(table, "population")
    assert (row.entry.title, row.entry.body, row.entry.questions) == ("富士市(区)", "388あります。", ("区はいくつ",))
    assert "説明" not in row.entry.extra  # written twice, kept once

"""What is odd in lists that cities publish: read where it is clear, told where it is not. Rows made up for each oddity."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadInputError
from content.formats import clocks_in, days_in, patterns_in, standard_out, tables
from content.formats.reading import kind_of, open_file
from content.formats.rows_in import City, degrees, flag, head_count, key_of
from content.packs_model import Municipality, Source

TODAY = date(2026, 11, 22)
CITY = City("fuji", "222101", "富士市", Source("富士市のオープンデータ"), TODAY, {"今泉": "imaizumi"})
FUJI = Municipality("fuji", "富士市", "222101", "静岡県", "富士市")
HEADER = "都道府県コード又は市区町村コード,NO,イベント名,開始日,終了日,開始時間,終了時間,開始日時特記事項,説明,定員,緯度,経度,場所名称,備考"


def rows(text: str | bytes, kind: str = "activities"):
    body = text if isinstance(text, bytes) else text.encode()
    return list(open_file(kind, io.BytesIO(body), CITY).rows)


def one(**cells: str):
    """One row under HEADER."""
    names = HEADER.split(",")
    values = {"イベント名": "けやき市", "開始日": "2026-12-06", **cells}
    quoted = ['"' + values.get(name, "").replace('"', '""') + '"' for name in names]
    return rows(f"{HEADER}\n{','.join(quoted)}\n")[0]


DAYS = [
    ("2026/12/6", date(2026, 12, 6), None),
    ("令和8年12月6日(日)", date(2026, 12, 6), None),
    ("R8.12.6", date(2026, 12, 6), None),
    ("20261206", date(2026, 12, 6), None),
    ("46362", date(2026, 12, 6), None),
    ("12/6/26", date(2026, 12, 6), None),
    ("2026-12-06T09:30:00+09:00", date(2026, 12, 6), None),
    ("12月6日", date(2026, 12, 6), None),
    ("4月5日", date(2027, 4, 5), None),
    ("12月20日～1月10日", date(2026, 12, 20), date(2027, 1, 10)),
    ("12月6日（日）～\n12月13日（日）\n※7日（月）以外", date(2026, 12, 6), date(2026, 12, 13)),
    ("12月16日(水)まで", None, date(2026, 12, 16)),
    ("～12月25日(金)\nまで", None, date(2026, 12, 25)),
]


@pytest.mark.parametrize(("text", "first", "last"), DAYS)
def test_days_as_they_are_written(text, first, last):
    found = days_in.read(text, TODAY)
    assert (found.first, found.last, found.wrong) == (first, last, "")


def test_days_that_were_assumed_or_disagree_are_told():
    assert "2027年" in days_in.read("4月5日", TODAY).notes[0]
    assert "数46362" in days_in.read("46362", TODAY).notes[0]
    assert "日曜日ですが" in days_in.read("2026年12月6日(月)", TODAY).notes[0]
    assert days_in.read("2026-02-30", TODAY).wrong == "2026-02-30"
    assert days_in.read("9月4日、18日、10月2日", TODAY).more == (date(2026, 9, 18), date(2026, 10, 2))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("第1,3金曜", "FREQ=MONTHLY;BYDAY=1FR,3FR"),
        ("第２・４月曜日", "FREQ=MONTHLY;BYDAY=2MO,4MO"),
        ("毎週火・金曜日", "FREQ=WEEKLY;BYDAY=TU,FR"),
        ("毎月最終日曜日", "FREQ=MONTHLY;BYDAY=-1SU"),
        ("毎月15日", "FREQ=MONTHLY;BYMONTHDAY=15"),
        ("13Mo", "FREQ=MONTHLY;BYDAY=1MO,3MO"),
        ("毎週水曜日(雨天中止)", None),
    ],
)
def test_repeated_days(text, rule):
    assert patterns_in.rule(text) == rule


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("13：30", time(13, 30), None),
        ("午後1時半", time(13, 30), None),
        ("正午", time(12), None),
        ("午後1時～3時", time(13), time(15)),
        ("0.5625", time(13, 30), None),
        ("10:00～12:00", time(10), time(12)),
        ("-", None, None),
        ("25:00", None, None),
    ],
)
def test_times_as_they_are_written(text, start, end):
    found = clocks_in.read(text)
    assert (found.start, found.end) == (start, end)


@pytest.mark.parametrize(
    ("text", "people"),
    [("20名（先着）", 20), ("申込先着\n1,200人", 1200), ("20組", None), ("会場36名 オンライン50名", None), ("30", 30)],
)
def test_capacities(text, people):
    assert head_count(text) == people


def test_marks_and_coordinates():
    assert [flag(sign) for sign in ("○", "1", "◎", "×", "", "－", "△")] == [True, True, True, False, False, False, None]
    assert degrees("35°9'30\"") == pytest.approx(35.158333, abs=1e-6)
    assert degrees("北緯35度9分30秒") == pytest.approx(35.158333, abs=1e-6)


@pytest.mark.parametrize(
    ("cells", "column", "word"),
    [
        ({"イベント名": ""}, "イベント名", "書いて"),
        ({"開始日": ""}, "開始日", "書いて"),
        ({"開始日": "2026-02-30"}, "開始日", "2026-02-30"),
        ({"終了日": "2026-12-01"}, "終了日", "より前"),
    ],
)
def test_refused_with_column_and_mend(cells, column, word):
    row = one(**cells)
    assert row.entry is None
    assert [(note.column, word in note.why) for note in row.refused] == [(column, True)]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"都道府県コード又は市区町村コード": "222127"}, "都道府県コード又は市区町村コード"),
        ({"NO": "1.72057E+11"}, "NO"),
        ({"緯度": "138.6", "経度": "35.1"}, "緯度"),
        ({"緯度": "0", "経度": "0"}, "緯度"),
        ({"緯度": "abc", "経度": "138"}, "緯度"),
        ({"開始日": "随時"}, "開始日"),
        ({"開始時間": "22:00", "終了時間": "2:00"}, "終了時間"),
        ({"開始時間": "①10:00\n②14:00", "終了時間": "①11:00\n②15:00"}, "開始時間"),
        ({"定員": "要相談"}, "定員"),
        ({"備考": "大雨のため中止となりました。"}, "備考"),
        ({"イベント名": "【延期】けやき市"}, "イベント名"),
    ],
)
def test_taken_with_a_warning_that_names_the_column(cells, column):
    row = one(**cells)
    assert row.refused == ()
    assert column in {note.column for note in row.warnings}


def test_called_off_in_the_text_only_and_conditions_that_are_not():
    assert one(備考="大雨のため中止となりました。").entry.activity.state == "中止"
    assert one(イベント名="【延期】けやき市").entry.activity.state == "順延"
    for text in ("雨天中止", "荒天の場合は中止します", "中止することがあります"):
        row = one(備考=text)
        assert (row.entry.activity.state, row.warnings) == ("予定", ())


def test_what_could_not_be_read_stays_with_the_entry():
    row = one(開始時間="①10:00\n②14:00", 終了時間="①11:00\n②15:00", 定員="各回14組")
    assert (row.entry.activity.start, row.entry.activity.end) == (time(10), time(15))
    assert "②14:00" in row.entry.body
    assert "各回14組" in row.entry.body
    assert "随時" in one(開始日="随時").entry.body


def test_a_span_with_repeated_days_is_a_rule():
    row = one(終了日="2027-03-31", 開始日時特記事項="第1,3金曜")
    assert row.entry.activity.rule == "FREQ=MONTHLY;BYDAY=1FR,3FR"
    assert row.entry.activity.ends_on == date(2027, 3, 31)


def test_columns_go_by_name_whatever_their_order_dashes_and_spelling():
    text = "所在地_連結標記,方書,コ―ド,名称,緯度,経度\n富士市見本町1,2階,x,けやき会館,35.16,138.67\n"
    row = rows(text, "facilities")[0]
    assert (row.entry.title, row.entry.extra["住所"], row.entry.extra["コ―ド"]) == ("けやき会館", "富士市見本町1", "x")


def test_the_base_registrys_events_have_their_place_elsewhere():
    header = "NO,名称,開始日,終了日,開始時刻,日時備考,場所名称,集合場所,対象者,状態"
    row = rows(f"{header}\nx-00001,けやき市,2026-12-06,,09:00,,,見本公園,どなたでも,中止\n")[0]
    assert row.entry.activity.place == "見本公園"
    assert (row.entry.activity.state, row.warnings) == ("中止", ())


def test_the_core_data_models_english_names():
    header = "identifier,eventName,dateOfStart,dateOfEnd,timeOfStart,venue,holdingPattern"
    found = open_file("activities", io.BytesIO(f"{header}\nev-0001,朝市,2026-12-06,,09:00,見本広場,\n".encode()), CITY)
    assert found.form.startswith("D")
    assert next(found.rows).entry.activity.start == time(9)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_encodings_separators_and_line_ends(encoding, sign):
    lines = [
        "これは前書きです",
        "",
        f"イベント名{sign}開始日{sign}説明",
        f'"けやき{sign}市"{sign}2026-12-06{sign}"1行目\r\n2行目"',
    ]
    found = rows("\r\n".join(lines).encode(encoding))
    assert [(row.row, row.line) for row in found] == [(1, 4)]
    assert (found[0].entry.title, found[0].entry.body) == (f"けやき{sign}市", "1行目\n2行目")


def test_excel_with_dates_and_a_sheet_of_notes_before():
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["この表の使い方"])
    sheet = book.create_sheet("一覧")
    sheet.append(["イベント名", "開始日", "開始時間", "定員"])
    sheet.append(["けやき市", date(2026, 12, 6), time(9, 30), 20])
    out = io.BytesIO()
    book.save(out)
    activity = rows(out.getvalue())[0].entry.activity
    assert (activity.starts_on, activity.start, activity.capacity) == (date(2026, 12, 6), time(9, 30), 20)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(20):
            archive.writestr(f"xl/worksheets/sheet{part}.xml", b"0" * (20 * 1024 * 1024))
    return out.getvalue()


def with_doctype() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"%PDF-1.7\n%abc", "PDF"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, ".xls"),
        (b"", "空です"),
        (b"a,b\x00c\n", "文字のファイルではありません"),
        ("イベント名,開始日\nx,2026-12-06\n".encode() + b"y" * 5000 + b"\x00", "NUL"),
        (b"PK\x03\x04broken", "壊れている"),
        (bomb(), "大きくなりすぎます"),
        (with_doctype(), "DOCTYPE"),
        (b"a," * 600_000, "長すぎます"),
        (("列," * 5000 + "\n").encode(), "列が多すぎます"),
        ("番号,氏名\n1,太郎\n".encode(), "見出しの行"),
        (b"<!DOCTYPE html><html></html>", "ウェブページ"),
    ],
)
def test_hostile_and_wrong_files_are_refused_in_words(body, word):
    with pytest.raises(BadInputError, match=word):
        rows(body)


def test_a_file_that_was_cut_short_gives_its_whole_rows():
    found = rows('イベント名,開始日,説明\nけやき市,2026-12-06,よい市です\nもみじ市,2026-12-07,"途中で')
    assert [row.entry is not None for row in found] == [True, False]
    assert "閉じていません" in found[1].refused[0].why


def test_a_row_with_more_cells_than_columns_is_refused():
    found = rows("イベント名,開始日\nけやき市,2026-12-06,あまり\n")
    assert "引用符" in found[0].refused[0].why


def test_shelters_and_population_of_made_up_rows():
    header = "NO,名称,住所,災害種別_洪水,災害種別_津波,災害種別_地震,想定収容人数,対象となる町会・自治会"
    row = rows(f"{header}\n1,けやき小学校,見本町1,○,△,×,300人,一区;二区\n", "shelters")[0]
    assert (row.entry.shelter.hazards, row.entry.shelter.partly) == (("flood",), ("tsunami",))
    assert (row.entry.shelter.capacity, row.entry.shelter.associations) == (300, ("一区", "二区"))
    assert [note.column for note in row.warnings] == ["災害種別_津波"]
    found = rows("調査年月日,地域名,総人口,男性,女性\n2026-10-01,今泉,100,48,51\n2026-10-01,,5,,\n", "population")
    assert found[0].entry.districts == ("imaizumi",)
    assert "99" in found[0].warnings[0].why
    assert found[1].refused[0].column == "地域名"


def test_a_calendar_with_rules_changes_and_what_is_broken():
    text = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:a@x
SUMMARY:体操
DTSTART;TZID=Asia/Tokyo:20261204T100000
DTEND;TZID=Asia/Tokyo:20261204T110000
RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=4
EXDATE;TZID=Asia/Tokyo:20261211T100000
SEQUENCE:2
END:VEVENT
BEGIN:VEVENT
UID:a@x
RECURRENCE-ID;TZID=Asia/Tokyo:20261218T100000
SUMMARY:体操
DTSTART;TZID=Asia/Tokyo:20261219T130000
END:VEVENT
BEGIN:VEVENT
UID:b@x
SUMMARY:展示
DTSTART;VALUE=DATE:20261201
DTEND;VALUE=DATE:20261206
STATUS:CANCELLED
END:VEVENT
BEGIN:VEVENT
SUMMARY:日なし
END:VEVENT
BEGIN:VEVENT
SUMMARY:切れた
"""
    found = rows(text, "calendar")
    series, shown = found[0].entry.activity, found[2].entry.activity
    assert (series.starts_on, series.dates) == (date(2026, 12, 4), (date(2026, 12, 18), date(2026, 12, 25)))
    assert (series.changes[0].day, series.changes[0].moved_to) == (date(2026, 12, 18), date(2026, 12, 19))
    assert (shown.ends_on, shown.state) == (date(2026, 12, 5), "中止")
    assert [note.column for row in found[3:] for note in row.refused] == ["DTSTART", ""]


def test_rss_and_atom_become_drafts_and_bombs_do_not():
    rss = """<?xml version="1.0"?><rss version="2.0"><channel><item><title>お知らせ</title>
    <link>https://example.jp/1</link><pubDate>Sat, 21 Nov 2026 10:00:00 +0900</pubDate>
    <description>&lt;p&gt;道路が&lt;br&gt;止まります&lt;/p&gt;</description></item></channel></rss>"""
    entry = rows(rss, "news")[0].entry
    assert (entry.draft, entry.body, entry.source.date) == (True, "道路が\n止まります", date(2026, 11, 21))
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>x</title><link href="https://example.jp/2"/></entry></feed>'
    assert rows(atom, "news")[0].entry.source.url == "https://example.jp/2"
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss><channel/></rss>'
    with pytest.raises(BadInputError, match="DOCTYPE"):
        rows(laughs, "news")


def test_the_kind_of_a_file_is_seen():
    assert kind_of(io.BytesIO(f"{HEADER}\n".encode())) == "activities"
    assert kind_of(io.BytesIO("地域名,総人口,男性,女性\n".encode())) == "population"
    assert kind_of(io.BytesIO(b"BEGIN:VCALENDAR\n")) == "calendar"
    assert kind_of(io.BytesIO("名前,年齢\n".encode())) is None


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20).map(str.strip)
CELLS = st.fixed_dictionaries(
    {
        "NO": st.sampled_from(["", "7", "ev-00001", "12345678"]),
        "イベント名": WORDS.filter(bool),
        "開始日": st.sampled_from(["2026-12-06", "12月6日まで", "第1,3金曜", "随時", "12月6日、13日"]),
        "終了日": st.sampled_from(["", "2027-03-31"]),
        "開始時間": st.sampled_from(["", "10:00", "①10:00\n②14:00", "午前中"]),
        "終了時間": st.sampled_from(["", "9:00", "15：00"]),
        "開始日時特記事項": st.sampled_from(["", "毎週水曜日", "毎週水曜日(雨天中止)"]),
        "説明": st.one_of(WORDS, st.sampled_from(["=cmd|' /C calc'!A0", "'=1", "中止となりました", "-3度", "@x"])),
        "定員": st.sampled_from(["", "20名", "20組", "なし"]),
        "緯度": st.sampled_from(["", "35.16", "138.67"]),
        "経度": st.sampled_from(["", "138.67", "35.16"]),
        "場所名称": WORDS,
        "備考": WORDS,
    }
)


def written(kind: str, entries) -> bytes:
    return tables.to_csv(*standard_out.table(kind, entries, FUJI))


def again(kind: str, body: bytes):
    found = open_file(kind, io.BytesIO(body), CITY).rows
    return [replace(row.entry, id=key_of(row.entry.kind, row.ident, "222101")) for row in found if row.entry]


@settings(max_examples=60, deadline=None)
@given(CELLS)
def test_nothing_is_lost_from_reading_to_writing_to_reading(cells):
    names = HEADER.split(",")
    out = io.StringIO()
    import csv

    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerow([cells.get(name, "") for name in names])
    first = again("activities", out.getvalue().encode())
    assert again("activities", written("activities", first)) == first


def test_formulas_are_text_inside_and_harmless_outside():
    entries = again("activities", "イベント名,開始日,説明\n=1+1,2026-12-06,@SUM(A1)\n".encode())
    assert (entries[0].title, entries[0].body) == ("=1+1", "@SUM(A1)")
    assert b"'=1+1" in written("activities", entries)
    assert again("activities", written("activities", entries)) == entries

"""Districts from files and typed lines: every row taken, or refused with its line, its column and the mend."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from bot.errors import BadInputError
from content.formats import districts_in
from content.formats.districts_in import DistrictRow, Known
from content.packs_model import District

WORDS = {"council": "まちづくり協議会", "centre": "公民館", "association": "自治会"}


def read(text: str, *known: Known) -> list[DistrictRow]:
    return districts_in.read(text, known, WORDS)


def told(row: DistrictRow) -> list[tuple[str, str]]:
    return [(note.column, note.why) for note in row.notes]


@pytest.mark.parametrize("mark", ["、", ",", "\t", "　", "，"])
def test_typed_lines_are_a_name_and_its_reading(mark: str) -> None:
    rows = read(f"今泉{mark}いまいずみ\n\n神戸{mark}ごうど\n")
    assert [(row.line, row.new) for row in rows] == [(1, True), (3, True)]
    assert rows[1].district == District(
        "goudo", "神戸", "ごうど", "神戸地区まちづくり協議会", "神戸公民館", neighbourhood_word="自治会"
    )


def test_a_table_has_its_columns_in_any_order() -> None:
    table = "よみ,地区名,ほかの呼び名,協議会,ID\nイマイズミ,今泉,今泉地区;いまいずみ町,今泉の会,ima\n"
    district = read(table)[0].district
    assert district is not None
    assert (district.id, district.kana, district.aliases, district.council, district.centre) == (
        "ima", "いまいずみ", ("今泉地区", "いまいずみ町"), "今泉の会", "今泉公民館",
    )  # fmt: skip


def test_each_refused_row_names_its_line_its_column_and_the_mend() -> None:
    table = (
        "地区名,よみ,ID\n今泉,いまいずみ,\n,よしわら,\n伝法,でん法,\n岩松,,\n今泉,いまいずみ,\n"
        f"{'長' * 21},なが,\n原田,はらだ,Harada!\n須津,すど,imaizumi\n大淵,おおぶち,\n"
    )
    rows = read(table)
    assert [row.line for row in rows if row.district] == [2, 10]
    assert [(row.line, told(row)[0][0]) for row in rows if not row.district] == [
        (3, "地区名"), (4, "よみ"), (5, "よみ"), (6, "地区名"), (7, "地区名"), (8, "ID"), (9, "ID"),
    ]  # fmt: skip
    assert "2行目と同じ名前" in told(rows[4])[0][1]
    assert "でん法" in told(rows[2])[0][1]
    assert "「今泉」と同じID" in told(rows[7])[0][1]


def test_what_is_there_already_keeps_its_key_and_same_readings_get_their_own() -> None:
    rows = read("今泉,いまいずみ\n今井積,いまいずみ\n今伊澄,いまいずみ", Known("old-key", "今泉"))
    assert [(row.district.id, row.new) for row in rows if row.district] == [
        ("old-key", False), ("imaizumi", True), ("imaizumi-2", True),
    ]  # fmt: skip


def test_a_broken_quote_refuses_its_row_only() -> None:
    rows = read('地区名,よみ\n今泉,いまいずみ\n"吉原,よしわら\n')
    assert [bool(row.district) for row in rows] == [True, False]
    assert "引用符" in told(rows[1])[0][1]


@pytest.mark.parametrize("text", ["", "\n \n", "地区名,よみ\n", "よみ,協議会\nあ,い\n", "あ,い\n" * 302])
def test_what_is_no_list_of_districts_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(BadInputError):
        read(text)


def test_the_template_and_files_of_excel_come_back_as_text() -> None:
    made = districts_in.template(("今泉", "いまいずみ", "", "", "", "", "", ""))
    assert made.startswith(b"\xef\xbb\xbf")
    assert read(districts_in.text_of(made))[0].name == "今泉"
    assert read(districts_in.text_of("地区名,よみ\r\n吉原,よしわら\r\n".encode("cp932")))[0].name == "吉原"
    book, out = Workbook(), io.BytesIO()
    book.active.append(["地区名", "よみ"])
    book.active.append(["伝法", "でんぼう"])
    book.save(out)
    assert read(districts_in.text_of(out.getvalue()))[0].name == "伝法"
    with pytest.raises(BadInputError, match="PDF"):
        districts_in.text_of(b"%PDF-1.7")
    with pytest.raises(BadInputError, match="大き"):
        districts_in.text_of(b"a" * (districts_in.MAX_BYTES + 1_000_000))

"""Tables as files: readable in Excel, never a formula."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from content.formats import tables

EVIL = ["=1+1", "+81", "-1", "@SUM(A1)", "\t=1", "＝1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("text", EVIL)
def test_text_never_becomes_a_formula(text):
    (_, row) = csv.reader(io.StringIO(tables.to_csv(["a"], [[text]]).decode("utf-8-sig"), newline=""))
    assert row == ["'" + text]
    cell = load_workbook(io.BytesIO(tables.to_excel("票", ["a"], [[text]]))).active["A2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_numbers_stay_numbers_and_nothing_stays_empty():
    (_, row) = csv.reader(io.StringIO(tables.to_csv(["a", "b", "c"], [[-3, 0.5, None]]).decode("utf-8-sig")))
    assert row == ["-3", "0.5", ""]
    sheet = load_workbook(io.BytesIO(tables.to_excel("x" * 40 + "/[]", ["a", "b"], [[-3, None]]))).active
    assert (sheet["A2"].value, sheet["B2"].value) == (-3, None)
    assert sheet.title == "x" * 31


def test_encodings():
    rows = [["富士市、今泉", "髙﨑😀"]]
    assert tables.to_csv(["地区", "名"], rows).startswith(b"\xef\xbb\xbf")
    assert tables.to_csv(["地区", "名"], rows, "cp932").decode("cp932").splitlines()[1] == "富士市、今泉,髙﨑〓"


def test_letters_that_a_workbook_cannot_hold_are_left_out():
    sheet = load_workbook(io.BytesIO(tables.to_excel("a", ["a"], [["x\x00\x0by"]]))).active
    assert sheet["A2"].value == "xy"

"""Municipalities' codes, with codes of real cities."""

from __future__ import annotations

import pytest

from bot.core import local_codes


@pytest.mark.parametrize("code", ["222101", "102105", "011002", "131016", "472018", "271004", "401307"])
def test_real_codes_are_right(code: str) -> None:
    assert local_codes.wrong(code) == ""
    for at in range(6):
        other = code[:at] + str((int(code[at]) + 1) % 10) + code[at + 1 :]
        assert local_codes.wrong(other), other


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("22210", "222101"),
        ("222102", "222101"),
        ("482108", "都道府県"),
        ("２２２１０１", "6けた"),
        ("", "6けた"),
        ("22210a", "6けた"),
    ],
)
def test_a_wrong_code_is_told_what_to_mend(code: str, said: str) -> None:
    assert said in local_codes.wrong(code)


def test_the_prefecture_is_read_from_the_code() -> None:
    assert [local_codes.prefecture(code) for code in ("222101", "102105", "011002", "472018", "992101")] == [
        "静岡県", "群馬県", "北海道", "沖縄県", "",
    ]  # fmt: skip

import pytest

from bot.core import receipts


def test_a_number_can_be_said_and_read_again():
    assert receipts.number("富士市", 234) == "富-1234-0"
    for written in ("富-1234-0", "富１２３４０", "富ー１２３４ー０", "1234-0", " 富 1234 0 ", "12340"):
        assert receipts.read(written, "富士市") == 234, written


@pytest.mark.parametrize("row", [1, 7, 234, 8999, 9000, 123456])
def test_every_wrong_digit_and_every_swap_of_neighbours_is_noticed(row):
    digits = receipts.number("富士市", row).removeprefix("富-").replace("-", "")
    assert receipts.read(digits, "富士市") == row
    for at, digit in enumerate(digits):
        for other in set("0123456789") - {digit}:
            assert receipts.read(digits[:at] + other + digits[at + 1 :], "富士市") is None
    for at in range(len(digits) - 1):
        if digits[at] != digits[at + 1]:
            swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
            assert receipts.read(swapped, "富士市") is None


@pytest.mark.parametrize(
    "text", ["", "富", "富-12-3", "高-1234-0", "12月6日", "0545-51-0123", "\x00", "富-1000-0", "🍊"]
)
def test_what_is_no_number_of_this_city_is_none(text):
    assert receipts.read(text, "富士市") is None

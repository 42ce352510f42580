import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.sealing import Sealer, new_key
from bot.errors import BadInputError, ConfigurationError

OLD, NEW = f"1:{new_key()}", f"2:{new_key()}"
USER = "U" + "a" * 32


def test_ids_are_equal_within_a_municipality_and_differ_between_two():
    sealer = Sealer.parse(OLD)
    assert sealer.seal_id(USER, "fuji") == sealer.seal_id(USER, "fuji")
    assert sealer.seal_id(USER, "fuji") != sealer.seal_id(USER, "tomioka")
    assert sealer.open_id(sealer.seal_id(USER, "fuji"), "fuji") == USER


def test_an_id_of_another_municipality_does_not_open():
    sealer = Sealer.parse(OLD)
    with pytest.raises(BadInputError):
        sealer.open_id(sealer.seal_id(USER, "fuji"), "tomioka")


def test_a_new_key_seals_and_the_old_one_still_opens():
    before = Sealer.parse(OLD).seal_id(USER, "fuji")
    both = Sealer.parse(f"{NEW},{OLD}")
    assert both.current == 2
    assert both.open_id(before, "fuji") == USER
    assert before in both.all_sealed_ids(USER, "fuji")
    assert both.seal_id(USER, "fuji") != before


def test_without_its_key_nothing_opens():
    blob = Sealer.parse(OLD).seal(b"text", "inbox/fuji")
    with pytest.raises(BadInputError, match="old key"):
        Sealer.parse(NEW).open(blob, "inbox/fuji")


@given(st.binary(max_size=300))
def test_blobs_come_back_and_never_twice_the_same(plain):
    sealer = Sealer.parse(OLD)
    one, two = sealer.seal(plain, "x"), sealer.seal(plain, "x")
    assert one != two
    assert sealer.open(one, "x") == plain == sealer.open(two, "x")


@given(st.binary(min_size=1, max_size=40), st.integers(0, 10_000))
def test_a_changed_byte_is_noticed(plain, place):
    sealer = Sealer.parse(OLD)
    blob = bytearray(sealer.seal(plain, "x"))
    blob[2 + place % (len(blob) - 2)] ^= 1
    with pytest.raises(BadInputError):
        sealer.open(bytes(blob), "x")


FIXED = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.mark.parametrize(
    "text", ["", "x", "1:short", f"0:{FIXED}", f"1:{FIXED},1:{FIXED}", "1:" + "!" * 44, f"99999:{FIXED}"]
)
def test_bad_keys_are_refused_without_echoing_them(text):
    with pytest.raises(ConfigurationError) as caught:
        Sealer.parse(text)
    secret = text.partition(":")[2]
    assert not secret or secret not in str(caught.value)


@pytest.mark.parametrize("municipality", ["fuji", "a-city-of-16-char", "x" * 32, ""])
@settings(max_examples=25, deadline=None)
@given(st.integers(16, 70), st.integers(8, 30), st.integers(0, 10_000))
def test_many_ids_open_as_one_by_one_and_a_changed_byte_is_noticed(municipality, length, count, place):
    """Against the library's AES-SIV: every length of text, whole and part blocks, every length of associated data."""
    sealer = Sealer.parse(f"{NEW},{OLD}")
    ids = [("U" + f"{number:x}" * 70)[:length] for number in range(count)]
    sealed = [sealer.seal_id(one, municipality) for one in ids]
    assert sealer.open_ids(b"".join(sealed), count, municipality) == "".join(ids)
    with pytest.raises(BadInputError):
        sealer.open_ids(b"".join(sealed), count, "another")
    number, at = place % count, 2 + place % (len(sealed[0]) - 2)
    changed = bytearray(sealed[number])
    changed[at] ^= 1
    sealed[number] = bytes(changed)
    with pytest.raises(BadInputError):
        sealer.open_ids(b"".join(sealed), count, municipality)


def test_many_ids_of_two_keys_open_too_and_those_of_another_length_do_not():
    before, both = Sealer.parse(OLD), Sealer.parse(f"{NEW},{OLD}")
    sealed = [(before if number % 2 else both).seal_id(USER, "fuji") for number in range(11)]
    assert both.open_ids(b"".join(sealed), 11, "fuji") == USER * 11
    assert both.open_ids(b"", 0, "fuji") == ""
    for strange in ("short", USER + "0" * 11):
        with pytest.raises(BadInputError):
            both.open_ids(b"".join([*sealed, both.seal_id(strange, "fuji")]), 12, "fuji")
    with pytest.raises(BadInputError, match="old key"):
        Sealer.parse(NEW).open_ids(before.seal_id(USER, "fuji") * 9, 9, "fuji")

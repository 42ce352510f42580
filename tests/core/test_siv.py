"""Many at once gives what one at a time gives; what was changed is refused."""

from __future__ import annotations

import os

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.sealing import Sealer, new_key
from bot.core.siv import open_many
from bot.errors import BadInputError


@settings(max_examples=80, deadline=None)
@given(size=st.integers(16, 70), count=st.integers(1, 9), associated=st.binary(max_size=40), key=st.binary(min_size=64, max_size=64))
def test_it_opens_what_the_library_sealed(size: int, count: int, associated: bytes, key: bytes):
    plain = [os.urandom(size) for _ in range(count)]
    sealed = [AESSIV(key).encrypt(one, [associated]) for one in plain]
    assert open_many(key, sealed, associated) == plain


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 48), which=st.integers(0, 2), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_is_refused(at: int, which: int, bit: int):
    key = os.urandom(64)
    sealed = [bytearray(AESSIV(key).encrypt(os.urandom(33), [b"fuji"])) for _ in range(3)]
    sealed[which][at] ^= 1 << bit
    with pytest.raises(InvalidTag):
        open_many(key, [bytes(one) for one in sealed], b"fuji")


def test_another_associated_datum_is_refused():
    key = os.urandom(64)
    sealed = [AESSIV(key).encrypt(os.urandom(33), [b"fuji"])]
    with pytest.raises(InvalidTag):
        open_many(key, sealed, b"tomioka")


@pytest.mark.parametrize("sealed", [[b"x" * 31], [b"x" * 49, b"x" * 50]])
def test_lengths_it_does_not_take_are_named(sealed: list[bytes]):
    with pytest.raises(ValueError, match="one length"):
        open_many(bytes(64), sealed, b"")


def test_a_sealer_opens_ids_of_several_lengths_and_key_versions_in_their_order():
    first, second = new_key(), new_key()
    old, both = Sealer.parse(f"1:{first}"), Sealer.parse(f"2:{second},1:{first}")
    ids = [f"U{n:032x}" for n in range(5)] + ["short", "Ulonger" + "0" * 40]
    sealed = [(old if n % 2 else both).seal_id(one, "fuji") for n, one in enumerate(ids)]
    assert both.open_ids(sealed, "fuji") == ids
    assert both.open_ids(sealed[:1], "fuji") == ids[:1]
    assert both.open_ids([both.seal_id(one, "fuji") for one in ids[:5]], "fuji") == ids[:5]
    assert both.open_ids([], "fuji") == []
    for wrong in (lambda: old.open_ids(sealed, "fuji"), lambda: both.open_ids(sealed, "tomioka")):
        with pytest.raises(BadInputError):
            wrong()

"""AES-SIV (RFC 5297) opened for many equally long values at once, every one of them verified.

A multicast needs 500 LINE user ids; opened one by one they cost more CPU than the whole call to LINE. AES works on
blocks: the blocks of all values are put through it together, in as many passes as one value has blocks. The block
cipher is the library's, only the arrangement of the blocks is here; the tests hold it against the library's AES-SIV.
"""

from __future__ import annotations

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
BLOCK = 16


class SivOpener:
    """Opens values of one key (64 bytes, AES-256) that were sealed with one piece of associated data."""

    def __init__(self, key: bytes, associated: bytes) -> None:
        half = len(key) // 2
        # ECB is used as the bare block cipher that CMAC and CTR are made of, never on text.
        self._mac = Cipher(algorithms.AES(key[:half]), modes.ECB())  # noqa: S305
        self._counter = Cipher(algorithms.AES(key[half:]), modes.ECB())  # noqa: S305
        zero = _encrypt(self._mac, bytes(BLOCK))
        self._whole = _double(zero)  # CMAC's subkeys (RFC 4493 2.3)
        self._part = _double(self._whole)
        # S2V (RFC 5297 2.4) up to the last piece, which is the text.
        self._prefix = np.frombuffer(_xor(_double(self._cmac(bytes(BLOCK))), self._cmac(associated)), np.uint8)

    def open(self, sealed: bytes, head: bytes, length: int) -> bytes | None:
        """The texts of joined sealed values, joined; None if any value is wrong.

        Each value is `head`, its tag (16 bytes) and `length` >= 16 bytes of text.
        """
        rows = np.frombuffer(sealed, np.uint8).reshape(-1, len(head) + BLOCK + length)
        if not (rows[:, : len(head)] == np.frombuffer(head, np.uint8)).all():
            return None
        tags = np.ascontiguousarray(rows[:, len(head) : len(head) + BLOCK])
        plain = rows[:, len(head) + BLOCK :] ^ self._key_stream(tags, length)
        return plain.tobytes() if np.array_equal(self._tags(plain), tags) else None

    def _key_stream(self, tags: Bytes, length: int) -> Bytes:
        """CTR from each tag with its 32nd and 64th bit from the right cleared: the last word never carries."""
        count, blocks = len(tags), -(-length // BLOCK)
        first = tags.copy()
        first[:, 8] &= 0x7F
        first[:, 12] &= 0x7F
        counters = np.repeat(first[:, np.newaxis, :], blocks, axis=1)
        counters.view(">u4")[:, :, 3] += np.arange(blocks, dtype=np.uint32)
        stream = _encrypt(self._counter, counters.tobytes())
        return np.frombuffer(stream, np.uint8).reshape(count, blocks * BLOCK)[:, :length]

    def _tags(self, plain: Bytes) -> Bytes:
        """What the tag of each text must be: CMAC of the text with the prefix laid over its end."""
        count, length = plain.shape
        blocks = -(-length // BLOCK)
        padded = np.zeros((count, blocks * BLOCK), np.uint8)
        padded[:, :length] = plain
        padded[:, length - BLOCK : length] ^= self._prefix
        if length % BLOCK:
            padded[:, length] = 0x80
        subkey = self._part if length % BLOCK else self._whole
        padded[:, -BLOCK:] ^= np.frombuffer(subkey, np.uint8)
        state = np.zeros((count, BLOCK), np.uint8)
        for at in range(0, blocks * BLOCK, BLOCK):
            mixed = _encrypt(self._mac, (state ^ padded[:, at : at + BLOCK]).tobytes())
            state = np.frombuffer(mixed, np.uint8).reshape(count, BLOCK)
        return state

    def _cmac(self, text: bytes) -> bytes:
        """CMAC of one text (RFC 4493), for what is the same for all values."""
        cut = max(0, len(text) - 1) // BLOCK * BLOCK
        last = text[cut:]
        if len(last) == BLOCK:
            last = _xor(last, self._whole)
        else:
            last = _xor((last + b"\x80").ljust(BLOCK, b"\x00"), self._part)
        state = bytes(BLOCK)
        for at in range(0, cut, BLOCK):
            state = _encrypt(self._mac, _xor(state, text[at : at + BLOCK]))
        return _encrypt(self._mac, _xor(state, last))


def _encrypt(cipher: Cipher[modes.ECB], blocks: bytes) -> bytes:
    return cipher.encryptor().update(blocks)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _double(block: bytes) -> bytes:
    """Multiplication by x in GF(2^128) (RFC 5297 2.3)."""
    number = int.from_bytes(block, "big") << 1
    return ((number & (1 << 128) - 1) ^ (0x87 if number >> 128 else 0)).to_bytes(BLOCK, "big")

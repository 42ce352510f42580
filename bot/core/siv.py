"""AES-SIV (RFC 5297) opened for many values of one length at once. Pure.

The library opens one value a call, and its set-up is nearly all of the cost: half a millisecond of CPU for a
batch of 500 ids becomes a tenth of that when each step of the algorithm runs over all values together.
Same key, same bytes, same refusals as `cryptography`'s AESSIV (a test holds them side by side).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 16
_ZERO = bytes(BLOCK)


def open_many(key: bytes, sealed: Sequence[bytes], associated: bytes) -> list[bytes]:
    """The plain texts of values sealed under one associated datum.

    `key` has 64 bytes (CMAC's half first); every value is tag (16) + cipher text, all of one length of at
    least 32. Raises InvalidTag when any of them was changed, ValueError for other lengths.
    """
    import numpy as np  # on use: nothing else at start needs it

    if not sealed:
        return []
    size = len(sealed[0]) - BLOCK
    if size < BLOCK or any(len(value) != size + BLOCK for value in sealed):
        raise ValueError("values of one length, of 32 bytes at least")
    rows = np.frombuffer(b"".join(sealed), np.uint8).reshape(len(sealed), -1)
    tags, cipher = rows[:, :BLOCK], rows[:, BLOCK:]
    # ECB is the bare block cipher here: CTR and CMAC are built from it below.
    mac = Cipher(AES(key[:32]), ECB()).encryptor()  # noqa: S305
    ctr = Cipher(AES(key[32:]), ECB()).encryptor()  # noqa: S305
    plain = cipher ^ _key_stream(ctr, tags, size)
    if not np.array_equal(_s2v(mac, plain, associated), tags):
        raise InvalidTag
    text = plain.tobytes()
    return [text[at : at + size] for at in range(0, len(text), size)]


def _key_stream(ctr: CipherContext, tags: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """CTR from the tag with bits 31 and 63 cleared (RFC 5297, 2.5): so the last 32 bits count without a carry."""
    import numpy as np

    blocks = -(-size // BLOCK)
    counters = np.repeat(tags[:, None, :], blocks, axis=1)
    counters[:, :, 8] &= 0x7F
    counters[:, :, 12] &= 0x7F
    last = np.ascontiguousarray(counters[:, :, 12:]).view(">u4")
    last += np.arange(blocks, dtype=np.uint32)[None, :, None]
    counters[:, :, 12:] = last.view(np.uint8)
    return _encrypt(ctr, counters.reshape(-1, BLOCK)).reshape(len(tags), -1)[:, :size]


def _s2v(mac: CipherContext, plain: NDArray[np.uint8], associated: bytes) -> NDArray[np.uint8]:
    """The tags that these plain texts must have (RFC 5297, 2.4)."""
    import numpy as np

    start = _xor(_double(_cmac(mac, _ZERO)), _cmac(mac, associated))
    body = plain.copy()
    body[:, -BLOCK:] ^= np.frombuffer(start, np.uint8)
    once, twice = _subkeys(mac)
    size = body.shape[1]
    whole = size % BLOCK == 0
    padded = np.zeros((len(body), -(-size // BLOCK) * BLOCK), np.uint8)
    padded[:, :size] = body
    if not whole:
        padded[:, size] = 0x80
    padded[:, -BLOCK:] ^= np.frombuffer(once if whole else twice, np.uint8)
    state = np.zeros((len(body), BLOCK), np.uint8)
    for at in range(0, padded.shape[1], BLOCK):
        state = _encrypt(mac, state ^ padded[:, at : at + BLOCK])
    return state


def _cmac(mac: CipherContext, message: bytes) -> bytes:
    """CMAC of one message (RFC 4493)."""
    once, twice = _subkeys(mac)
    cut = max(0, (len(message) - 1) // BLOCK * BLOCK)
    last = message[cut:]
    last = _xor(last, once) if len(last) == BLOCK else _xor((last + b"\x80").ljust(BLOCK, b"\0"), twice)
    state = _ZERO
    for at in range(0, cut, BLOCK):
        state = mac.update(_xor(state, message[at : at + BLOCK]))
    return mac.update(_xor(state, last))


def _subkeys(mac: CipherContext) -> tuple[bytes, bytes]:
    once = _double(mac.update(_ZERO))
    return once, _double(once)


def _double(block: bytes) -> bytes:
    """Multiplication by x in GF(2^128)."""
    number = int.from_bytes(block, "big") << 1
    return ((number ^ 0x87 if number >> 128 else number) & (1 << 128) - 1).to_bytes(BLOCK, "big")


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _encrypt(cipher: CipherContext, blocks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import numpy as np

    return np.frombuffer(cipher.update(np.ascontiguousarray(blocks).tobytes()), np.uint8).reshape(blocks.shape)

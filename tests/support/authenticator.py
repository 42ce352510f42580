"""A software authenticator: what a telephone answers to WebAuthn's questions, built by hand from the specification."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One device with one passkey, on the demo's own machine. `verifies`: whether it asks its owner for a fingerprint or PIN."""

    def __init__(self, *, origin: str = "http://localhost", rp_id: str = "localhost", verifies: bool = True):
        self.origin, self.rp_id, self.verifies = origin, rp_id, verifies
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.handle = b""
        self.count = 0

    def create(self, options: dict[str, Any]) -> str:
        """The answer to navigator.credentials.create, as the page posts it."""
        self.handle = base64url_to_bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = encode_cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + attested}
        return self._answer({"attestationObject": encode_cbor(made)}, "webauthn.create", options)

    def get(self, options: dict[str, Any], *, handle: bytes | None = None) -> str:
        """The answer to navigator.credentials.get, as the page posts it."""
        self.count += 1
        data = self._data(0)
        client = self._client("webauthn.get", options)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"authenticatorData": data, "signature": signed, "userHandle": handle or self.handle}
        return self._answer(parts, "webauthn.get", options)

    def _data(self, more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _answer(self, parts: dict[str, bytes], kind: str, options: dict[str, Any]) -> str:
        response = {name: bytes_to_base64url(value) for name, value in parts.items()}
        response["clientDataJSON"] = bytes_to_base64url(self._client(kind, options))
        name = bytes_to_base64url(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

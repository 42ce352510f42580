"""A small OpenID Connect provider on real HTTP: discovery, authorization, token and keys, with faults to order."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

CLIENT, SECRET = "entaku", "a secret & more"


@dataclass
class CityProvider:
    """`person`: claims of who is signed in there; `claims`, `discovery`: what it says otherwise; `down`: paths that fail."""

    person: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    keys: int = 0
    signs_with: ECKey | None = None
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = self.new_key()
        self.codes: dict[str, dict[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def new_key(self) -> ECKey:
        self.keys += 1
        return ECKey.generate_key("P-256", {"kid": f"key{self.keys}", "use": "sig", "alg": "ES256"})

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def authorize(self, url: str) -> str:
        """The browser's visit: the query with which it is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return urlencode({"code": code, "state": asked["state"]})

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        pair = base64.b64encode(b"entaku:a%20secret%20%26%20more").decode()
        for wrong, why in (
            (asked is None, "code"),
            (asked is not None and challenge != asked["code_challenge"], "verifier"),
            (asked is not None and form.get("redirect_uri") != asked["redirect_uri"], "redirect"),
            (authorization != f"Basic {pair}", "client"),
        ):
            if wrong:
                self.refused.append(why)
                raise ValueError(why)
        assert asked is not None
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "auth_time": now,
        }
        header = {"alg": "ES256", "kid": self.key.kid}
        signed = jwt.encode(header, said | self.person | self.claims, self.signs_with or self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


def _handler(city: CityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages = {
                "/.well-known/openid-configuration": {
                    "issuer": city.issuer,
                    "authorization_endpoint": f"{city.issuer}/authorize",
                    "token_endpoint": f"{city.issuer}/token",
                    "jwks_uri": f"{city.issuer}/keys",
                }
                | city.discovery,
                "/keys": KeySet([city.key]).as_dict(private=False),
            }
            self.say(pages.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            try:
                self.say(city.token(form, self.headers.get("authorization", "")))
            except ValueError:
                self.say({"error": "invalid_grant"}, 400)

        def say(self, what: Any, status: int = 200) -> None:
            failed = what is None or self.path in city.down
            body = b"down" if failed else json.dumps(what).encode()
            self.send_response(503 if failed else status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler

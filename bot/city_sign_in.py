"""Sign-in through a city's own OpenID Connect provider: the calls to it, and its word checked. It gives no rights.

Authorization code with PKCE (RFC 7636), state and nonce; the id token's signature and claims are checked (OpenID
Connect Core 3.1.3.7). Discovery and keys are kept for an hour. Calls are made outside any transaction.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.errors import BadInputError, UnavailableError
from bot.fetching import Fetcher, FetchError
from bot.settings import Settings

SCOPE: Final = "openid email profile"
# Signatures by the provider's own key only: `none` and our shared secret would prove nothing to us.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
LEEWAY: Final = 60  # seconds two clocks may differ
KEPT_SECONDS: Final = 3600.0
MOST_BYTES: Final = 512 * 1024
SECONDS: Final = 10.0  # for each call: somebody waits at the screen
AWAY: Final = (
    "市のサインインのしくみが答えません。少し待ってもう一度ためすか、パスワードかパスキーでサインインしてください。"
)
WRONG: Final = "市のサインインの答えを確かめられませんでした。もう一度、はじめからサインインしてください。"


@dataclass(frozen=True)
class Begun:
    """A sign-in under way: what the browser keeps until it comes back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Identity:
    """Who the provider says it is. `email`: only a verified one, else empty."""

    issuer: str
    subject: str
    email: str
    at: datetime | None  # when the person entered something there, if it says


class Provider:
    """One city's provider."""

    def __init__(self, issuer: str, client_id: str, secret: str, private: frozenset[str] = frozenset()) -> None:
        host = (urlsplit(issuer).hostname or "").lower()
        self.issuer, self._client, self._secret = issuer, client_id, secret
        self._fetcher = Fetcher(private | {host}, MOST_BYTES, SECONDS)
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    @classmethod
    def of(cls, settings: Settings) -> Provider | None:
        """The one that the settings name, or None."""
        if not (settings.oidc_issuer and settings.oidc_client_id):
            return None
        secret, private = settings.oidc_client_secret.get_secret_value(), settings.feed_private_hosts.split()
        return cls(settings.oidc_issuer, settings.oidc_client_id, secret, frozenset(private))

    def begin(self, back: str, *, anew: bool = False) -> tuple[str, Begun]:
        """Where to send the browser, and what it keeps meanwhile. `anew`: the person is to enter something again.

        Raises UnavailableError.
        """
        begun = Begun(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        asked = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": back,
            "scope": SCOPE,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": create_s256_code_challenge(begun.verifier),
            "code_challenge_method": "S256",
        }
        asked |= {"prompt": "login", "max_age": "0"} if anew else {}
        address = self._address("authorization_endpoint")
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", begun

    def finish(self, code: str, begun: Begun, back: str) -> Identity:
        """Who has come back with this code. Raises UnavailableError (no answer) and BadInputError (no proof)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self._client,
            "code_verifier": begun.verifier,
        }
        headers = {"Accept": "application/json"}
        if "client_secret_post" in self._discovered().get("token_endpoint_auth_methods_supported", ()):
            form["client_secret"] = self._secret
        else:
            pair = f"{quote(self._client, safe='')}:{quote(self._secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        try:
            answer = json.loads(self._fetcher.post(self._address("token_endpoint"), form, headers))
            token = answer["id_token"]
        except FetchError:
            raise UnavailableError(AWAY) from None
        except (ValueError, KeyError, TypeError):
            raise BadInputError(WRONG) from None
        return self._read(str(token), begun.nonce)

    def _read(self, token: str, nonce: str) -> Identity:
        claims = self._claims(token, self._keys())
        if claims is None:  # the provider may have changed its keys
            claims = self._claims(token, self._keys(anew=True))
        if claims is None:
            raise BadInputError(WRONG)
        ours = {"iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self._client}}
        checked = CodeIDToken(claims, {}, ours, {"nonce": nonce, "client_id": self._client})
        try:
            checked.validate(leeway=LEEWAY)
        except (JoseError, ValueError, TypeError):
            raise BadInputError(WRONG) from None
        subject, verified, at = claims.get("sub"), claims.get("email_verified") is True, claims.get("auth_time")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise BadInputError(WRONG)
        return Identity(
            self.issuer,
            subject,
            str(claims.get("email") or "") if verified else "",
            datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else None,
        )

    def _claims(self, token: str, keys: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return dict(jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            return None

    def _keys(self, *, anew: bool = False) -> dict[str, Any]:
        return self._get(self._address("jwks_uri"), anew=anew)

    def _address(self, name: str) -> str:
        """An address of the discovery document; over TLS, or on the issuer's own host as the settings have it."""
        address = str(self._discovered().get(name, ""))
        parts, own = urlsplit(address), urlsplit(self.issuer)
        if parts.scheme != "https" and (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            raise UnavailableError(AWAY)
        return address

    def _discovered(self) -> dict[str, Any]:
        found = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise UnavailableError(AWAY)
        return found

    def _get(self, url: str, *, anew: bool = False) -> dict[str, Any]:
        with self._lock:
            at, kept = self._kept.get(url, (0.0, None))
        if kept is not None and not anew and time.monotonic() - at < KEPT_SECONDS:
            return kept
        try:
            found = json.loads(self._fetcher.get(url).data or b"")
        except (FetchError, ValueError):
            raise UnavailableError(AWAY) from None
        if not isinstance(found, dict):
            raise UnavailableError(AWAY)
        with self._lock:
            self._kept[url] = (time.monotonic(), found)
        return found

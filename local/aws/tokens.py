"""Checks the token of a request as the JWT authorizer of an HTTP API does.

docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    Keys = Callable[[str], KeySet]
    """Returns the keys of an issuer."""

# The only ones that HTTP APIs support.
_ALGORITHMS = ("RS256", "RS384", "RS512")
_SECONDS = 10


class TokenError(Exception):
    """The token is not valid; the message is for the header www-authenticate."""


def discovered(issuer: str) -> KeySet:
    """Return the keys that the discovery document of an issuer names."""
    document = _read(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    return KeySet.import_key_set(_read(document["jwks_uri"]))


def read_from(source: str | Path) -> KeySet:
    """Return the keys in a file, or at an http or https URL."""
    text = str(source)
    if text.startswith(("http://", "https://")):
        return KeySet.import_key_set(_read(text))
    with open(text, encoding="utf-8") as file:  # noqa: PTH123 - may be /dev/fd/…
        return KeySet.import_key_set(json.load(file))


def _read(url: str) -> Any:
    with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - the operator's own issuer
        return json.load(answer)


class Tokens:
    """Checks tokens.

    Args:
        keys: returns the keys of an issuer; asked again for a key that is not among them.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._known: dict[str, KeySet] = {}

    def claims(
        self, token: str, issuer: str, audience: Collection[str], now: float
    ) -> dict[str, Any]:
        """Return the claims of a token.

        Args:
            token: in compact form.
            issuer: that must have signed it.
            audience: it must be for one of these.
            now: seconds since the epoch.

        Raises:
            TokenError: it is not valid.
        """
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError) as error:
            raise TokenError("the token is malformed") from error
        if header.get("alg") not in _ALGORITHMS:
            raise TokenError("the signing method is not supported")
        keys = self._keys_with(issuer, header.get("kid"))
        try:
            claims: dict[str, Any] = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise TokenError("the signature of the token is not valid") from error
        _check(claims, issuer, audience, now)
        return claims

    def _keys_with(self, issuer: str, identifier: Any) -> KeySet:
        for attempt in range(2):
            if attempt or issuer not in self._known:
                try:
                    self._known[issuer] = self._keys(issuer)
                except (OSError, ValueError, KeyError, JoseError) as error:
                    raise TokenError("the keys of the issuer cannot be read") from error
            if any(key.kid == identifier for key in self._known[issuer].keys if identifier):
                return self._known[issuer]
        raise TokenError("the issuer has no key with the kid of the token")


def _check(claims: Mapping[str, Any], issuer: str, audience: Collection[str], now: float) -> None:
    if claims.get("iss") != issuer:
        raise TokenError("the token has an invalid issuer")
    # client_id counts only without aud.
    meant = claims["aud"] if claims.get("aud") is not None else claims.get("client_id")
    if not any(each in audience for each in (meant if isinstance(meant, list) else [meant])):
        raise TokenError("the token does not have a valid audience")
    # Written so that NaN, which Python's JSON knows, is refused.
    if not _is_time(claims.get("exp")) or not now < claims["exp"]:
        raise TokenError("the token has expired")
    for name, why in (("nbf", "is not valid yet"), ("iat", "was issued in the future")):
        if name in claims and (not _is_time(claims[name]) or not claims[name] <= now):
            message = f"the token {why}"
            raise TokenError(message)


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """Return the scopes of a token, from its claim `scope` or `scp`."""
    for name in ("scope", "scp"):
        value = claims.get(name)
        if isinstance(value, str):
            return value.split()
        if isinstance(value, list):
            return [each for each in value if isinstance(each, str)]
    return []


def as_event(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return claims as a function receives them: every value is a string, and null is absent."""
    return {name: _text(value) for name, value in claims.items() if value is not None}


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case list():
            return f"[{' '.join(map(_text, value))}]"
        case dict():
            return json.dumps(value, separators=(",", ":"))
    return str(value)

"""An issuer of tokens for the offline API: throw-away keys, and tokens for whoever asks."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.wrappers import Request, Response

from local.arguments import SCOPES
from local.auth import AUDIENCE, ISSUER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

LIFETIME = 3600  # seconds
_BITS = 2048


class Issuer:
    """A WSGI application that publishes its keys and answers requests for tokens.

    It gives a token for any subject to whoever asks, as client credentials without a secret.

    Args:
        identifier: the claim `iss` of its tokens. API Gateway accepts only https URLs, which this
            server does not have, so the offline API is told its keys.
        audience: the claim `aud`.
    """

    def __init__(self, identifier: str = ISSUER, audience: str = AUDIENCE) -> None:
        self.identifier = identifier
        self._audience = audience
        self._key = RSAKey.generate_key(_BITS, auto_kid=True)

    def keys(self, _issuer: str = "") -> KeySet:
        """Return its public keys."""
        return KeySet([RSAKey.import_key(self._key.as_dict(private=False))])

    def token(
        self, subject: str, scopes: Iterable[str] = SCOPES, lifetime: int = LIFETIME, **claims: Any
    ) -> str:
        """Sign a token.

        Args:
            subject: the claim `sub`.
            scopes: the claim `scope`.
            lifetime: in seconds; negative for a token that has expired.
            claims: further ones, or others in place of those above; None leaves one out.
        """
        now = int(time.time())
        given = {
            "iss": self.identifier,
            "aud": self._audience,
            "sub": subject,
            "scope": " ".join(scopes),
            "iat": now - max(0, -2 * lifetime),
            "exp": now + lifetime,
            **claims,
        }
        held = {name: value for name, value in given.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self._key.kid}, held, self._key)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        answers = {
            ("GET", "/.well-known/openid-configuration"): self._configuration,
            ("GET", "/jwks.json"): self._published,
            ("POST", "/token"): self._issued,
        }
        answer = answers.get((request.method, request.path))
        status, body = answer(request) if answer else (404, {"error": "not_found"})
        text = json.dumps(body)
        return Response(text, status, content_type="application/json")(environ, start_response)

    def _configuration(self, request: Request) -> tuple[int, Any]:
        here = request.host_url.rstrip("/")
        return 200, {
            "issuer": self.identifier,
            "jwks_uri": f"{here}/jwks.json",
            "token_endpoint": f"{here}/token",
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": SCOPES,
        }

    def _published(self, _request: Request) -> tuple[int, Any]:
        return 200, self.keys().as_dict(private=False)

    def _issued(self, request: Request) -> tuple[int, Any]:
        subject = request.form.get("client_id", "local")
        scopes = request.form.get("scope", " ".join(SCOPES)).split()
        try:
            lifetime = int(request.form.get("expires_in", LIFETIME))
        except ValueError:
            return 400, {"error": "invalid_request"}
        return 200, {
            "access_token": self.token(subject, scopes, lifetime),
            "token_type": "Bearer",
            "expires_in": lifetime,
            "scope": " ".join(scopes),
        }

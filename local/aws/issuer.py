"""An issuer of tokens for the offline API: throw-away keys, and tokens for whoever asks.

The page where people sign in is that of `local.aws.stand_in`.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.wrappers import Request, Response

from local.arguments import SCOPES
from local.auth import AUDIENCE, ISSUER
from local.aws.stand_in import RefusedError, StandIn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

LIFETIME = 3600  # seconds
_BITS = 2048


class Issuer:
    """A WSGI application that publishes its keys and answers requests for tokens.

    It gives a token for any subject to whoever asks, as client credentials without a secret, and to
    people who come from a page by the code flow.

    Args:
        identifier: the claim `iss` of its tokens. API Gateway accepts only https URLs, which this
            server does not have, so the offline API is told its keys.
        audience: the claim `aud`.
    """

    def __init__(self, identifier: str = ISSUER, audience: str = AUDIENCE) -> None:
        self.identifier = identifier
        self._audience = audience
        self._key = RSAKey.generate_key(_BITS, auto_kid=True)
        self._stand_in = StandIn()

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
        pages = {
            ("GET", "/authorize"): self._stand_in.authorize,
            ("POST", "/authorize"): self._stand_in.authorize,
            ("GET", "/logout"): self._stand_in.logout,
        }
        page = pages.get((request.method, request.path))
        if page:
            return page(request)(environ, start_response)
        answers = {
            ("GET", "/.well-known/openid-configuration"): self._configuration,
            ("GET", "/jwks.json"): self._published,
            ("POST", "/token"): self._issued,
        }
        answer = answers.get((request.method, request.path))
        status, body = answer(request) if answer else (404, {"error": "not_found"})
        # Pages of any origin may read it: no cookie tells them apart from anybody else.
        headers = {"access-control-allow-origin": "*", "cache-control": "no-store"}
        return Response(json.dumps(body), status, headers=headers, content_type="application/json")(
            environ, start_response
        )

    def _configuration(self, request: Request) -> tuple[int, Any]:
        here = request.host_url.rstrip("/")
        return 200, {
            "issuer": self.identifier,
            "jwks_uri": f"{here}/jwks.json",
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "end_session_endpoint": f"{here}/logout",
            "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", *SCOPES],
            # Of no standard: by it, the console says that nobody was asked for a password.
            "stand_in": True,
        }

    def _published(self, _request: Request) -> tuple[int, Any]:
        return 200, self.keys().as_dict(private=False)

    def _issued(self, request: Request) -> tuple[int, Any]:
        if request.form.get("grant_type") in {"authorization_code", "refresh_token"}:
            return self._redeemed(request)
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

    def _redeemed(self, request: Request) -> tuple[int, Any]:
        """Give tokens for a code or a refresh token."""
        client = request.form.get("client_id", "")
        try:
            person = self._stand_in.redeem(request.form)
        except RefusedError as error:
            return 400, {"error": str(error)}
        scopes = ["openid", *person.scopes]
        given = {"client_id": client, "username": person.name}
        return 200, {
            "access_token": self.token(person.name, scopes, person.lifetime, **given),
            "id_token": self.token(person.name, (), person.lifetime, aud=client, scope=None),
            "refresh_token": self._stand_in.refresh_token(person, client),
            "token_type": "Bearer",
            "expires_in": person.lifetime,
            "scope": " ".join(scopes),
        }

"""The offline HTTP API with JWT refuses the tokens that a deployed one refuses.

docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from local.auth import AUDIENCE, CONSOLE, ISSUER, callers
from local.aws.api_definition import Signature, Token, routes_of
from local.aws.issuer import Issuer
from local.aws.server import Server
from local.aws.tokens import TokenError, Tokens, as_event, discovered, read_from, scopes_of
from local.cli import main
from local.errors import UsageError
from tests.support.fronts import front

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.aws.offline import OfflineAws

OURS = Issuer()
FOREIGN = Issuer()
JWT = {"ApiAuth": "JWT", "JwtIssuer": ISSUER, "JwtAudience": f"other,{AUDIENCE}"}
UNKNOWN = f"/images/{'a' * 26}"


@pytest.fixture(scope="module")
def guarded(aws: OfflineAws) -> Iterator[str]:
    """The address of the deployed API behind a front that asks for tokens."""
    with Server(front(aws, OURS.keys, **JWT)) as server:
        yield server.url


def ask(url: str, authorization: str | None) -> tuple[int, Any, str]:
    """The status, the body and the challenge of an answer."""
    headers = {} if authorization is None else {"Authorization": authorization}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, json.load(answer), ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), error.headers.get("www-authenticate", "")


def claims(token: str, keys: Any = OURS.keys, now: float | None = None) -> dict[str, Any]:
    then = time.time() if now is None else now
    return Tokens(keys).claims(token, ISSUER, ["other", AUDIENCE], then)


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", ""])
def test_a_token_with_a_scope_of_the_route_is_accepted(guarded: str, prefix: str) -> None:
    for scope in ("images:read", "images:review"):
        token = OURS.token("alice", ["openid", scope])
        status, body, _ = ask(guarded + UNKNOWN, prefix + token)
        # The function's own answer: the gateway let the request pass.
        assert (status, body["code"]) == (404, "not_found")


def test_a_missing_or_invalid_token_is_refused_with_a_challenge(guarded: str) -> None:
    url = guarded + UNKNOWN
    assert ask(url, None) == (401, {"message": "Unauthorized"}, "Bearer")
    for invalid in (FOREIGN.token("alice"), "Bearer a.b.c", "Basic dXNlcjpwYXNz", "Bearer ü"):
        status, body, challenge = ask(url, invalid)
        assert (status, body) == (401, {"message": "Unauthorized"})
        assert challenge.startswith(
            'Bearer scope="images:read images:review" error="invalid_token"'
        )


def test_a_token_without_a_scope_of_the_route_is_refused(guarded: str) -> None:
    for scopes in ([], ["images:write"], ["images:readx"]):
        status, body, challenge = ask(guarded + UNKNOWN, f"Bearer {OURS.token('alice', scopes)}")
        assert (status, body) == (403, {"message": "Forbidden"})
        assert 'error="insufficient_scope"' in challenge


def test_an_open_route_needs_no_token(guarded: str) -> None:
    assert ask(f"{guarded}/health", None)[0] == 200


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"iss": f"{ISSUER}/"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": "somebody"}, "audience"),
        ({"aud": ["somebody", {}]}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": "somebody", "client_id": AUDIENCE}, "audience"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": "never"}, "expired"),
        ({"exp": float("nan")}, "expired"),
        ({"nbf": 2**33}, "not valid yet"),
        ({"nbf": "soon"}, "not valid yet"),
        ({"iat": 2**33}, "in the future"),
    ],
)
def test_claims_that_are_refused(given: dict[str, Any], why: str) -> None:
    with pytest.raises(TokenError, match=why):
        claims(OURS.token("alice", **given))


@pytest.mark.parametrize(
    "given",
    [
        {"aud": ["somebody", "other"]},
        {"aud": None, "client_id": AUDIENCE},
        {"iat": None},
        {"nbf": 1, "sub": None, "scope": None},
    ],
)
def test_claims_that_are_accepted(given: dict[str, Any]) -> None:
    assert claims(OURS.token("alice", **given))["iss"] == ISSUER


def test_a_token_expires() -> None:
    token = OURS.token("alice", lifetime=60)
    then = claims(token)["exp"]
    assert claims(token, now=then - 1)
    with pytest.raises(TokenError, match="expired"):
        claims(token, now=then)
    with pytest.raises(TokenError, match="expired"):
        claims(OURS.token("alice", lifetime=-1))


def tampered(token: str, **changes: Any) -> str:
    header, payload, signature = token.split(".")
    held = json.loads(_decoded(payload)) | changes
    return ".".join([header, _encoded(json.dumps(held).encode()), signature])


def test_only_what_the_issuer_has_signed_with_rsa_is_accepted() -> None:
    token = OURS.token("alice")
    payload = claims(token)
    published = OURS.keys().as_dict(private=False)["keys"][0]
    kid = published["kid"]
    confused = OctKey.import_key(json.dumps(published))
    curve = ECKey.generate_key("P-256", {"kid": str(kid)})
    none = _encoded(json.dumps({"alg": "none", "kid": kid}).encode())
    refused = [
        tampered(token, sub="bob"),
        token[:-8],
        f"{none}.{token.split('.')[1]}.",
        jwt.encode({"alg": "HS256", "kid": kid}, payload, confused),
        # API Gateway supports no other algorithms, although this one is sound.
        jwt.encode({"alg": "ES256", "kid": kid}, payload, curve),
        jwt.encode({"alg": "RS256"}, payload, RSAKey.generate_key(2048)),
        jwt.encode({"alg": "RS256", "kid": kid}, payload, RSAKey.generate_key(2048)),
        "",
        "..",
        "a" * 4000,
        f"{_encoded(b'[]')}.{_encoded(b'{}')}.",
        f"{_encoded(b'{}')}.{_encoded(b'{}')}.",
    ]
    for each in refused:
        with pytest.raises(TokenError):
            claims(each)
    # Not even with a key of the kind that the algorithm is not for.
    for each in (refused[4], token):
        with pytest.raises(TokenError):
            claims(each, lambda _: KeySet([curve]))
    assert claims(token)["sub"] == "alice"


def test_keys_are_read_from_the_discovery_document_a_url_or_a_file(tmp_path: Path) -> None:
    token = OURS.token("alice")
    with Server(OURS) as server:
        assert claims(token, lambda _: discovered(server.url))
        assert claims(token, lambda _: read_from(f"{server.url}/jwks.json"))
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(OURS.keys().as_dict(private=False)))
    assert claims(token, lambda _: read_from(path))
    path.write_text("{}")
    for unreadable in (path, tmp_path / "absent"):
        with pytest.raises(TokenError, match="cannot be read"):
            claims(token, lambda _, source=unreadable: read_from(source))


def test_a_new_key_of_the_issuer_is_found() -> None:
    published = [FOREIGN.keys(), OURS.keys()]
    tokens = Tokens(lambda _issuer: published.pop(0))
    now = time.time()
    assert tokens.claims(FOREIGN.token("alice"), ISSUER, [AUDIENCE], now)
    assert tokens.claims(OURS.token("alice"), ISSUER, [AUDIENCE], now)
    assert tokens.claims(OURS.token("bob"), ISSUER, [AUDIENCE], now)["sub"] == "bob"


def test_a_function_receives_claims_as_text() -> None:
    given = {"sub": "a", "exp": 17, "groups": ["a", "b"], "ok": True, "none": None, "m": {"a": 1}}
    assert as_event(given) == {
        "sub": "a", "exp": "17", "groups": "[a b]", "ok": "true", "m": '{"a":1}',
    }  # fmt: skip
    assert scopes_of({"scope": "a b"}) == scopes_of({"scp": ["a", "b"]}) == ["a", "b"]
    assert scopes_of({"scope": 3}) == scopes_of({}) == []


def test_the_definition_decides_what_a_route_requires() -> None:
    integration = {"uri": "…/functions/arn:aws:lambda:x:1:function:f/invocations"}
    operation = {"x-amazon-apigateway-integration": integration}
    iam: dict[str, Any] = {"x-amazon-apigateway-authtype": "awsSigv4"}
    configuration = {"issuer": "i", "audience": ["a"]}
    authorizer = {
        "type": "jwt",
        "identitySource": "$request.header.X-Token",
        "jwtConfiguration": configuration,
    }
    schemes = {"signed": iam, "token": {"x-amazon-apigateway-authorizer": authorizer}}
    definition = {
        "security": [{"signed": []}],
        "components": {"securitySchemes": schemes},
        "paths": {
            "/a/{b}": {"get": operation},
            "/a": {
                "x-amazon-apigateway-any-method": operation | {"security": []},
                "post": operation | {"security": [{"token": ["s"]}]},
            },
        },
    }
    assert {route.key: route.required for route in routes_of(definition)} == {
        "GET /a/{b}": Signature(),
        "ANY /a": None,
        "POST /a": Token("x-token", "i", ("a",), ("s",)),
    }
    schemes["signed"] = {"type": "http"}
    with pytest.raises(ValueError, match="signed"):
        routes_of(definition)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_command_line_gets_a_token_of_the_running_instance(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Server(OURS) as server:
        port = ["--issuer-port", str(server.port)]
        assert main(["token", *port, "--sub", "alice", "--scope", "images:read"]) == 0
        token = capsys.readouterr().out.strip()
        assert main(["token", *port, "--expires-in", "-5"]) == 0
        expired = capsys.readouterr().out.strip()
    held = claims(token)
    assert (held["sub"], held["scope"]) == ("alice", "images:read")
    with pytest.raises(TokenError, match="expired"):
        claims(expired)
    assert main(["token", *port]) == 2
    assert "serve --auth jwt" in capsys.readouterr().err


def test_the_option_sets_the_parameters_of_the_template() -> None:
    assert callers(None, {}) == {"ApiAuth": "NONE", "Console": "true"}
    assert callers(None, {"Console": "false"}) == {"ApiAuth": "NONE", "Console": "false"}
    assert callers("iam", {"StoreGps": "true"}) == {"ApiAuth": "IAM", "StoreGps": "true"}
    own = {"ApiAuth": "JWT", "JwtIssuer": ISSUER, "JwtAudience": AUDIENCE}
    own |= {"Console": "true", "ConsoleClientId": CONSOLE}
    assert callers("jwt", {}) == callers(None, {"ApiAuth": "JWT"}) == own
    other = {"JwtIssuer": "https://issuer.example", "JwtAudience": "one"}
    assert callers("jwt", other) == {"ApiAuth": "JWT", **other}
    # Another issuer has to know the page.
    known = {**other, "ConsoleClientId": "page"}
    assert callers("jwt", known) == {"ApiAuth": "JWT", "Console": "true", **known}
    with pytest.raises(UsageError, match="contradict"):
        callers("none", {"ApiAuth": "JWT"})

"""The stand-in for signing in: the code flow with PKCE, and what it refuses."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

from local.arguments import SCOPES
from local.auth import AUDIENCE, ISSUER
from local.aws.issuer import Issuer
from local.aws.tokens import TokenError, Tokens, scopes_of

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
PAGE = "http://127.0.0.1:3000/console/"
ASKED = {
    "response_type": "code",
    "client_id": "console",
    "redirect_uri": PAGE,
    "scope": "openid",
    "state": "a&b",
    "code_challenge": CHALLENGE.decode(),
    "code_challenge_method": "S256",
}


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def web(issuer: Issuer) -> Client:
    return Client(issuer)


def signed_in(web: Client, name: str = "ada", lifetime: str = "3600", *scopes: str) -> str:
    form = {"name": name, "lifetime": lifetime, "scope": list(scopes or SCOPES)}
    answer = web.post("/authorize", query_string=ASKED, data=form)
    assert answer.status_code == 303, answer.text
    where = urlsplit(answer.headers["location"])
    assert where._replace(query="").geturl() == PAGE
    given = parse_qs(where.query)
    assert given["state"] == ["a&b"]
    return given["code"][0]


def redeem(web: Client, code: str, **other: str) -> TestResponse:
    form = {
        "grant_type": "authorization_code",
        "client_id": "console",
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": PAGE,
    }
    return web.post("/token", data=form | other)


def claims(issuer: Issuer, token: str, now: float | None = None) -> dict[str, Any]:
    import time

    return Tokens(issuer.keys).claims(token, ISSUER, [AUDIENCE], now or time.time())


def test_the_page_says_that_it_is_a_stand_in(web: Client) -> None:
    answer = web.get("/authorize", query_string=ASKED)
    assert answer.status_code == 200
    assert "stand-in" in answer.text
    assert "no password" in answer.text
    assert answer.text.count("checked") == len(SCOPES)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_only_the_scopes_that_are_asked_for_are_checked_at_first(web: Client) -> None:
    answer = web.get("/authorize", query_string=ASKED | {"scope": "openid images:read"})
    assert re.findall(r'value="(images:\w+)" checked', answer.text) == ["images:read"]


def test_a_code_becomes_a_token_with_the_chosen_name_and_scopes(
    issuer: Issuer, web: Client
) -> None:
    answer = redeem(web, signed_in(web, "ada", "600", "images:read"))
    assert answer.status_code == 200
    assert answer.json is not None
    found = claims(issuer, answer.json["access_token"])
    assert (found["sub"], found["username"]) == ("ada", "ada")
    assert scopes_of(found) == ["openid", "images:read"]
    assert answer.json["expires_in"] == found["exp"] - found["iat"] == 600
    # A page of another origin asks for it.
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"


def test_a_code_works_once(web: Client) -> None:
    code = signed_in(web)
    assert redeem(web, code).status_code == 200
    assert redeem(web, code).status_code == 400


@pytest.mark.parametrize(
    "other",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"client_id": "another"},
        {"redirect_uri": f"{PAGE}other"},
        {"code": "unknown"},
    ],
)
def test_a_code_is_of_no_use_to_others(web: Client, other: dict[str, str]) -> None:
    code = signed_in(web)
    answer = redeem(web, **{"code": code, **other})
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_grant"})
    # Somebody has tried it: it is used up.
    assert redeem(web, code).status_code == (200 if other.get("code") else 400)


def test_a_refresh_token_works_once_and_brings_the_next(issuer: Issuer, web: Client) -> None:
    first = redeem(web, signed_in(web, "ada", "60")).json
    assert first is not None
    form = {"grant_type": "refresh_token", "client_id": "console"}
    second = web.post("/token", data=form | {"refresh_token": first["refresh_token"]})
    assert second.json is not None
    assert claims(issuer, second.json["access_token"])["sub"] == "ada"
    again = web.post("/token", data=form | {"refresh_token": first["refresh_token"]})
    assert again.status_code == 400
    stolen = form | {"client_id": "another", "refresh_token": second.json["refresh_token"]}
    assert web.post("/token", data=stolen).status_code == 400


def test_a_token_expires_when_it_was_asked_to(issuer: Issuer, web: Client) -> None:
    answer = redeem(web, signed_in(web, "ada", "1")).json
    assert answer is not None
    expires = claims(issuer, answer["access_token"], now=0)["exp"]
    with pytest.raises(TokenError):
        claims(issuer, answer["access_token"], now=expires + 1)


@pytest.mark.parametrize(
    "other",
    [
        {"redirect_uri": "https://elsewhere.example/console/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://[broken"},
        {"redirect_uri": ""},
        {"response_type": "token"},
        {"client_id": ""},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
    ],
)
def test_a_request_that_would_be_unsafe_gets_no_form(web: Client, other: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        answer = web.open("/authorize", method=method, query_string=ASKED | other)
        assert answer.status_code == 400
        assert "<form" not in answer.text
        assert "location" not in answer.headers


def test_markup_in_a_request_stays_text(web: Client) -> None:
    hostile = ASKED | {"state": '"><script>alert(1)</script>', "scope": "<script>"}
    assert "<script" not in web.get("/authorize", query_string=hostile).text


def test_signing_out_leads_back_to_this_machine_only(web: Client) -> None:
    for name in ("logout_uri", "post_logout_redirect_uri"):
        answer = web.get("/logout", query_string={"client_id": "console", name: PAGE})
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    away = web.get("/logout", query_string={"logout_uri": "https://elsewhere.example/"})
    assert "location" not in away.headers


def test_tokens_for_programs_are_given_as_before(issuer: Issuer, web: Client) -> None:
    answer = web.post("/token", data={"client_id": "me", "scope": "images:read"}).json
    assert answer is not None
    assert claims(issuer, answer["access_token"])["sub"] == "me"


def test_the_discovery_document_says_where_everything_is(web: Client) -> None:
    found = web.get("/.well-known/openid-configuration", base_url="http://127.0.0.1:3001").json
    assert found is not None
    assert found["authorization_endpoint"] == "http://127.0.0.1:3001/authorize"
    assert found["end_session_endpoint"] == "http://127.0.0.1:3001/logout"
    assert found["stand_in"] is True

"""Who makes a request, and which images they may know of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api import get_health, get_image
from api.caller import ALL_SCOPES, NOBODY, READ, REVIEW, WRITE, Caller, caller_of
from api.delivery import Presigned
from api.errors import ForbiddenError, UnauthorizedError
from api.reads import Reads
from api.routing import respond
from api.waiting import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping

ARN = "arn:aws:iam::123456789012:user/operator"
IMAGE = "a" * 26
IAM = {"iam": {"userArn": ARN, "accountId": "123456789012"}}


def asked(authorizer: Any, route: str = "GET /images/{id}") -> dict[str, Any]:
    context = {"requestId": "r", **({} if authorizer is None else {"authorizer": authorizer})}
    return {"routeKey": route, "pathParameters": {"id": IMAGE}, "requestContext": context}


def bearing(**claims: str) -> dict[str, Any]:
    # The scopes of the route, for all we know: they must not count.
    return {"jwt": {"claims": claims, "scopes": [READ, REVIEW]}}


def test_a_token_has_an_owner_and_scopes() -> None:
    event = asked(bearing(sub="alice", scope=f"openid {READ} {WRITE}"))
    assert caller_of(event, "JWT") == Caller("alice", frozenset({"openid", READ, WRITE}), "alice")
    listed = asked(bearing(sub="alice", scp=f"[{READ} {REVIEW}]"))
    assert caller_of(listed, "JWT").scopes == {READ, REVIEW}
    assert caller_of(asked(bearing(sub="alice")), "JWT").scopes == set()


def test_whoever_signs_a_request_may_do_everything_and_has_a_name() -> None:
    assert caller_of(asked(IAM), "IAM") == Caller(None, ALL_SCOPES, ARN)
    assert caller_of(asked(None), "NONE") == Caller(None, ALL_SCOPES, "")


@pytest.mark.parametrize(
    ("authorizer", "auth"),
    [
        (None, "IAM"),
        (None, "JWT"),
        ({}, "IAM"),
        (IAM, "JWT"),
        (bearing(sub="alice", scope=READ), "IAM"),
        ({"lambda": {"sub": "alice"}}, "JWT"),
        ({"jwt": None}, "JWT"),
        (IAM, ""),
    ],
)
def test_a_request_that_was_not_authorized_as_deployed_is_refused(
    authorizer: Any, auth: str
) -> None:
    with pytest.raises(UnauthorizedError):
        caller_of(asked(authorizer), auth)


def test_a_token_without_an_owner_is_refused() -> None:
    for claims in ({"scope": REVIEW}, {"sub": "", "scope": REVIEW}):
        with pytest.raises(ForbiddenError, match="sub"):
            caller_of(asked(bearing(**claims)), "JWT")


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        (Caller("alice", frozenset({READ, WRITE})), {"alice"}),
        (Caller("bob", frozenset({READ, WRITE})), {"bob"}),
        (Caller("carol", frozenset({READ})), set()),
        (Caller("carol", frozenset({REVIEW})), {"alice", "bob", None}),
        (Caller(name=ARN), {"alice", "bob", None}),
        (NOBODY, set()),
    ],
)
def test_only_reviewers_know_of_the_images_of_others(caller: Caller, seen: set[str | None]) -> None:
    records: list[dict[str, Any]] = [{"owner": "alice"}, {"owner": "bob"}, {}]
    assert {record.get("owner") for record in records if caller.sees(record)} == seen


class Table:
    """Holds one image, of alice."""

    def get(self, image_id: str) -> Mapping[str, Any]:
        return {"image_id": image_id, "status": "processing", "owner": "alice", "revision": 1}


@pytest.mark.parametrize(
    ("authorizer", "status"),
    [
        (bearing(sub="alice", scope=READ), 200),
        (bearing(sub="bob", scope=REVIEW), 200),
        # As if it did not exist.
        (bearing(sub="bob", scope=READ), 404),
        (bearing(sub="alice", scope=WRITE), 403),
        (bearing(scope=READ), 403),
        (IAM, 401),
        (None, 401),
    ],
)
def test_the_function_holds_callers_to_their_tokens(authorizer: Any, status: int) -> None:
    delivery = Presigned("renditions", 60)
    reads = Reads(Table(), delivery, b"", "cursors", Clock(), "read-model", "", "")  # type: ignore[arg-type]
    routes = {route.key: route for route in (get_image.ROUTE, get_health.ROUTE)}
    answer = respond(asked(authorizer), routes, reads, "JWT")
    assert answer["statusCode"] == status
    if status != 200:
        assert "alice" not in json.dumps(answer)
    assert respond(asked(authorizer, "GET /health"), routes, reads, "JWT")["statusCode"] == 200

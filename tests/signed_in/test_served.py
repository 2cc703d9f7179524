"""The page as the HTTP API of a deployed stack serves it."""

from __future__ import annotations

import gzip
import json
import re
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

from local.aws.environment import isolated

with isolated():
    from local.aws.permissions import Ledger
    from tests.permissions import report

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws


def get(aws: OfflineAws, path: str, **headers: str) -> Any:
    request = urllib.request.Request(f"{aws.api_url}{path}", headers=headers)
    return urllib.request.urlopen(request)


@pytest.mark.parametrize("path", ["/console", "/console/"])
def test_anybody_can_open_the_page_and_its_files(aws: OfflineAws, path: str) -> None:
    with get(aws, path) as answer:
        assert answer.url == f"{aws.api_url}/console/"
        page = answer.read().decode()
    for name in re.findall(r'(?:src|href)="([^"]+)"', page):
        with get(aws, f"/console/{name}", **{"accept-encoding": "gzip"}) as file:
            assert file.headers["content-encoding"] == "gzip"
            assert gzip.decompress(file.read())


@pytest.mark.parametrize("path", ["/console/assets/0/app.js", "/console/assets/0/%2e%2e/x"])
def test_other_files_are_not_found(aws: OfflineAws, path: str) -> None:
    with pytest.raises(HTTPError, match="404"):
        get(aws, path)


def test_the_api_itself_asks_for_a_token(aws: OfflineAws) -> None:
    with pytest.raises(HTTPError, match="401"):
        get(aws, "/images")


def test_the_page_signs_in_with_the_client_of_the_pool(aws: OfflineAws) -> None:
    with get(aws, "/console/config.json") as answer:
        found = json.load(answer)["sign_in"]
    assert found["client_id"] == aws.deployment.ref("UserPoolClient")
    assert found["token"].startswith(f"https://{aws.deployment.ref('UserPoolDomain')}.auth.")


def test_the_page_may_talk_to_the_hosts_of_the_stack(aws: OfflineAws) -> None:
    with get(aws, "/console/") as answer:
        policy = answer.headers["content-security-policy"]
    sources = re.search("connect-src ([^;]+);", policy)
    assert sources
    pool = f"https://{aws.deployment.ref('UserPoolDomain')}.auth.us-east-1.amazoncognito.com"
    assert sources[1].split() == ["'self'", aws.s3_url, pool]


def test_the_trigger_answers_its_event(aws: OfflineAws) -> None:
    name = aws.deployment.ref("SigninFunction")
    event = {"request": {"groupConfiguration": {"groupsToOverride": ["uploaders"]}}}
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    details = json.load(answer["Payload"])["response"]["claimsAndScopeOverrideDetails"]
    assert details["accessTokenGeneration"]["scopesToAdd"] == ["images:read", "images:write"]


def tell(aws: OfflineAws) -> Ledger:
    """Open the page, and return the calls of a function that has not answered before."""
    ledger = Ledger(aws.deployment)
    with ledger.opened():
        get(aws, "/console/config.json").close()
    return ledger


def test_every_permission_of_the_console_is_used_and_on_the_page(
    aws: OfflineAws, ledger: Ledger
) -> None:
    get(aws, "/console/config.json").close()
    # Of all tests here, because the function remembers what it has asked for its first answer.
    assert report.faults(report.CONSOLE, ledger) == []

"""The offline HTTP API with IAM refuses the requests that a deployed one refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.aws.server import Server
from local.aws.signatures import RefusedError
from local.aws.signed_requests import check_signed
from tests.integration.story import answer_to, process
from tests.support.fronts import front
from tests.support.pictures import file_of, quarters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws.offline import OfflineAws

KEY = "uploads/signed a+b%20é~.jpg"
PATH = f"/images?key={quote(KEY, safe='')}"
FORBIDDEN = (403, {"message": "Forbidden"})
SCOPE = "aws:amz:us-east-1:execute-api"


@pytest.fixture(scope="module")
def image_id(aws: OfflineAws) -> str:
    return str(process(aws, KEY, file_of(quarters())).image["image_id"])


@pytest.fixture(scope="module")
def guarded(aws: OfflineAws, image_id: str) -> Iterator[str]:
    """The address of the deployed API behind a front that asks for signatures."""
    with Server(front(aws, ApiAuth="IAM")) as server:
        yield server.url


def signed(
    url: str, key: str = "local", secret: str = "local", region: str = "us-east-1"
) -> dict[str, str]:
    request = AWSRequest("GET", url)
    SigV4Auth(Credentials(key, secret), "execute-api", region).add_auth(request)
    return dict(request.headers)


def test_a_signed_request_is_answered(guarded: str, image_id: str) -> None:
    for path in (PATH, f"/images/{image_id}"):
        status, image = answer_to(guarded + path, signed(guarded + path))
        assert (status, image["key"]) == (200, KEY)


def test_unsigned_and_wrongly_signed_requests_are_refused(guarded: str, image_id: str) -> None:
    url = guarded + PATH
    genuine = signed(url)
    other = guarded + f"/images/{image_id}"
    assert answer_to(url, {}) == FORBIDDEN
    assert answer_to(url, signed(url, secret="guessed")) == FORBIDDEN
    assert answer_to(url, signed(url, key="somebody")) == FORBIDDEN
    assert answer_to(url, signed(url, region="eu-west-1")) == FORBIDDEN
    assert answer_to(other, genuine) == FORBIDDEN
    assert answer_to(f"{url}&key=uploads/other.jpg", genuine) == FORBIDDEN
    assert answer_to(url, genuine | {"Authorization": "Bearer token"}) == FORBIDDEN
    assert answer_to(url, genuine | {"X-Amz-Content-SHA256": "0" * 64}) == FORBIDDEN
    # Without a route there is nothing to guard. This is no preflight request, which has an origin.
    assert answer_to(f"{guarded}/images", {}, "OPTIONS")[0] == 404


def test_an_open_api_needs_no_signature(aws: OfflineAws) -> None:
    assert answer_to(f"{aws.api_url}/images/{'a' * 26}", {})[0] == 404


@pytest.mark.parametrize(
    ("minutes", "accepted"), [(0, True), (4.9, True), (5.1, False), (15, False), (-5.1, False)]
)
def test_a_signature_is_valid_for_five_minutes(minutes: float, accepted: bool) -> None:
    url = "http://127.0.0.1:3000" + PATH
    headers = {name.lower(): value for name, value in signed(url).items()}
    headers["host"] = "127.0.0.1:3000"
    then = datetime.now(UTC) + timedelta(minutes=minutes)
    if accepted:
        check_signed("GET", url, headers, b"", then)
    else:
        with pytest.raises(RefusedError, match="expired"):
            check_signed("GET", url, headers, b"", then)
    for date in ("", "yesterday"):
        with pytest.raises(RefusedError, match="X-Amz-Date"):
            check_signed("GET", url, headers | {"x-amz-date": date}, b"", then)
    with pytest.raises(RefusedError, match=r"not the one that was signed|does not match"):
        check_signed("GET", url, headers, b"a body", datetime.now(UTC))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")
@pytest.mark.parametrize(
    ("secret", "path", "status"),
    [
        ("local", f"/images?key={quote('uploads/signed.jpg', safe='')}", 404),
        ("local", f"/images/{'a' * 26}", 404),
        ("guessed", f"/images/{'a' * 26}", 403),
    ],
)
def test_curl_signs_requests(guarded: str, secret: str, path: str, status: int) -> None:
    asked = subprocess.run(
        ["curl", "-s", "--noproxy", "*", "--aws-sigv4", SCOPE, "--user", f"local:{secret}",
         "-w", "\n%{http_code}", guarded + path],
        capture_output=True, check=True, timeout=20,
    )  # fmt: skip
    body, _, code = asked.stdout.decode().rpartition("\n")
    assert int(code) == status
    assert json.loads(body)

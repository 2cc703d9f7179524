"""Checks requests to a route with IAM authorization as API Gateway does.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. botocore
computes the signature of the request as received.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.aws.environment import ACCOUNT, CREDENTIALS, REGION
from local.aws.signatures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.compat import HTTPHeaders

SERVICE = "execute-api"
_SKEW = timedelta(minutes=5)
_TIME = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,]+)/(?P<scope>[^,]+), *"
    r"SignedHeaders=(?P<headers>[^,]+), *Signature=(?P<signature>[0-9a-f]{64})"
)
_KNOWN = Credentials(CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"])


class User(NamedTuple):
    """The only IAM user of the offline AWS, as API Gateway names it to a function."""

    access_key: str
    identifier: str
    arn: str


USER = User(_KNOWN.access_key, "AIDALOCAL", f"arn:aws:iam::{ACCOUNT}:user/local")


class _AsSigned(SigV4Auth):
    """Signs exactly the given headers: those that the client chose and named."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers


def sign(method: str, url: str) -> dict[str, str]:
    """Make the headers that authorize a request without a body."""
    request = AWSRequest(method, url)
    SigV4Auth(_KNOWN, SERVICE, REGION).add_auth(request)
    return dict(request.headers)


def check_signed(
    method: str, url: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Check the signature of a request: its key, time and content.

    Args:
        method: of the request.
        url: complete, with path and query as sent.
        headers: of the request, by lower-case name.
        body: of the request.
        now: in UTC.

    Raises:
        RefusedError: API Gateway refuses the request.
    """
    parts = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if parts is None:
        raise _refused("MissingAuthenticationToken", "Missing Authentication Token")
    names, signed_at = parts["headers"].split(";"), headers.get("x-amz-date", "")
    try:
        age = abs(now - datetime.strptime(signed_at, _TIME).replace(tzinfo=UTC))
    except ValueError as error:
        raise _refused("IncompleteSignature", "there is no valid X-Amz-Date") from error
    if age > _SKEW:
        raise _refused("InvalidSignature", "Signature expired")
    if parts["scope"] != f"{signed_at[:8]}/{REGION}/{SERVICE}/aws4_request":
        raise _refused("InvalidSignature", "Credential should be scoped to a valid region")
    if parts["key"] != _KNOWN.access_key:
        raise _refused("UnrecognizedClient", "The security token is invalid.")
    if "host" not in names:
        raise _refused("InvalidSignature", "'Host' must be a signed header")
    digest = hashlib.sha256(body).hexdigest()
    # botocore uses this header instead of the body if it is present.
    if headers.get("x-amz-content-sha256", digest) != digest:
        raise _refused("InvalidSignature", "the body is not the one that was signed")
    request = AWSRequest(method, _canonical(url), {name: headers.get(name, "") for name in names})
    request.data = body
    request.context["timestamp"] = signed_at
    signer = _AsSigned(_KNOWN, SERVICE, REGION)
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    if not hmac.compare_digest(signer.signature(to_sign, request), parts["signature"]):
        message = "The request signature we calculated does not match the signature you provided."
        raise _refused("InvalidSignature", message)


def _canonical(url: str) -> str:
    """Encode the query of a URL as the signature requires."""
    parts = urlsplit(url)
    query = "&".join(
        "=".join(
            quote(unquote_to_bytes(text.replace("+", " ")), safe="-_.~")
            for text in (field if "=" in field else f"{field}=").split("=", 1)
        )
        for field in parts.query.split("&")
        if field
    )
    return parts._replace(query=query).geturl()


def _refused(code: str, message: str) -> RefusedError:
    return RefusedError(403, f"{code}Exception", message)

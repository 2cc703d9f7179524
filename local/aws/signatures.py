"""Checks presigned URLs and upload forms as S3 does.

Presigned URLs: docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html.
Upload forms: docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.aws.environment import REGION, SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 7 * 24 * 3600  # seconds: what SigV4 allows
_TIME = "%Y%m%dT%H%M%SZ"
# Form fields that the policy need not cover.
_FREE_FIELDS = ("x-amz-signature", "policy", "awsaccesskeyid")


class RefusedError(Exception):
    """S3 would refuse the request.

    Args:
        status: the HTTP status.
        code: S3's error code.
        message: S3's, or close to it.
        details: further elements of S3's answer, such as the endpoint to use.
    """

    def __init__(
        self, status: int, code: str, message: str, details: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details or {}


def check_presigned(
    method: str, url: str, headers: Mapping[str, str], now: datetime, bucket_region: str = REGION
) -> None:
    """Check the signature and the lifetime of a presigned URL.

    Args:
        method: of the request.
        url: complete, with path and query as sent.
        headers: of the request; those named in the URL are part of the signature.
        now: in UTC.
        bucket_region: which has to be the signature's.

    Raises:
        RefusedError: it is malformed or expired, or the signature does not match.
    """
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    try:
        signed_at = datetime.strptime(query["X-Amz-Date"], _TIME).replace(tzinfo=UTC)
        lifetime = int(query["X-Amz-Expires"])
        access_key, date, region, service, _ = query["X-Amz-Credential"].split("/")
        signed_headers = query["X-Amz-SignedHeaders"].split(";")
        signature = query["X-Amz-Signature"]
    except (KeyError, ValueError) as error:
        code, message = "AuthorizationQueryParametersError", "Query-string authentication malformed"
        raise RefusedError(400, code, message) from error
    if not 0 < lifetime <= _LONGEST or date != query["X-Amz-Date"][:8]:
        message = "X-Amz-Expires must be between 1 second and a week"
        raise RefusedError(400, "AuthorizationQueryParametersError", message)
    _check_scope(region, service, bucket_region)
    signer = S3SigV4QueryAuth(Credentials(access_key, SECRET_KEY), service, region, lifetime)
    unsigned = "&".join(
        part for part in urlsplit(url).query.split("&") if not part.startswith("X-Amz-Signature=")
    )
    request = AWSRequest(
        method=method,
        url=urlsplit(url)._replace(query=unsigned).geturl(),
        headers={name: headers.get(name, "") for name in signed_headers},
    )
    request.context["timestamp"] = query["X-Amz-Date"]
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    if not hmac.compare_digest(signer.signature(to_sign, request), signature):
        message = "The request signature we calculated does not match the signature you provided."
        raise RefusedError(403, "SignatureDoesNotMatch", message)
    if now > signed_at + timedelta(seconds=lifetime):
        raise RefusedError(403, "AccessDenied", "Request has expired")


def _check_scope(region: str, service: str, bucket_region: str) -> None:
    code = "AuthorizationQueryParametersError"
    if service != "s3":
        message = f'incorrect service "{service}". This endpoint belongs to "s3".'
        raise RefusedError(400, code, f"Error parsing the X-Amz-Credential parameter; {message}")
    if region != bucket_region:
        message = f"the region '{region}' is wrong; expecting '{bucket_region}'"
        whole = f"Error parsing the X-Amz-Credential parameter; {message}"
        raise RefusedError(400, code, whole, {"Region": bucket_region})


def check_form(
    bucket: str,
    fields: Mapping[str, str],
    size: int,
    now: datetime,
    bucket_region: str = REGION,
) -> None:
    """Check an upload form: the signature of its policy, and every condition in it.

    Args:
        bucket: the bucket that the form is posted to.
        fields: of the form, by lower-case name, with `${filename}` already replaced.
        size: of the file, in bytes.
        now: in UTC.
        bucket_region: which has to be the signature's.

    Raises:
        RefusedError: the form violates its policy, or the signature does not match.
    """
    policy = _signed_policy(fields, bucket_region)
    given = {**fields, "bucket": bucket}
    try:
        if now > datetime.fromisoformat(policy["expiration"]):
            raise _denied("Invalid according to Policy: Policy expired.")
        covered = {
            name for condition in policy["conditions"] for name in _check(condition, given, size)
        }
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise RefusedError(400, "InvalidPolicyDocument", "Invalid Policy.") from error
    extra = [
        name
        for name in given
        if name not in covered and name not in _FREE_FIELDS and not name.startswith("x-ignore-")
    ]
    if extra:
        message = f"Invalid according to Policy: Extra input fields: {', '.join(extra)}"
        raise _denied(message)


def _signed_policy(fields: Mapping[str, str], bucket_region: str) -> dict[str, Any]:
    try:
        text = fields["policy"]
        access_key, date, region, service, _ = fields["x-amz-credential"].split("/")
        given = fields["x-amz-signature"]
    except (KeyError, ValueError) as error:
        raise _denied("The form has no policy, or its signature is incomplete.") from error
    _check_scope(region, service, bucket_region)
    signer = S3SigV4QueryAuth(Credentials(access_key, SECRET_KEY), service, region, 1)
    request = AWSRequest()
    request.context["timestamp"] = f"{date}T000000Z"
    if not hmac.compare_digest(signer.signature(text, request), given):
        message = "The request signature we calculated does not match the signature you provided."
        raise RefusedError(403, "SignatureDoesNotMatch", message)
    try:
        policy: dict[str, Any] = json.loads(base64.b64decode(text))
    except (binascii.Error, ValueError) as error:
        raise RefusedError(400, "InvalidPolicyDocument", "Invalid Policy.") from error
    return policy


def _check(condition: Any, given: Mapping[str, str], size: int) -> list[str]:
    """Check a condition; the fields that it covers.

    A field that a condition names has to be in the form, even if any text will do.
    """
    if isinstance(condition, dict):
        tests = [("eq", name, value) for name, value in condition.items()]
    elif condition[0] == "content-length-range":
        _, least, most = condition
        _check_size(size, int(least), int(most))
        return []
    else:
        operator, name, value = condition
        if not name.startswith("$"):
            raise ValueError(condition)
        tests = [(operator.lower(), name[1:], value)]
    for operator, name, value in tests:
        if not isinstance(value, str) or operator not in {"eq", "starts-with"}:
            raise ValueError(condition)
        field = given.get(name.lower())
        if field is None or not (field == value if operator == "eq" else field.startswith(value)):
            shown = json.dumps([operator, f"${name}", value])
            message = f"Invalid according to Policy: Policy Condition failed: {shown}"
            raise _denied(message)
    return [name.lower() for _, name, _ in tests]


def _check_size(size: int, least: int, most: int) -> None:
    if size > most:
        message = "Your proposed upload exceeds the maximum allowed size"
        details = {"ProposedSize": str(size), "MaxSizeAllowed": str(most)}
        raise RefusedError(400, "EntityTooLarge", message, details)
    if size < least:
        message = "Your proposed upload is smaller than the minimum allowed size"
        details = {"ProposedSize": str(size), "MinSizeAllowed": str(least)}
        raise RefusedError(400, "EntityTooSmall", message, details)


def _denied(message: str) -> RefusedError:
    return RefusedError(403, "AccessDenied", message)

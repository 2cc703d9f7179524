"""Tells in one line why a call to AWS failed, and what to do about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore import exceptions

from local.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOG_IN = "log in with `aws sso login` or `aws configure`, or name a profile with --profile"
_DENIED = {
    *("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"),
    *("UnauthorizedOperation", "AllAccessDisabled", "403"),
}
_NOT_ACCEPTED = {
    *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"),
    *("UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
    *("InvalidSignatureException", "AuthFailure", "InvalidToken", "TokenRefreshRequired"),
}
_NO_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
    exceptions.NoAuthTokenError,
)
_UNREACHABLE = (exceptions.HTTPClientError, exceptions.ConnectionError)


# The IAM actions of operations that are not named after them; the others have a service below.
_ACTIONS = {
    "ListObjectVersions": "s3:ListBucketVersions",
    "ListObjectsV2": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "Invoke": "lambda:InvokeFunction",
}
_SERVICES = {
    "cloudformation": ("DescribeStacks", "DescribeStackResource"),
    "cloudwatch": ("GetDashboard", "GetMetricData"),
    "dynamodb": ("GetItem", "UpdateItem", "PutItem", "DeleteItem", "Query", "Scan", "BatchGetItem"),
    "logs": ("DescribeLogGroups", "FilterLogEvents", "StartQuery", "GetQueryResults"),
    "sqs": ("ReceiveMessage", "DeleteMessage", "SendMessage", "CreateQueue"),
    "states": ("DescribeExecution", "GetExecutionHistory", "StartExecution"),
}


def is_denied(error: exceptions.ClientError) -> bool:
    """Whether the credentials lack a permission."""
    return error.response.get("Error", {}).get("Code", "") in _DENIED


def permission(error: exceptions.ClientError) -> str:
    """Return the IAM action that a refused call needs."""
    operation = error.operation_name
    for service, operations in _SERVICES.items():
        if operation in operations:
            return f"{service}:{operation}"
    return _ACTIONS.get(operation, operation)


@contextmanager
def explained() -> Iterator[None]:
    """Context manager that turns a failed call into a `UsageError` with its explanation."""
    try:
        yield
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        raise UsageError(explain(error)) from error


def explain(error: exceptions.BotoCoreError | exceptions.ClientError) -> str:
    """Say what happened, then what to do."""
    if isinstance(error, exceptions.ClientError):
        return _refusal(error)
    what = _one_line(str(error)).rstrip(".")
    if isinstance(error, _NO_CREDENTIALS):
        return f"there are no AWS credentials ({what}): {_LOG_IN}"
    if isinstance(error, exceptions.ProfileNotFound):
        return f"{what}: name another with --profile, or unset AWS_PROFILE"
    if isinstance(error, exceptions.NoRegionError):
        return "no AWS region is set: name one with --region, or set AWS_REGION"
    if isinstance(error, _UNREACHABLE):
        return f"AWS does not answer ({what}): check the network, the region and AWS_ENDPOINT_URL"
    return what


def _refusal(error: exceptions.ClientError) -> str:
    code = error.response.get("Error", {}).get("Code", "")
    message = _one_line(error.response.get("Error", {}).get("Message", "")).rstrip(".")
    said = message or code
    if code in _DENIED:
        return (
            f"these credentials may not call {error.operation_name} ({said}): "
            f"use others with --profile, or ask for the permission {permission(error)}"
        )
    if code in _NOT_ACCEPTED:
        return f"AWS does not accept these credentials ({said}): {_LOG_IN}"
    return f"{error.operation_name} failed: {code}: {message}"


def _one_line(text: str) -> str:
    return " ".join(text.split())

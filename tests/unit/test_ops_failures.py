"""Why a call of `python -m ops` to AWS failed, and what its caller is told to do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions

from local.errors import UsageError
from ops.failures import explain, explained


def refused(code: str, message: str = "Said by AWS.") -> exceptions.ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}}
    return exceptions.ClientError(answer, "Scan")


@pytest.mark.parametrize(
    ("error", "told", "to_do"),
    [
        (exceptions.NoCredentialsError(), "there are no AWS credentials", "aws configure"),
        (
            exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            "AWS_SECRET_ACCESS_KEY",
            "aws configure",
        ),
        (
            exceptions.SSOTokenLoadError(error_msg="the token has expired"),
            "the token has expired",
            "aws sso login",
        ),
        (exceptions.ProfileNotFound(profile="nobody"), "nobody", "--profile"),
        (exceptions.NoRegionError(), "no AWS region", "--region"),
        (
            exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"),
            "http://127.0.0.1:1/",
            "AWS_ENDPOINT_URL",
        ),
        (
            exceptions.ConnectTimeoutError(endpoint_url="http://127.0.0.1:1/"),
            "does not answer",
            "network",
        ),
        (refused("AccessDeniedException"), "may not call Scan (Said by AWS)", "--profile"),
        (refused("ExpiredTokenException"), "does not accept", "aws sso login"),
        (refused("InvalidClientTokenId"), "does not accept", "aws configure"),
        (refused("ValidationException", "two\nlines"), "Scan failed", "two lines"),
    ],
)
def test_the_explanation_is_one_line_that_says_what_to_do(
    error: Any, told: str, to_do: str
) -> None:
    explanation = explain(error)
    assert told in explanation
    assert to_do in explanation
    assert len(explanation.splitlines()) == 1


def test_the_error_of_a_failed_call_is_kept_as_its_cause() -> None:
    error = refused("AccessDenied")
    with pytest.raises(UsageError, match="may not call Scan") as raised, explained():
        raise error
    assert raised.value.__cause__ is error

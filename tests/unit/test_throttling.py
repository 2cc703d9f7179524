"""Step Functions is told of every throttle by a name that it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.retries.standard import ThrottledRetryableChecker

from image_pipeline import aws
from image_pipeline.errors import Throttled
from image_pipeline.observability import observed
from image_pipeline.throttling import is_throttle

if TYPE_CHECKING:
    from .conftest import Account, Context

OF_OTHER_CALLS = {
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "TransactionInProgressException",
}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetObject")


def run(error: Exception, context: Context) -> None:
    @observed
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        raise error

    handler({}, context)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["SlowDown", "503", "Throttling", "RequestLimitExceeded"])
def test_a_throttle_without_a_class_gets_a_name(code: str, context: Context) -> None:
    with pytest.raises(Throttled, match=code) as told:
        run(refusal(code), context)
    assert isinstance(told.value.__cause__, ClientError)


@pytest.mark.parametrize("code", ["AccessDenied", "InternalError", "NoSuchKey", "500"])
def test_any_other_error_keeps_its_name(code: str, context: Context) -> None:
    with pytest.raises(ClientError, match=code):
        run(refusal(code), context)


def test_a_throttle_that_has_a_class_keeps_its_name(account: Account, context: Context) -> None:
    named = aws.dynamodb().exceptions.ProvisionedThroughputExceededException
    answer: Any = {"Error": {"Code": "ProvisionedThroughputExceededException", "Message": ""}}
    with pytest.raises(named):
        run(named(answer, "GetItem"), context)
    assert account.rendition_keys() == set()


def test_every_throttle_that_botocore_retries_is_known() -> None:
    checker: Any = ThrottledRetryableChecker
    unknown = {code for code in checker._THROTTLED_ERROR_CODES if not is_throttle(refusal(code))}
    assert unknown == OF_OTHER_CALLS

"""The ways in which a call to AWS goes wrong, each as its caller would see it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.response import StreamingBody

from local.aws.calls import RULE, STATE_MACHINE, Killed

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call

    Happen = Callable[[Call, Callable[[], Any]], Any]

_THROTTLES = {
    "s3": ("SlowDown", 503),
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "rekognition": ("ThrottlingException", 400),
    "lambda": ("TooManyRequestsException", 429),
    "sns": ("ThrottledException", 429),
    "stepfunctions": ("ThrottlingException", 400),
}
_SERVER_ERRORS = {
    "s3": "InternalError",
    "dynamodb": "InternalServerError",
    "rekognition": "InternalServerError",
    "lambda": "ServiceException",
    "sns": "InternalErrorException",
    "stepfunctions": "InternalFailure",
}


def _anything(_caller: str, _operation: str) -> bool:
    return True


def _by_service(caller: str, _operation: str) -> bool:
    return caller in {STATE_MACHINE, RULE}


def _by_function(caller: str, _operation: str) -> bool:
    return caller not in {STATE_MACHINE, RULE}


def _reading(_caller: str, operation: str) -> bool:
    return operation == "GetObject"


@dataclass(frozen=True)
class Kind:
    """A way to go wrong.

    Args:
        name: as in the matrix.
        happen: given the call and what performs it, answers or raises as its caller would see it.
        possible: whether it can happen to an operation, by its caller and its name.
        late: what was asked for is done nevertheless, after everything else.
    """

    name: str
    happen: Happen
    possible: Callable[[str, str], bool] = _anything
    late: bool = False


def refusal(call: Call, code: str, status: int) -> ClientError:
    """The error that botocore would raise for an answer of the service."""
    error: type[ClientError] = call.client.exceptions.from_code(code)
    answer: Any = {
        "Error": {"Code": code, "Message": "on purpose"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "fault"},
    }
    return error(answer, call.operation)


def _throttle(call: Call, _: Callable[[], Any]) -> Any:
    raise refusal(call, *_THROTTLES[call.service])


def _server_error(call: Call, _: Callable[[], Any]) -> Any:
    raise refusal(call, _SERVER_ERRORS[call.service], 500)


def _denied(call: Call, _: Callable[[], Any]) -> Any:
    code = "AccessDenied" if call.service == "s3" else "AccessDeniedException"
    raise refusal(call, code, 403)


def _reset(call: Call, _: Callable[[], Any]) -> Any:
    if call.caller == STATE_MACHINE:  # which has Amazon's Java SDK, and names the error so
        raise refusal(call, "SdkClientException", 0)
    raise ConnectionClosedError(endpoint_url=call.service)


def _lost(call: Call, perform: Callable[[], Any]) -> Any:
    perform()
    return _reset(call, perform)


def _slow(call: Call, perform: Callable[[], Any]) -> Any:
    perform()
    if call.caller == STATE_MACHINE:
        raise refusal(call, "ClientExecutionTimeoutException", 0)
    if call.caller == RULE:
        raise ReadTimeoutError(endpoint_url=call.service)
    raise Killed("Sandbox.Timedout")


def _cut_short(_: Call, perform: Callable[[], Any]) -> Any:
    answer = perform()
    data = answer["Body"].read()
    half = io.BytesIO(data[: len(data) // 2])
    return {**answer, "Body": StreamingBody(half, content_length=len(data))}


def _killed_before(_: Call, __: Callable[[], Any]) -> Any:
    raise Killed("Runtime.ExitError")


def _killed_after(_: Call, perform: Callable[[], Any]) -> Any:
    perform()
    raise Killed("Runtime.ExitError")


KINDS = {
    kind.name: kind
    for kind in (
        Kind("throttled", _throttle),
        Kind("server error", _server_error),
        Kind("connection reset", _reset),
        Kind("access denied", _denied),
        Kind("too slow", _slow),
        Kind("answer lost", _lost),
        Kind("takes effect late", _reset, _by_service, late=True),
        Kind("body cut short", _cut_short, _reading),
        Kind("killed before", _killed_before, _by_function),
        Kind("killed after", _killed_after, _by_function),
    )
}

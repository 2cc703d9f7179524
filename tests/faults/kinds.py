"""The ways in which a call to AWS fails, each as its caller sees it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.response import StreamingBody

from local.aws.calls import RULE, STATE_MACHINES, Killed

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
    "sqs": ("RequestThrottled", 403),
    "stepfunctions": ("ThrottlingException", 400),
}
_SERVER_ERRORS = {
    "s3": "InternalError",
    "dynamodb": "InternalServerError",
    "rekognition": "InternalServerError",
    "lambda": "ServiceException",
    "sns": "InternalErrorException",
    "sqs": "InternalError",
    "stepfunctions": "InternalFailure",
}


def _at_any_call(_caller: str, _operation: str) -> bool:
    return True


def _at_calls_of_a_service(caller: str, _operation: str) -> bool:
    return caller in {*STATE_MACHINES, RULE}


def _at_calls_of_a_function(caller: str, _operation: str) -> bool:
    return caller not in {*STATE_MACHINES, RULE}


def _at_reads(_caller: str, operation: str) -> bool:
    return operation == "GetObject"


@dataclass(frozen=True)
class Kind:
    """A way in which a call fails.

    Args:
        name: as in the matrix.
        happen: given the call and a function that performs it, answers or raises as its caller
            sees it.
        possible: whether it can happen, given the caller and the name of the operation.
        late: the call takes effect nevertheless, after everything else.
    """

    name: str
    happen: Happen
    possible: Callable[[str, str], bool] = _at_any_call
    late: bool = False


def refusal(call: Call, code: str, status: int) -> ClientError:
    """Make the error that botocore raises for an answer of the service."""
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
    if call.caller in STATE_MACHINES:  # Step Functions uses the Java SDK and its names of errors
        raise refusal(call, "SdkClientException", 0)
    raise ConnectionClosedError(endpoint_url=call.service)


def _lost(call: Call, perform: Callable[[], Any]) -> Any:
    perform()
    return _reset(call, perform)


def _slow(call: Call, perform: Callable[[], Any]) -> Any:
    perform()
    if call.caller in STATE_MACHINES:
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
        Kind("takes effect late", _reset, _at_calls_of_a_service, late=True),
        Kind("body cut short", _cut_short, _at_reads),
        Kind("killed before", _killed_before, _at_calls_of_a_function),
        Kind("killed after", _killed_after, _at_calls_of_a_function),
    )
}

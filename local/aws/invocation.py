"""What the two ways of running a function have in common."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from moto.awslambda.models import LambdaFunction

from local.aws.environment import CREDENTIALS
from local.aws.seams import replaced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from local.aws.deployment import Function


@dataclass(frozen=True)
class Answer:
    """What Lambda returns: JSON, which describes the error if the function `failed`."""

    payload: str
    failed: bool


class Invoker(Protocol):
    """Runs functions, which it finds by their physical name."""

    def invoke(self, name: str, payload: str) -> Answer:
        """Run a function on a JSON payload."""

    def event_of(self, access_key: str) -> Any:
        """The event that the holder of an access key is working on; None if it works on none."""

    def interrupt(self) -> None:
        """End what is being worked on, where that is possible."""

    def close(self) -> None:
        """End whatever was started."""


def invoking(invoker: Invoker) -> AbstractContextManager[None]:
    """While it is open, invocations go to the invoker instead of into a Docker container.

    Step Functions, API and direct calls: in moto every way to a function ends in this method.
    """

    def invoke_lambda(function: Any, event: Any = None) -> tuple[str, bool, str]:
        answer = invoker.invoke(function.function_name, json.dumps(event))
        return answer.payload, answer.failed, ""

    return replaced(LambdaFunction, "_invoke_lambda", invoke_lambda)


def variables(function: Function, access_key: str) -> dict[str, str]:
    """The environment of a function: its own variables and those that Lambda sets."""
    return {
        **CREDENTIALS,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "TZ": ":UTC",
        # There is no X-Ray daemon here to send traces to.
        "POWERTOOLS_TRACE_DISABLED": "true",
        **function.environment,
    }


def trace_id() -> str:
    """A trace header as Lambda gives one, not sampled."""
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled=0"

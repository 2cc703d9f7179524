"""The interface of the two ways of running a function, and what they share."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from moto.awslambda.models import LambdaFunction

from local.aws.deployment import qualified_name
from local.aws.environment import CREDENTIALS
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from local.aws.deployment import Function


@dataclass(frozen=True)
class Answer:
    """Lambda's answer: JSON, which describes the error if the function `failed`."""

    payload: str
    failed: bool


class Invoker(Protocol):
    """Runs functions, identified by their qualified names."""

    def invoke(self, name: str, payload: str) -> Answer:
        """Run a function on a JSON payload."""

    def event_of(self, access_key: str) -> Any:
        """The event that the function with an access key is processing, or None."""

    def interrupt(self) -> None:
        """End running functions, where that is possible."""

    def close(self) -> None:
        """End everything that was started."""


def invoking(invoker: Invoker) -> AbstractContextManager[None]:
    """Context manager in which functions are run by the invoker instead of in Docker.

    In moto, invocations by Step Functions, the API and direct calls all end in this method.
    """

    def invoke_lambda(function: Any, event: Any = None) -> tuple[str, bool, str]:
        name = qualified_name(function.function_name, str(function.version))
        answer = invoker.invoke(name, json.dumps(event))
        return answer.payload, answer.failed, ""

    return replaced(LambdaFunction, "_invoke_lambda", invoke_lambda)


def variables(function: Function, access_key: str) -> dict[str, str]:
    """Build the environment of a function: its own variables and those that Lambda sets."""
    return {
        **CREDENTIALS,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "TZ": ":UTC",
        # There is no X-Ray daemon here to send traces to.
        "POWERTOOLS_TRACE_DISABLED": "true",
        **function.environment,
    }


def trace_id() -> str:
    """Make a trace header in Lambda's form, not sampled."""
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled=0"

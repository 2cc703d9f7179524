"""The interface of the two ways of running a function, and what they share."""

from __future__ import annotations

import json
import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse

from local.aws.deployment import qualified_name
from local.aws.environment import CREDENTIALS
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
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

    def waiting(self) -> AbstractContextManager[None]:
        """Context manager in which the function that calls an API waits for other functions."""

    def interrupt(self) -> None:
        """End running functions, where that is possible."""

    def close(self) -> None:
        """End everything that was started."""


@contextmanager
def invoking(
    invoker: Invoker, told: Callable[[Any, bool], None] = lambda _function, _failed: None
) -> Iterator[None]:
    """Context manager in which functions are run by the invoker instead of in Docker.

    In moto, invocations by Step Functions, the API and direct calls all end in this method.

    Args:
        invoker: runs the functions.
        told: called with moto's function after each invocation, and whether it has failed.
    """
    shares = Shares()
    invoke, answer_request = LambdaBackend.invoke, LambdaResponse.invoke

    def answer_qualified(response: Any) -> Any:
        # moto reads the name of the parameter in lower case, which no client sends.
        if "Qualifier" in response.querystring:
            response.querystring["qualifier"] = response.querystring["Qualifier"]
        return answer_request(response)

    def invoke_lambda(function: Any, event: Any = None) -> tuple[str, bool, str]:
        name = qualified_name(function.function_name, str(function.version))
        # Without a payload, a function gets an empty event.
        answer = invoker.invoke(name, json.dumps({} if event in ("", None, "{}") else event))
        told(function, answer.failed)
        return answer.payload, answer.failed, ""

    def invoke_by_weight(backend: Any, name: str, qualifier: Any, *rest: Any) -> Any:
        function = backend.get_function(name, qualifier)
        _, _, given = backend._lambdas.split_function_arn(name)
        for alias in backend.list_aliases(function.function_name):
            weights = (alias.routing_config or {}).get("AdditionalVersionWeights", {})
            if weights and alias.name == (given or qualifier):
                version = shares.version_for(alias, weights)
                return invoke(backend, function.function_name, version, *rest)
        return invoke(backend, name, qualifier, *rest)

    with (
        replaced(LambdaFunction, "_invoke_lambda", invoke_lambda),
        replaced(LambdaBackend, "invoke", invoke_by_weight),
        replaced(LambdaResponse, "invoke", answer_qualified),
    ):
        yield


class Shares:
    """Divides the invocations of an alias between two versions, as CodeDeploy lets Lambda do.

    Lambda throws dice; here, of 100 invocations exactly the weight goes to the additional version.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due: dict[tuple[str, str], float] = {}

    def version_for(self, alias: Any, weights: Mapping[str, float]) -> str:
        """Choose the version for the next invocation."""
        with self._lock:
            for version, weight in weights.items():
                key = alias.arn, version
                self._due[key] = round(self._due.get(key, 0.0) + weight, 6)
                if self._due[key] >= 1:
                    self._due[key] -= 1
                    return version
        return str(alias.function_version)


def variables(function: Function, access_key: str) -> dict[str, str]:
    """Build the environment of a function: its own variables and those that Lambda sets."""
    return {
        **CREDENTIALS,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
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

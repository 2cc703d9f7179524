"""The requests of functions that run in processes, and the end of such a process."""

from __future__ import annotations

import os
import re
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from local.aws.execution_environment import ExecutionEnvironment
from local.aws.moto_patches import replaced
from local.aws.s3_gate import S3Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Start = Callable[[str, list[tuple[str, str]]], Any]
    Around = Callable[[ExecutionEnvironment, Any, Start, Callable[[], Any]], Any]

_ACCESS_KEY = re.compile(r"Credential=([^/]+)/")


@contextmanager
def requests_of_functions(around: Around) -> Iterator[None]:
    """Context manager in which every request of a function passes through a callback.

    Args:
        around: given the function's execution environment, the WSGI environment and
            `start_response` of its request, and what answers it; returns the answer.
    """
    environments: dict[str, ExecutionEnvironment] = {}
    invoke, answer = ExecutionEnvironment.invoke, S3Gate.__call__

    def invoked(environment: ExecutionEnvironment, payload: str) -> Any:
        environments[environment.access_key] = environment
        return invoke(environment, payload)

    def answered(gate: S3Gate, environ: Any, start_response: Any) -> Any:
        key = _ACCESS_KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
        environment = environments.get(key[1]) if key else None
        if environment is None:
            return answer(gate, environ, start_response)
        return around(
            environment, environ, start_response, lambda: answer(gate, environ, start_response)
        )

    with (
        replaced(ExecutionEnvironment, "invoke", invoked),
        replaced(S3Gate, "__call__", answered),
    ):
        yield


def kill(environment: ExecutionEnvironment) -> None:
    """Kill the process of a function, as the loss of its host does."""
    with suppress(ProcessLookupError):  # another request of it was its last
        os.killpg(environment._process.pid, signal.SIGKILL)


def unanswered(start_response: Start, status: str) -> list[bytes]:
    """Answer a request with an error of the server and no body."""
    start_response(status, [("Content-Length", "0")])
    return [b""]

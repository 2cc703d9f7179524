"""A Python version of awslambdaric's C++ module, which exists only for Linux.

On other systems this folder is on a function's path, and awslambdaric imports the module from it:
https://github.com/aws/aws-lambda-python-runtime-interface-client, `runtime_client.cpp`.
"""

from __future__ import annotations

import http.client
import os

_INVOCATION = "/2018-06-01/runtime/invocation/"
_DEADLINE = "Lambda-Runtime-Deadline-Ms"
_headers: dict[str, str] = {}


def initialize_client(user_agent: str) -> None:
    """Set the User-Agent of all requests."""
    _headers["User-Agent"] = user_agent


def next() -> tuple[bytes, dict[str, str | int]]:  # noqa: A001 - awslambdaric's name
    """Wait for an event; its body and headers."""
    body, headers = _call("GET", "next", b"", {})
    return body, {**headers, _DEADLINE: int(headers[_DEADLINE])}


def post_invocation_result(
    invoke_id: str, data: bytes, content_type: str, _invocation_id: str | None
) -> None:
    """Post the function's result."""
    _call("POST", f"{invoke_id}/response", data, {"Content-Type": content_type})


def post_error(invoke_id: str, error: str, _xray_fault: str, _invocation_id: str | None) -> None:
    """Post the function's error."""
    _call("POST", f"{invoke_id}/error", error.encode(), {"Content-Type": "application/json"})


def _call(
    method: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[bytes, dict[str, str]]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        connection.request(method, _INVOCATION + path, body, {**_headers, **headers})
        answer = connection.getresponse()
        data = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            message = f"the Runtime API answered {answer.status} to {path}"
            raise RuntimeError(message)
        return data, dict(answer.getheaders())
    finally:
        connection.close()

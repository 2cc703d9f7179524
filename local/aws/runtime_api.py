"""Lambda's Runtime API for one execution environment: delivers events, receives answers.

docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import queue
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from local.aws.invocation import trace_id
from local.aws.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

_REPORTS = {
    "/invocation/response": "answered",
    "/invocation/error": "failed",
    "/init/error": "init_failed",
}


@dataclass(frozen=True)
class Invocation:
    """An event for a function; `timeout` in seconds."""

    payload: str
    timeout: int
    arn: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Report:
    """A report of a runtime: `taken` (an event), `answered`, `failed` or `init_failed`."""

    kind: str
    payload: str = ""


class RuntimeApi:
    """A server for one process that runs AWS's runtime.

    Attributes:
        inbox: events for the function; None makes the runtime stop waiting.
        reports: from the runtime; other threads may add some.
    """

    def __init__(self) -> None:
        self.inbox: queue.Queue[Invocation | None] = queue.Queue()
        self.reports: queue.Queue[Report] = queue.Queue()
        self.server = Server(self._answer)

    @property
    def address(self) -> str:
        """Host and port, in the form that the runtime expects."""
        return f"127.0.0.1:{self.server.port}"

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        # /2018-06-01/runtime/invocation/<request id>/response, and …/init/error without an id
        _, _, _, subject, *_, action = request.path.split("/")
        if action == "next":
            response = self._next()
        else:
            kind = _REPORTS[f"/{subject}/{action}"]
            self.reports.put(Report(kind, request.get_data(as_text=True)))
            response = Response('{"status":"OK"}', 202, content_type="application/json")
        return response(environ, start_response)

    def _next(self) -> Response:
        invocation = self.inbox.get()
        if invocation is None:
            return Response(status=410)
        self.reports.put(Report("taken"))
        deadline = int((time.time() + invocation.timeout) * 1000)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Lambda-Runtime-Trace-Id": trace_id(),
        }
        return Response(invocation.payload, headers=headers, content_type="application/json")

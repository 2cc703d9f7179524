"""Writes the lines of functions, of the API and of executions to their log groups.

The format of functions' logs is Lambda's text format: lines as they are, between START, END and
REPORT (docs.aws.amazon.com/lambda/latest/dg/python-logging.html).
"""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from operator import itemgetter
from typing import TYPE_CHECKING

from moto.logs import models
from moto.logs.models import logs_backends

from local.aws.environment import ACCOUNT, REGION
from local.aws.logs import filter_patterns
from local.aws.logs.executions import of_executions
from local.aws.logs.insights.service import querying
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.deployment import Function

# Per stream; of a benchmark's millions of lines the last ones are enough.
_KEPT = 10_000
# The embedded metric format, as Powertools writes it.
_METRICS = '{"_aws"'


class Logs:
    """The log groups: what is written is there at once.

    Args:
        metrics: called with each line of a function that is in the embedded metric format.
        took: called with a function and the seconds of each of its invocations.
    """

    def __init__(
        self,
        metrics: Callable[[str], None] = lambda _line: None,
        took: Callable[[Function, float], None] = lambda _function, _seconds: None,
    ) -> None:
        self._lock = threading.Lock()
        self.metrics = metrics
        self.took = took

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Context manager in which log groups are written by Step Functions, and are queried."""
        with ExitStack() as patches:
            # As moto refers to it where it filters.
            patches.enter_context(
                replaced(models, "EventMessageFilter", filter_patterns.EventMessageFilter)
            )
            patches.enter_context(of_executions(self.write))
            patches.enter_context(querying())
            yield

    def write(self, group: str, stream: str, message: str, at: int | None = None) -> None:
        """Write an event, now or at a time in milliseconds; a group or stream is created."""
        moment = now() if at is None else at
        with self._lock:
            backend = logs_backends[ACCOUNT][REGION]
            if group not in backend.groups:
                backend.create_log_group(group, {})
            if stream not in backend.groups[group].streams:
                backend.create_log_stream(group, stream)
            found = backend.groups[group].streams[stream]
            found.put_log_events([{"timestamp": moment, "message": message}])
            if len(found.events) > _KEPT:
                del found.events[: _KEPT // 10]

    def written_since(self, moment: float) -> list[str]:
        """Return what was written since a time, in seconds since 1970, in that order."""
        with self._lock:
            groups = logs_backends[ACCOUNT][REGION].groups.values()
            found = [
                (event.timestamp, str(event.message))
                for group in groups
                for stream in group.streams.values()
                for event in stream.events
                if event.timestamp >= int(moment * 1000)
            ]
        return [message for _, message in sorted(found, key=itemgetter(0))]

    def forget(self) -> None:
        """Drop every event."""
        with self._lock:
            for group in logs_backends[ACCOUNT][REGION].groups.values():
                for stream in group.streams.values():
                    stream.events.clear()


@dataclass
class FunctionLog:
    """The log of one execution environment of a function."""

    logs: Logs
    function: Function
    stream: str = field(init=False)

    def __post_init__(self) -> None:
        day = datetime.now(UTC).strftime("%Y/%m/%d")
        version, guid = self.function.version, uuid.uuid4().hex
        self.stream = f"{day}/{self.function.name}[{version}][{guid}]"

    def write(self, line: str) -> None:
        """Write a line of the function; of a traceback, all of it is one event."""
        self.logs.write(self.function.log_group, self.stream, line.replace("\r", "\n"))
        if line.startswith(_METRICS):
            self.logs.metrics(line)

    def start(self, request_id: str) -> None:
        """Write that an invocation starts."""
        self.write(f"START RequestId: {request_id} Version: {self.function.version}")

    def end(
        self, request_id: str, seconds: float, status: str = "", init: float | None = None
    ) -> None:
        """Write that an invocation has ended.

        Args:
            request_id: of the invocation.
            seconds: that it took.
            status: `timeout` or `error` of one that Lambda had to end.
            init: seconds that the start of the environment took, if it was for this invocation.
        """
        self.logs.took(self.function, seconds)
        self.write(f"END RequestId: {request_id}")
        # Without the memory: what Python takes on this machine says nothing about Lambda.
        facts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {seconds * 1000:.2f} ms",
            f"Billed Duration: {ceil((seconds + (init or 0)) * 1000)} ms",
            f"Memory Size: {self.function.memory} MB",
            f"Init Duration: {init * 1000:.2f} ms" if init is not None else "",
            f"Status: {status}" if status else "",
        ]
        self.write("\t".join(fact for fact in facts if fact) + "\t")


def now() -> int:
    """Return the time in milliseconds."""
    return int(time.time() * 1000)

"""The log of a state machine: the events of its executions, by the level that it sets.

docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html. moto has the levels, but opens no log for
an execution, and writes no line that anybody could read.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.eval.event.logging import (
    CloudWatchLoggingConfiguration,
    CloudWatchLoggingSession,
)
from moto.stepfunctions.parser.backend.execution import Execution

from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Write = Callable[[str, str, str, int], None]


@contextmanager
def of_executions(write: Write) -> Iterator[None]:
    """Context manager in which executions are logged.

    Args:
        write: called with a log group, a stream, a message, and the time in milliseconds.
    """
    start = Execution.start

    def start_logged(execution: Any) -> Any:
        if execution._cloud_watch_logging_session is None:
            execution._cloud_watch_logging_session = _session(execution)
        return start(execution)

    def publish(session: Any, history_log: dict[str, Any]) -> None:
        _publish(write, session, history_log)

    with ExitStack() as patches:
        patches.enter_context(replaced(Execution, "start", start_logged))
        patches.enter_context(replaced(CloudWatchLoggingSession, "publish_history_log", publish))
        yield


def _session(execution: Any) -> Any:
    given = getattr(execution.state_machine, "loggingConfiguration", None) or {}
    settings: Any = {"includeExecutionData": False, **given}
    configuration = CloudWatchLoggingConfiguration.from_logging_configuration(
        execution.state_machine.arn, settings
    )
    return configuration and CloudWatchLoggingSession(execution.exec_arn, configuration)


def _publish(write: Write, session: Any, event: dict[str, Any]) -> None:
    moment = datetime.fromisoformat(str(event["event_timestamp"]))
    milliseconds = int(moment.timestamp() * 1000)
    line = {
        "id": event["id"],
        "type": event["type"],
        "details": event.get("details") or {},
        "previous_event_id": event["previous_event_id"],
        "event_timestamp": str(milliseconds),
        "execution_arn": event["execution_arn"],
    }
    machine = session.configuration.state_machine_arn.rpartition(":")[2]
    write(
        session.configuration.log_group_name,
        f"states/{machine}/{moment:%Y-%m-%d-%H-%M}/00000000",
        json.dumps(line, separators=(",", ":"), default=str),
        milliseconds,
    )

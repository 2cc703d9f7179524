"""StartSyncExecution of Step Functions, which moto lacks: runs an Express execution to its end.

docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html. As on AWS, names
may repeat, and an execution ends after five minutes.
"""

from __future__ import annotations

import copy
import json
import math
import uuid
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidExecutionInput
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.responses import StepFunctionResponse

from local.aws.machines import machine_of_this_thread
from local.aws.moto_patches import added

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from local.aws.progress import Progress

_MOST_SECONDS = 300.0
_BILLED_MILLISECONDS, _BILLED_MEGABYTES = 100, 64  # the units of the price
_TOLD = ("executionArn", "stateMachineArn", "name", "startDate", "stopDate", "output")


@contextmanager
def synchronous_executions(
    progress: Progress,
    waiting: Callable[[], AbstractContextManager[None]],
    started: Callable[[str, dict[str, Any]], None],
) -> Iterator[None]:
    """Context manager in which Step Functions runs synchronous executions.

    Args:
        progress: of executions.
        waiting: a context manager in which the caller lets other functions run.
        started: called with the ARN and the input of each execution.
    """

    def start_sync_execution(response: Any) -> ActionResult:
        backend = response.stepfunction_backend
        machine = backend.describe_state_machine(response._get_param("stateMachineArn"))
        if machine.type != "EXPRESS":
            raise _TypeNotSupportedError
        given = response._get_param("input", if_none="{}")
        try:
            event = json.loads(given)
        except ValueError as error:
            raise InvalidExecutionInput(str(error)) from error
        execution = _execution(backend, machine, response._get_param("name"), given)
        started(execution.exec_arn, event)
        # The state of another machine has no turn that it could lend.
        with nullcontext() if machine_of_this_thread() else waiting():
            machine.executions.append(execution)
            execution.start()
            is_late = not progress.await_end(execution.exec_arn, _MOST_SECONDS)
            if is_late:
                execution.stop(stop_date=datetime.now(UTC), error="States.Timeout", cause="")
        return ActionResult(_described(execution, is_late=is_late))

    with added(StepFunctionResponse, "start_sync_execution", start_sync_execution):
        yield


def _execution(backend: Any, machine: Any, name: str | None, given: str) -> Execution:
    """Make an execution of the state machine as it is now."""
    name = name or str(uuid.uuid4())
    arn = f"{machine.arn.replace(':stateMachine:', ':express:')}:{name}:{uuid.uuid4()}"
    # As moto does, without the other executions and the whole backend.
    shared = {id(machine.executions): [], id(machine.backend): machine.backend}
    as_it_is = copy.deepcopy(machine, shared)
    return Execution(
        name=name,
        sm_type=as_it_is.sm_type,
        role_arn=as_it_is.roleArn,
        exec_arn=arn,
        account_id=backend.account_id,
        region_name=backend.region_name,
        state_machine=as_it_is,
        start_date=datetime.now(UTC),
        cloud_watch_logging_session=None,
        input_data=given,
        trace_header=None,
        activity_store={},
    )


def _described(execution: Execution, *, is_late: bool) -> dict[str, Any]:
    """Return an execution that has ended as StartSyncExecution does."""
    found: Any = execution.to_describe_output()
    status = "SUCCEEDED" if execution.status == "SUCCEEDED" else "FAILED"
    is_timed_out = is_late or execution.status == "TIMED_OUT"
    milliseconds = (datetime.now(UTC) - execution.start_date).total_seconds() * 1000
    chunks = max(1, math.ceil(milliseconds / _BILLED_MILLISECONDS))
    known = (*_TOLD, *(() if is_timed_out else ("error", "cause")))
    return {
        **{name: found[name] for name in known if found.get(name) is not None},
        "status": "TIMED_OUT" if is_timed_out else status,
        "input": found["input"],
        "inputDetails": {"included": True},
        "outputDetails": {"included": True},
        "billingDetails": {
            "billedDurationInMilliseconds": chunks * _BILLED_MILLISECONDS,
            "billedMemoryUsedInMB": _BILLED_MEGABYTES,
        },
    }


class _TypeNotSupportedError(AWSError):
    TYPE = "StateMachineTypeNotSupported"
    STATUS = 400

    def __init__(self) -> None:
        super().__init__("This operation is not supported by this type of state machine")

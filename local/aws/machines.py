"""Tells which state machine a thread works for, so that its calls are made under its role."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service as moto_tasks,
)

from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

_thread = threading.local()


def machine_of_this_thread() -> str:
    """Return the ARN of the state machine that this thread works for; "" for none."""
    return str(getattr(_thread, "machine", ""))


@contextmanager
def working_for(env: Any) -> Iterator[None]:
    """Context manager in which this thread works for the state machine of an execution."""
    before = machine_of_this_thread()
    _thread.machine = env.states.context_object.context_object_data["StateMachine"]["Id"]
    try:
        yield
    finally:
        _thread.machine = before


@contextmanager
def telling_machines() -> Iterator[None]:
    """Context manager in which tasks note the state machine that they work for."""
    service = moto_tasks.StateTaskService
    genuine = service._eval_execution

    def evaluate(task: Any, env: Any) -> None:
        with working_for(env):
            genuine(task, env)

    with replaced(service, "_eval_execution", evaluate):
        yield

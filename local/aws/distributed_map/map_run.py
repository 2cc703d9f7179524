"""Runs a Distributed Map: children at once, tolerated failures, counts, results."""

from __future__ import annotations

import logging
import threading
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.api import (
    ExecutionFailedEventDetails,
    HistoryEventType,
    MapRunStartedEventDetails,
    MapRunStatus,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import (
    distributed_iteration_component as moto_map,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer import (
    result_writer_decl,
)
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.program_state import (
    ProgramEnded,
    ProgramError,
    ProgramStopped,
)
from moto.stepfunctions.parser.asl.parse import preprocessor
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path

from local.aws.distributed_map.fields import ATTRIBUTE, understanding
from local.aws.distributed_map.items import ItemReaderError, batched, read_items
from local.aws.distributed_map.results import SUCCEEDED, Child, write_results
from local.aws.environment import REGION
from local.aws.machines import working_for
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS_BETWEEN_LOOKS = 0.1
_MOST_AT_ONCE = 40
"""Threads of a map without a limit; AWS runs up to 10,000 children."""
_EXCEEDED = "States.ExceedToleratedFailureThreshold"
_UNREADABLE = "States.ItemReaderFailed"
_UNWRITABLE = "States.ResultWriterFailed"
_DETAILS = "local_result"
_QUIET = logging.getLogger("local.quiet")
_QUIET.disabled = True


class _Named(ErrorName):
    """The name of an error of Distributed Maps, which moto's own classes refuse."""


@contextmanager
def mapping() -> Iterator[None]:
    """Context manager in which Distributed Maps run as in AWS; enter it after `cached`."""
    parse = staticmethod(understanding(AmazonStateLanguageParser.parse))
    component = moto_map.DistributedIterationComponent
    with (
        replaced(preprocessor, "LOG", _QUIET),  # moto warns that it counts no failures
        replaced(AmazonStateLanguageParser, "parse", parse),
        replaced(component, "_eval_body", _eval_map),
        replaced(result_writer_decl.ResultWriter, "_eval_body", _put_out),
    ):
        yield


def _put_out(_writer: Any, env: Any) -> None:
    """Replace the outputs of the children by where their results were written."""
    env.stack[-1] = env.stack[-1][_DETAILS]


def _eval_map(component: Any, env: Any) -> None:
    with working_for(env):
        MapRun(component, env, env.stack.pop()).run()


class MapRun:
    """One run of a Distributed Map state.

    Args:
        component: moto's processor of items.
        env: moto's environment of the execution.
        given: what moto's state has evaluated.
    """

    def __init__(self, component: Any, env: Any, given: Any) -> None:
        self._component, self._env, self._given = component, env, given
        self._fields, self._state = getattr(component, ATTRIBUTE)
        self._record = given.map_run_record
        self._s3 = boto_client.boto_client_for(service="s3", region=REGION)
        self._changed = threading.Condition()
        self._children: list[Child] = []
        self._running = 0
        self._failed = 0
        self._items = 0

    def run(self) -> None:
        """Run it.

        Raises:
            FailureEventException: the items cannot be read, or too many have failed.
        """
        record, manager = self._record, self._env.event_manager
        details = MapRunStartedEventDetails(mapRunArn=record.map_run_arn)
        self._note(HistoryEventType.MapRunStarted, mapRunStartedEventDetails=details)
        where = self._where() if self._state.result_writer else None
        try:
            self._children = self._read()
            self._items = sum(child.items for child in self._children)
            self._env.event_manager = EventManager()
            self._work_through()
        except ItemReaderError as error:
            self._fail(_UNREADABLE, str(error))
        finally:
            self._env.event_manager = manager
            outputs: Any = [child.output for child in self._children]
            if where is not None:
                outputs = {_DETAILS: self._written(where)}
        if self._is_exceeded():
            self._fail(_EXCEEDED, "The specified tolerated failure threshold was exceeded.")
        if not self._env.is_running():
            record.set_stop(status=MapRunStatus.ABORTED)
        else:
            self._note(HistoryEventType.MapRunSucceeded)
            record.set_stop(status=MapRunStatus.SUCCEEDED)
        self._env.stack.append(outputs)

    def _note(self, kind: Any, **details: Any) -> None:
        self._env.event_manager.add_event(
            context=self._env.event_history_context,
            event_type=kind,
            event_details=_details(**details) if details else None,
        )

    def _where(self) -> dict[str, str]:
        self._state.result_writer.parargs.eval(self._env)
        found: dict[str, str] = self._env.stack.pop()
        return found

    def _written(self, where: dict[str, str]) -> Any:
        try:
            return write_results(self._s3, where, self._record.map_run_arn, self._children)
        except self._s3.exceptions.ClientError as error:
            self._fail(_UNWRITABLE, str(error))

    def _read(self) -> list[Child]:
        reader = self._given.item_reader
        if reader is None:
            items = self._given.input_items
        else:
            reader.parargs.eval(self._env)
            parameters = self._env.stack.pop()
            action = reader.resource_eval.resource.api_action
            try:
                items = read_items(self._s3, action, parameters, self._fields.reader)
            except self._s3.exceptions.ClientError as error:
                raise ItemReaderError(str(error)) from error
        selected = [self._selected(index, item) for index, item in enumerate(items)]
        machine = self._record.map_state_machine_arn
        arn = machine.replace(":stateMachine:", ":execution:")
        children = []
        for given, count in batched(selected, self._fields.batcher, self._resolve):
            name = str(uuid.uuid4())
            children.append(Child(name, f"{arn}:{name}", machine, given, count))
            self._count("total", "pending", child=children[-1])
        return children

    def _selected(self, index: int, item: Any) -> Any:
        if self._given.item_selector is None:
            return item
        frame = self._env.open_inner_frame()
        frame.states.context_object.context_object_data["Map"] = {
            "Item": {"Index": index, "Value": item}
        }
        frame.states.reset(self._env.states.get_input())
        self._given.item_selector.eval(frame)
        found = frame.stack.pop()
        self._env.delete_frame(frame)
        return found

    def _resolve(self, path: str) -> Any:
        context = self._env.states.context_object.context_object_data
        if path.startswith("$$"):
            return json_path.extract_json(path[1:], context)
        return json_path.extract_json(path, self._env.states.get_input())

    def _work_through(self) -> None:
        waiting = list(reversed(self._children))
        with self._changed:
            while (waiting and self._env.is_running() and not self._is_exceeded()) or self._running:
                may_start = self._env.is_running() and not self._is_exceeded()
                most = self._record.max_concurrency or _MOST_AT_ONCE
                while waiting and may_start and self._running < most:
                    self._running += 1
                    child = waiting.pop()
                    threading.Thread(target=self._run_child, args=(child,), daemon=True).start()
                self._changed.wait(_SECONDS_BETWEEN_LOOKS)

    def _run_child(self, child: Child) -> None:
        self._count("running", child=child)
        self._count("pending", child=child, by=-1)
        child.started, child.status = _now(), "RUNNING"
        frame = self._env.open_inner_frame()
        try:
            self._evaluate(child, frame)
        except Exception as error:  # noqa: BLE001 - a child that breaks has failed
            child.status, child.error, child.cause = "FAILED", type(error).__name__, str(error)
        self._env.delete_frame(frame)
        child.stopped = _now()
        counted = "succeeded" if child.status == SUCCEEDED else child.status.lower()
        with self._changed:
            self._count("running", child=child, by=-1)
            self._count(counted, "results_written", child=child)
            self._failed += child.items if child.status == "FAILED" else 0
            self._running -= 1
            self._changed.notify_all()

    def _evaluate(self, child: Child, frame: Any) -> None:
        context = frame.states.context_object.context_object_data
        context["Execution"] = {**context["Execution"], "Id": child.arn, "Name": child.name}
        frame.event_manager = EventManager()
        frame.states.reset(child.input)
        frame.stack.append(child.input)
        self._component._get_iteration_program().eval(frame)
        state = frame.program_state()
        if isinstance(state, ProgramEnded):
            child.status, child.output = SUCCEEDED, frame.states.get_input()
        elif isinstance(state, ProgramError):
            error: Any = state.error or {}
            child.status, child.error = "FAILED", error.get("error")
            child.cause = error.get("cause")
        elif isinstance(state, ProgramStopped):
            child.status = "ABORTED"
        else:
            child.status = "TIMED_OUT"

    def _count(self, *names: str, child: Child, by: int = 1) -> None:
        for name in names:
            getattr(self._record.item_counter, name).offset(by * child.items)
            getattr(self._record.execution_counter, name).offset(by)

    def _is_exceeded(self) -> bool:
        tolerated: float = self._record.tolerated_failure_percentage
        return self._failed * 100 > tolerated * self._items

    def _fail(self, error: str, cause: str) -> None:
        self._record.set_stop(status=MapRunStatus.FAILED)
        self._note(HistoryEventType.MapRunFailed)
        details = ExecutionFailedEventDetails(error=error, cause=cause)
        raise FailureEventException(
            failure_event=FailureEvent(
                env=self._env,
                error_name=_Named(error),
                event_type=HistoryEventType.MapRunFailed,
                event_details=_details(executionFailedEventDetails=details),
            )
        )


def _details(**details: Any) -> Any:
    return details


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

"""Executions and functions of the offline AWS as actors that pass a baton at every call."""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import (
    BranchWorker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl import (
    BranchWorkerPool,
)
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from local.aws.calls import RULE, STATE_MACHINE, Call, Killed
from local.aws.environment import added
from local.aws.in_process import InProcess
from local.aws.invocation import Answer, variables
from local.aws.moto_patches import replaced
from local.aws.rules import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.offline import OfflineAws
    from tests.faults.chaos.baton import Actor, Baton

    Around = Callable[[Call, Callable[[], Any]], Any]

_EXECUTION = "ak"  # the access key of the clients that moto creates for an execution
_CLIENT: Any = BaseClient
_WORKER: Any = ExecutionWorker
_BRANCH: Any = BranchWorker
_ROUTINE: Any = _BRANCH._thread_routine
_POOL: Any = BranchWorkerPool
_THREAD: Any = threading.Thread


def import_functions(aws: OfflineAws) -> None:
    """Import every function with its own environment, which later invocations do without."""
    client = aws.client("lambda")
    for function in aws.deployment.functions.values():
        client.invoke(FunctionName=function.name, Payload=b"{}")


@contextmanager
def interleaved(
    aws: OfflineAws, baton: Baton, around: Around, started: Callable[[str], object]
) -> Iterator[None]:
    """Context manager in which the baton decides who runs, and every call goes through `around`.

    `started` is called with the ARN of each execution. Functions run side by side: they share one
    environment, and `import_functions` comes first.
    """
    line = _Line(aws, baton, around)
    any_function = next(iter(aws.deployment.functions.values()))
    with ExitStack() as patches:
        patches.enter_context(added(variables(any_function, "local")))
        for owner, name, replacement in (
            (threading.Thread, "start", _inheriting(baton)),
            (ThreadPoolExecutor, "submit", _at_once(baton)),
            (ExecutionWorker, "start", _entering_execution(baton, started)),
            (ExecutionWorker, "_execution_logic", _acting(baton, _WORKER._execution_logic)),
            (BranchWorker, "start", _entering_branch(baton)),
            (BranchWorker, "_thread_routine", _acting(baton, _ending_always)),
            (BranchWorkerPool, "wait", _waiting(baton)),
            (BranchWorkerPool, "on_terminated", _terminated(baton)),
            (TimeoutSeconds, "_eval_seconds", lambda _declared, env: 3600),
            (InProcess, "invoke", line.invoking(InProcess.invoke)),
            (InProcess, "event_of", line.event_of),
            (_CLIENT, "_make_api_call", line.calling(_CLIENT._make_api_call)),
            (Delivery, "_start_execution", line.delivering(Delivery._start_execution)),
        ):
            patches.enter_context(replaced(owner, name, replacement))
        yield


def _inheriting(baton: Baton) -> Callable[[Any], None]:
    """Make threads belong to the actor that starts them."""
    genuine, run = _THREAD.start, _THREAD.run

    def start(thread: Any) -> None:
        actor = baton.current

        def run_as_actor() -> None:
            baton.join(actor)
            run(thread)

        if actor is not None:
            thread.run = run_as_actor
        genuine(thread)

    return start


def _at_once(baton: Baton) -> Callable[..., Future[Any]]:
    """Make the pools of functions work in the calling thread, so that their order is fixed."""
    genuine: Any = ThreadPoolExecutor.submit

    def submit(pool: Any, work: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        if baton.current is None or not baton.current.function:
            result: Future[Any] = genuine(pool, work, *arguments, **options)
            return result
        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments, **options))
        except Exception as error:  # noqa: BLE001 - as a pool keeps it for the caller
            future.set_exception(error)
        return future

    return submit


def _entering_execution(baton: Baton, started: Callable[[str], object]) -> Callable[[Any], None]:
    genuine = _WORKER.start

    def start(worker: Any) -> None:
        details = worker._evaluation_details.execution_details
        worker._actor = baton.enter(f"execution {details.name[:24]}")
        started(details.arn)
        genuine(worker)

    return start


def _entering_branch(baton: Baton) -> Callable[[Any], None]:
    genuine = _BRANCH.start

    def start(worker: Any) -> None:
        whole = baton.current
        worker._actor = baton.enter(f"branch of {whole.name if whole else ''}")
        worker._branch_worker_comm._whole = whole
        genuine(worker)

    return start


def _acting(baton: Baton, genuine: Callable[[Any], None]) -> Callable[[Any], None]:
    def act(worker: Any) -> None:
        with baton.acting(worker._actor):
            genuine(worker)

    return act


def _ending_always(worker: Any) -> None:
    """Run a branch; moto lets its Parallel state wait for ever if it was stopped before."""
    try:
        _ROUTINE(worker)
    except RuntimeError:
        worker._branch_worker_comm.on_terminated(worker.env)


def _waiting(baton: Baton) -> Callable[[Any], None]:
    def wait(pool: Any) -> None:
        baton.block(pool._termination_event)

    return wait


def _terminated(baton: Baton) -> Callable[[Any, Any], None]:
    genuine = _POOL.on_terminated

    def on_terminated(pool: Any, env: Any) -> None:
        was_set = pool._termination_event.is_set()
        genuine(pool, env)
        if pool._termination_event.is_set() and not was_set:
            baton.unblock(pool._whole)

    return on_terminated


class _Line:
    def __init__(self, aws: OfflineAws, baton: Baton, around: Around) -> None:
        self._by_name = {each.name: name for name, each in aws.deployment.functions.items()}
        self._baton, self._around = baton, around

    def invoking(self, genuine: Callable[..., Answer]) -> Callable[..., Answer]:
        def invoke(invoker: Any, name: str, payload: str) -> Answer:
            actor = self._baton.current
            if actor is None:
                return genuine(invoker, name, payload)
            actor.function = self._by_name[name.partition(":")[0]]  # without the version
            actor.event, actor.killed = json.loads(payload), ""
            try:
                answer: Answer = invoker._run(invoker._functions[name], payload)
            except Killed as killed:
                error = {"errorType": killed.error, "errorMessage": "killed on purpose"}
                return Answer(json.dumps(error), failed=True)
            else:
                return answer
            finally:
                actor.function, actor.event = "", None

        return invoke

    @property
    def event_of(self) -> Callable[[Any, str], Any]:
        def event_of(_invoker: Any, _access_key: str) -> Any:
            actor = self._baton.current
            return actor.event if actor else None

        return event_of

    def calling(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
            actor = self._baton.current
            caller = self._caller(client, actor) if actor else ""
            if not caller:
                return genuine(client, operation, parameters)
            service = client.meta.service_model.service_name
            call = Call(caller, service, operation, parameters, client)
            return self._pass(actor, call, lambda: genuine(client, operation, parameters))

        return make_api_call

    def delivering(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def start(delivery: Any, **parameters: Any) -> Any:
            client = delivery._stepfunctions
            call = Call(RULE, "stepfunctions", "StartExecution", parameters, client)
            return self._around(call, lambda: genuine(delivery, **parameters))

        return start

    def _caller(self, client: Any, actor: Actor) -> str:
        if client._request_signer._credentials.access_key == _EXECUTION:
            return STATE_MACHINE
        # Functions use botocore; boto3's clients belong to tests and to the offline AWS.
        return "" if "Boto3" in client.meta.config.user_agent else actor.function

    def _pass(self, actor: Any, call: Call, perform: Callable[[], Any]) -> Any:
        if actor.killed and call.caller == actor.function:
            raise Killed(actor.killed)  # it was killed at an earlier call
        self._baton.park()
        try:
            return self._around(call, perform)
        except Killed as killed:
            actor.killed = killed.error
            raise

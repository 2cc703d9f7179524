"""Every AWS call of every function and of the state machine, seen on its way by whoever asks.

In-process only: calls of functions in processes of their own never pass through this one.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient

from local.aws.in_process import InProcess
from local.aws.invocation import Answer
from local.aws.rules import Delivery
from local.aws.seams import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.aws.deployment import Deployment

    Around = Callable[["Call", Callable[[], Any]], Any]

_CLIENT: Any = BaseClient
# With this access key moto makes the clients of an execution.
_EXECUTION = "ak"
STATE_MACHINE, RULE = "ImagePipelineStateMachine", "UploadRule"


@dataclass(frozen=True)
class Call:
    """A call about to be made.

    Args:
        caller: the logical id of the function, the state machine or the rule that makes it.
        service: botocore's name, such as `s3`.
        operation: such as `PutObject`.
        parameters: of the operation.
        presigned: it is not made now, but signed for somebody else to make.
    """

    caller: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    client: Any
    presigned: bool = False


class Killed(BaseException):
    """Ends the function that runs, as Lambda does: no handler of errors gets to see it.

    Args:
        error: the name that Step Functions gives it, such as `Runtime.ExitError`.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@contextmanager
def intercepted(deployment: Deployment, around: Around) -> Iterator[None]:
    """While it is open, every call goes through `around`, which performs it, or does not.

    Args:
        deployment: tells whose calls they are.
        around: called with the call and with what performs it; returns the answer or raises.
            What it raises is what the caller gets; `Killed` ends the function.
    """
    line = _Line(deployment, around)
    with ExitStack() as seams:
        for owner, name, replacement in (
            (InProcess, "invoke", line.invoking(InProcess.invoke)),
            (_CLIENT, "_make_api_call", line.calling(_CLIENT._make_api_call)),
            (_CLIENT, "_emit_api_params", line.signing(_CLIENT._emit_api_params)),
            (Delivery, "_attempt", line.delivering(Delivery._attempt)),
        ):
            seams.enter_context(replaced(owner, name, replacement))
        yield


class _Line:
    def __init__(self, deployment: Deployment, around: Around) -> None:
        self._by_name = {each.name: name for name, each in deployment.functions.items()}
        self._around = around
        self._running = ""
        self._dead: Killed | None = None

    def invoking(self, genuine: Callable[..., Answer]) -> Callable[..., Answer]:
        def invoke(invoker: Any, name: str, payload: str) -> Answer:
            with invoker._lock:  # one function at a time, so whatever calls now is this one
                self._running, self._dead = self._by_name[name], None
                try:
                    return genuine(invoker, name, payload)
                except Killed as killed:
                    error = {"errorType": killed.error, "errorMessage": "killed on purpose"}
                    return Answer(json.dumps(error), failed=True)
                finally:
                    self._running = ""

        return invoke

    def calling(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
            caller = self._caller(client)
            if not caller:
                return genuine(client, operation, parameters)
            service = client.meta.service_model.service_name
            call = Call(caller, service, operation, parameters, client)
            return self._pass(call, lambda: genuine(client, operation, parameters))

        return make_api_call

    def signing(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def emit_api_params(
            client: Any, api_params: Any, operation_model: Any, context: Any
        ) -> Any:
            if context.get("is_presign_request") and (caller := self._caller(client)):
                service = client.meta.service_model.service_name
                call = Call(caller, service, operation_model.name, api_params, client, True)
                self._pass(call, lambda: None)
            return genuine(client, api_params, operation_model, context)

        return emit_api_params

    def delivering(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def attempt(delivery: Any, arn: str, event: Any) -> Any:
            # The delivery handles errors itself, so that its one call is replaced, not it.
            client = delivery._stepfunctions
            genuine_start = client.start_execution

            def start(**parameters: Any) -> Any:
                call = Call(RULE, "stepfunctions", "StartExecution", parameters, client)
                return self._pass(call, lambda: genuine_start(**parameters))

            delivery._stepfunctions = _Starting(start)
            try:
                return genuine(delivery, arn, event)
            finally:
                delivery._stepfunctions = client

        return attempt

    def _caller(self, client: Any) -> str:
        if client._request_signer._credentials.access_key == _EXECUTION:
            return STATE_MACHINE
        # Functions use botocore alone; boto3's clients are those of tests and of the bridge.
        return "" if "Boto3" in client.meta.config.user_agent else self._running

    def _pass(self, call: Call, perform: Callable[[], Any]) -> Any:
        of_function = call.caller == self._running
        if of_function and self._dead:
            raise Killed(self._dead.error)  # another thread of what was killed
        try:
            return self._around(call, perform)
        except Killed as killed:
            self._dead = killed
            raise


class _Starting:
    def __init__(self, start: Callable[..., Any]) -> None:
        self.start_execution = start

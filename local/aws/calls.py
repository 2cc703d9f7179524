"""Intercepts every AWS call of the functions, the state machines and the upload rule.

In-process only: functions in processes of their own make their calls there.
"""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient
from botocore.signers import S3PostPresigner

from local.aws.in_process import InProcess
from local.aws.invocation import Answer
from local.aws.machines import machine_of_this_thread
from local.aws.moto_patches import replaced
from local.aws.rules import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.aws.deployment import Deployment

    Around = Callable[["Call", Callable[[], Any]], Any]

_CLIENT: Any = BaseClient
_POST: Any = S3PostPresigner
# The access key of the clients that moto creates for an execution.
_EXECUTION = "ak"
# The operation that botocore looks at when it signs a form.
_OF_A_FORM = "CreateBucket"
STATE_MACHINE, BACKFILL, RULE = "ImagePipelineStateMachine", "BackfillStateMachine", "UploadRule"
STATE_MACHINES = frozenset({STATE_MACHINE, BACKFILL})
# Its caller waits while other functions run, so that its own turn does not tell whose call it is.
_SYNCHRONOUS, _DISPATCH = "StartSyncExecution", "DispatchFunction"


@dataclass(frozen=True)
class Call:
    """A call before it is made.

    Args:
        caller: the logical id of the function, state machine or rule that makes the call.
        service: botocore's name, such as `s3`.
        operation: such as `PutObject`.
        parameters: of the operation.
        presigned: the call is only signed, for a client to make later.
    """

    caller: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    client: Any
    presigned: bool = False


class Killed(BaseException):
    """Ends the running function as Lambda does, past every error handler.

    Args:
        error: the name under which Step Functions reports it, such as `Runtime.ExitError`.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@contextmanager
def intercepted(deployment: Deployment, around: Around) -> Iterator[None]:
    """Context manager in which every call goes through `around`.

    Args:
        deployment: identifies the callers.
        around: called with the call and a function that performs it. It returns the answer for
            the caller, or raises the caller's error; `Killed` ends the function.
    """
    line = _Line(deployment, around)
    with ExitStack() as patches:
        for owner, name, replacement in (
            (InProcess, "invoke", line.invoking(InProcess.invoke)),
            (_CLIENT, "_make_api_call", line.calling(_CLIENT._make_api_call)),
            (_CLIENT, "_emit_api_params", line.signing(_CLIENT._emit_api_params)),
            (_POST, "generate_presigned_post", line.signing_form(_POST.generate_presigned_post)),
            (Delivery, "_start_execution", line.delivering(Delivery._start_execution)),
            (Delivery, "_send_message", line.queuing(Delivery._send_message)),
        ):
            patches.enter_context(replaced(owner, name, replacement))
        yield


class _Line:
    def __init__(self, deployment: Deployment, around: Around) -> None:
        self._by_name = {each.name: name for name, each in deployment.functions.items()}
        self._by_arn = {deployment.ref(name): name for name in STATE_MACHINES}
        self._around = around
        self._running = ""
        self._dead: Killed | None = None
        self._form: Call | None = None  # whose key and fields are known a moment later
        self._one_call_at_a_time = threading.RLock()
        self._this_thread = threading.local()

    def invoking(self, genuine: Callable[..., Answer]) -> Callable[..., Answer]:
        def invoke(invoker: Any, name: str, payload: str) -> Answer:
            with invoker._lock:  # one function at a time, so all calls now are its calls
                before = self._running, self._dead
                self._running, self._dead = self._by_name[name.partition(":")[0]], None
                outer, self._this_thread.invokes = self._invokes(), True
                try:
                    return genuine(invoker, name, payload)
                except Killed as killed:
                    error = {"errorType": killed.error, "errorMessage": "killed on purpose"}
                    return Answer(json.dumps(error), failed=True)
                finally:
                    self._running, self._dead = before
                    self._this_thread.invokes = outer

        return invoke

    def calling(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
            caller = self._caller(client)
            if not caller:
                return genuine(client, operation, parameters)
            if operation == _SYNCHRONOUS and caller not in STATE_MACHINES:
                caller = _DISPATCH
            service = client.meta.service_model.service_name
            call = Call(caller, service, operation, parameters, client)
            return self._pass(call, lambda: genuine(client, operation, parameters))

        return make_api_call

    def signing(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def emit_api_params(
            client: Any, api_params: Any, operation_model: Any, context: Any
        ) -> Any:
            if context.get("is_presign_request") and (caller := self._caller(client)):
                if operation_model.name == _OF_A_FORM:
                    self._form = Call(caller, "s3", "PostObject", api_params, client, True)
                    return genuine(client, api_params, operation_model, context)
                service = client.meta.service_model.service_name
                call = Call(caller, service, operation_model.name, api_params, client, True)
                self._pass(call, lambda: None)
            return genuine(client, api_params, operation_model, context)

        return emit_api_params

    def signing_form(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def sign(presigner: Any, *, fields: Any, **options: Any) -> Any:
            if self._form is not None:
                form, self._form = self._form, None
                named = {"Key": fields["key"]}
                if "tagging" in fields:
                    named["Tagging"] = fields["tagging"]
                self._pass(replace(form, parameters={**form.parameters, **named}), lambda: None)
            return genuine(presigner, fields=fields, **options)

        return sign

    def delivering(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def start(delivery: Any, **parameters: Any) -> Any:
            client = delivery._stepfunctions
            call = Call(RULE, "stepfunctions", "StartExecution", parameters, client)
            return self._pass(call, lambda: genuine(delivery, **parameters))

        return start

    def queuing(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def send(delivery: Any, **parameters: Any) -> Any:
            call = Call(RULE, "sqs", "SendMessage", parameters, delivery._sqs)
            return self._pass(call, lambda: genuine(delivery, **parameters))

        return send

    def _caller(self, client: Any) -> str:
        if client._request_signer._credentials.access_key == _EXECUTION:
            # A state machine that no template has deployed has no role that is known here.
            return self._by_arn.get(machine_of_this_thread(), "")
        # Functions use botocore; boto3's clients belong to tests and to the offline AWS.
        if "Boto3" in client.meta.config.user_agent:
            return ""
        # A test, too, may use a client of the functions, while one of them runs.
        is_main = threading.current_thread() is threading.main_thread()
        return "" if is_main and not self._invokes() else self._running

    def _invokes(self) -> bool:
        """Return whether this thread runs a function; one that a function has started does not."""
        return getattr(self._this_thread, "invokes", False)

    def _pass(self, call: Call, perform: Callable[[], Any]) -> Any:
        if call.caller != self._running or call.operation == _SYNCHRONOUS:
            return self._around(call, perform)
        # A function's threads call in turns, so that its first killed call is also its last.
        with self._one_call_at_a_time:
            if self._dead:
                raise Killed(self._dead.error)
            try:
                return self._around(call, perform)
            except Killed as error:
                self._dead = error
                raise

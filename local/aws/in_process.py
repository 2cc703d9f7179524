"""Runs functions in this process: fast, visible to coverage tools, open to test doubles.

AWS's own runtime code surrounds the handler, so results and errors have its form. Timeouts are not
enforced and functions share one environment; `local.aws.processes` does better at both.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Metrics
from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller, to_json

from local.aws.environment import CREDENTIALS, added
from local.aws.invocation import Answer, trace_id, variables
from local.aws.logs.output import collected
from local.aws.logs.recording import FunctionLog
from local.aws.trees import Trees, modules_in
from local.aws.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from local.aws.deployment import Function
    from local.aws.logs.recording import Logs

_ACCESS_KEY = CREDENTIALS["AWS_ACCESS_KEY_ID"]


class InProcess:
    """Runs one function at a time, unless one waits for an execution, which runs others.

    Concurrent functions would share `os.environ` and the metrics that Powertools collects.

    Args:
        functions: by qualified name; more may be added.
        extra: variables to add to every function's environment.
        logs: where the lines of functions are written.
    """

    def __init__(
        self, functions: Mapping[str, Function], extra: Mapping[str, str], logs: Logs
    ) -> None:
        self._functions = functions
        self._extra = extra
        self._logs: dict[str, FunctionLog] = {}
        self._written = logs
        self._lock = Turn()
        self._handlers: list[tuple[Function, Callable[..., Any]]] = []
        self._replaced: dict[str, Any] = {}
        self._trees = Trees()
        self._event: Any = None
        self._forget_cached_clients()

    def invoke(self, name: str, payload: str) -> Answer:
        """Run a function on a JSON payload in the calling thread."""
        function = self._functions[name]
        with self._lock:
            environment = {**variables(function, _ACCESS_KEY), **self._extra}
            with added(environment | {"_X_AMZN_TRACE_ID": trace_id()}):
                before, self._event = self._event, json.loads(payload)
                try:
                    with _metrics_of_its_own():
                        return self._run(function, payload)
                finally:
                    self._event = before

    def event_of(self, access_key: str) -> Any:
        """The event of the one running function."""
        return self._event if access_key == _ACCESS_KEY else None

    def waiting(self) -> AbstractContextManager[None]:
        """Context manager in which the running function waits for others."""
        return self._lock.lent()

    def interrupt(self) -> None:
        """Do nothing: a thread cannot be ended from outside."""

    def close(self) -> None:
        """Restore the modules that were imported before."""
        self._trees.leave()
        for name, module in self._replaced.items():
            sys.modules.pop(name, None)
            package, _, own_name = name.rpartition(".")
            if module is not None:
                sys.modules[name] = module
                setattr(sys.modules[package], own_name, module)
            elif hasattr(sys.modules.get(package), own_name):
                delattr(sys.modules[package], own_name)
        self._forget_cached_clients()

    def _run(self, function: Function, payload: str) -> Answer:
        request_id, start = str(uuid.uuid4()), time.perf_counter()
        log = self._logs.get(function.qualified)
        if log is None:
            log = self._logs[function.qualified] = FunctionLog(self._written, function)
        log.start(request_id)
        status = "error"
        try:
            with collected(log.write):
                answer = self._handled(function, payload, request_id)
            status = ""
        finally:
            if status:  # a test has killed the function
                log.write(f"RequestId: {request_id} Error: Runtime exited")
            log.end(request_id, time.perf_counter() - start, status)
        return answer

    def _handled(self, function: Function, payload: str, request_id: str) -> Answer:
        try:
            handler = self._handler(function)
        except FaultException as fault:
            error = bootstrap.make_error(fault.msg, fault.exception_type, fault.trace)
            return Answer(to_json(error), failed=True)
        exchange = _Exchange()
        bootstrap.handle_event_request(
            exchange,
            handler,
            request_id,
            payload.encode(),
            "application/json",
            None,
            None,
            function.arn,
            int((time.time() + function.timeout) * 1000),
            None,
            bootstrap.StandardLogSink(),
        )
        return exchange.answer

    def _handler(self, function: Function) -> Callable[..., Any]:
        """Import the handler's module again, because it reads its configuration at import.

        Versions of a function that differ in nothing else share one handler.
        """
        self._trees.enter(function)
        for known, imported in self._handlers:
            if known == replace(function, version=known.version):
                return imported
        module = function.handler.rpartition(".")[0]
        before = sys.modules.pop(module, None)
        if not self._trees.has_moved:
            self._replaced.setdefault(module, before)
        handler: Callable[..., Any] = bootstrap._get_handler(function.handler)
        self._handlers.append((function, handler))
        return handler

    def _forget_cached_clients(self) -> None:
        """Clear the caches of the functions' modules, which belong to one offline AWS."""
        folders = {
            folder
            for function in self._functions.values()
            for folder in (function.code, *function.layers)
        }
        for module in modules_in(folders).values():
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


@contextmanager
def _metrics_of_its_own() -> Iterator[None]:
    """Context manager without the metrics that a function has collected which waits for this one.

    Powertools keeps them for the process, and each function has its own on AWS.
    """
    kept = (Metrics._metrics, Metrics._dimensions)
    before = [dict(each) for each in kept]
    for each in kept:
        each.clear()
    try:
        yield
    finally:
        for each, those in zip(kept, before, strict=True):
            each.clear()
            each.update(those)


class _Exchange:
    """Receives the result that AWS's runtime posts to Lambda."""

    marshaller = LambdaMarshaller()
    answer: Answer

    def post_invocation_result(
        self, _request_id: str, result: str | bytes, _content_type: str, _invocation_id: str | None
    ) -> None:
        text = result.decode() if isinstance(result, bytes) else result
        self.answer = Answer(text, failed=False)

    def post_invocation_error(
        self, _request_id: str, error: str, _xray_fault: str, _invocation_id: str | None
    ) -> None:
        self.answer = Answer(error, failed=True)

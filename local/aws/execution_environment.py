"""One process that runs one function under AWS's own runtime, one event at a time."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.aws.invocation import Answer, variables
from local.aws.runtime_api import Invocation, Report, RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws.deployment import Function
    from local.aws.logs.recording import FunctionLog

# Lambda allows ten seconds; a laptop that compiles every module for the first time needs more.
_SECONDS_TO_START = 60.0
# The runtime is partly C++, built for Linux only.
_NATIVE = importlib.util.find_spec("runtime_client") is not None
_PORTABLE = Path(__file__).parent / "portable_runtime"
# The only variables of this process that a function sees.
_INHERITED = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "PYTHONDONTWRITEBYTECODE")


# What Lambda's report says of an invocation that it ended.
_STATUS = {"timed_out": "timeout", "exited": "error"}


class ExecutionEnvironment:
    """Starts its process when it is created; `close` must be called.

    Args:
        function: the function to run.
        access_key: the credentials that identify this environment.
        extra: variables to add to the function's own.
        log: called with the function's logical id and each line that it writes.
        written: its log in CloudWatch Logs.
    """

    def __init__(
        self,
        function: Function,
        access_key: str,
        extra: Mapping[str, str],
        log: Callable[[str, str], None],
        written: FunctionLog,
    ) -> None:
        self.access_key = access_key
        self._written = written
        self._started = time.perf_counter()
        self._is_new = True
        self.event: Any = None
        self._function = function
        self._api = RuntimeApi()
        self._api.server.__enter__()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "awslambdaric", function.handler],
            cwd=function.code,
            env={**self._variables(), **extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C goes to the parent, which then ends this process
        )
        self._threads = [
            threading.Thread(target=self._pass_on, args=(log,), daemon=True),
            threading.Thread(target=self._watch, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def usable(self) -> bool:
        """Whether the process can take another event."""
        return self._process.poll() is None

    def invoke(self, payload: str) -> Answer:
        """Run the function on a JSON payload; the process may be gone afterwards.

        Errors have Lambda's form: the runtime's own if the function raised, `Sandbox.Timedout` if
        it was killed at its timeout, `Runtime.ExitError` if it crashed.
        """
        self.event = json.loads(payload)
        invocation = Invocation(payload, self._function.timeout, self._function.arn)
        try:
            self._api.inbox.put(invocation)
            report = self._report(_SECONDS_TO_START)
            start = time.perf_counter()
            init = start - self._started if self._is_new else None
            self._is_new = False
            self._written.start(invocation.request_id)
            if report.kind == "taken":
                report = self._report(self._function.timeout)
            answer = self._answer(report, invocation.request_id)
            seconds = time.perf_counter() - start
            self._written.end(invocation.request_id, seconds, _STATUS.get(report.kind, ""), init)
            return answer
        finally:
            self.event = None

    def kill(self) -> None:
        """Kill the process and its children, without waiting for their end."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process and everything that serves it."""
        self._end()
        for thread in self._threads:
            thread.join()
        if self._process.stdout:
            self._process.stdout.close()
        self._api.inbox.put(None)
        self._api.server.__exit__(None, None, None)

    def _variables(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        portable = () if _NATIVE else (_PORTABLE,)
        roots = (self._function.code, *self._function.layers, *portable)
        return inherited | {
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "LAMBDA_TASK_ROOT": str(self._function.code),
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(str(root) for root in roots),
            "_HANDLER": self._function.handler,
            **variables(self._function, self.access_key),
        }

    def _report(self, seconds: float) -> Report:
        try:
            return self._api.reports.get(timeout=seconds)
        except queue.Empty:
            self._end()
            return Report("timed_out")

    def _answer(self, report: Report, request_id: str) -> Answer:
        if report.kind == "answered":
            return Answer(report.payload, failed=False)
        if report.kind in {"failed", "init_failed"}:
            return Answer(report.payload, failed=True)
        if report.kind == "timed_out":
            error = "Sandbox.Timedout"
            text = f"Task timed out after {self._function.timeout:.2f} seconds"
        else:
            error, text = "Runtime.ExitError", f"Runtime exited with error: {report.payload}"
        message = f"RequestId: {request_id} Error: {text}"
        self._written.write(message)
        return Answer(json.dumps({"errorType": error, "errorMessage": message}), failed=True)

    def _watch(self) -> None:
        code = self._process.wait()
        # If the runtime failed to start, it has already reported that.
        text = f"signal: {signal.strsignal(-code)}" if code < 0 else f"exit status {code}"
        self._api.reports.put(Report("exited", text.lower()))

    def _pass_on(self, log: Callable[[str, str], None]) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._written.write(line.decode(errors="replace").rstrip("\n"))
            # The runtime separates the lines of a traceback with carriage returns.
            for part in line.decode(errors="replace").rstrip("\n").split("\r"):
                log(self._function.logical_id, part)

    def _end(self) -> None:
        self.kill()
        self._process.wait()

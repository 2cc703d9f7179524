"""Functions whose processes are killed before or after any of their calls, as a lost host does."""

from __future__ import annotations

import itertools
import os
import re
import signal
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated

with isolated():
    from local.aws.execution_environment import ExecutionEnvironment
    from local.aws.moto_patches import replaced
    from local.aws.offline import OfflineAws
    from local.aws.s3_gate import S3Gate
    from tests.faults.invariants import essence, violations
    from tests.faults.trial import Trial
    from tests.faults.uploads import jpeg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.trial import Left

ACCESS_KEY = re.compile(r"Credential=([^/]+)/")
MODERATION = "RekognitionService.DetectModerationLabels"


class Host:
    """Sees every request of a function, and kills the function at one of them.

    `requests` counts them by the function's logical id.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.moderated = 0
        self.kill_at: tuple[str, int, str] | None = None
        self._lock = threading.Lock()
        self._environments: dict[str, ExecutionEnvironment] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        invoke, answer = ExecutionEnvironment.invoke, S3Gate.__call__

        def invoked(environment: ExecutionEnvironment, payload: str) -> Any:
            self._environments[environment.access_key] = environment
            return invoke(environment, payload)

        def answered(gate: S3Gate, environ: Any, start_response: Any) -> Any:
            key = ACCESS_KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
            environment = self._environments.get(key[1]) if key else None
            if environment is None:
                return answer(gate, environ, start_response)
            function = environment._function.logical_id
            with self._lock:
                self.requests[function] += 1
                call = (function, self.requests[function])
            if (*call, "before") == self.kill_at:
                os.killpg(environment._process.pid, signal.SIGKILL)
                start_response("500 Nobody Listens", [("Content-Length", "0")])
                return [b""]
            performed = answer(gate, environ, start_response)
            self.moderated += environ.get("HTTP_X_AMZ_TARGET") == MODERATION
            if (*call, "after") == self.kill_at:
                os.killpg(environment._process.pid, signal.SIGKILL)
            return performed

        with (
            replaced(ExecutionEnvironment, "invoke", invoked),
            replaced(S3Gate, "__call__", answered),
        ):
            yield

    def upload(self, aws: OfflineAws, key: str, kill_at: tuple[str, int, str] | None) -> Left:
        self.requests.clear()
        self.moderated, self.kill_at = 0, kill_at
        left = Trial(aws, key).upload(jpeg())
        left.moderated = self.moderated
        return left


@pytest.mark.faults
def test_a_function_killed_around_any_call_is_run_again() -> None:
    host = Host()
    with OfflineAws(functions="processes") as aws, host.watching():
        happy = essence(host.upload(aws, "uploads/killed/never", None))
        calls = [
            (function, number)
            for function, most in host.requests.items()
            for number in range(1, most + 1)
        ]
        assert len(calls) >= 12
        found = {}
        for (function, number), moment in itertools.product(calls, ("before", "after")):
            site = (function, number, moment)
            left = host.upload(aws, "uploads/killed/" + "-".join(map(str, site)), site)
            assert host.requests[function] > dict(calls)[function], f"{site}: it was not run again"
            if wrong := violations(left, may_repeat=False) or essence(left) != happy:
                found[site] = wrong
        assert found == {}

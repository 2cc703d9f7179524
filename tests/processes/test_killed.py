"""Functions whose processes are killed before or after any of their calls, as a lost host does."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated

with isolated():
    from local.aws.offline import OfflineAws
    from tests.faults.hosts import kill, requests_of_functions, unanswered
    from tests.faults.invariants import essence, violations
    from tests.faults.trial import Trial
    from tests.faults.uploads import jpeg

if TYPE_CHECKING:
    from local.aws.execution_environment import ExecutionEnvironment
    from tests.faults.trial import Left

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

    def pass_on(
        self, environment: ExecutionEnvironment, environ: Any, start_response: Any, perform: Any
    ) -> Any:
        """Answer a request of a function, and kill its process if this is the moment."""
        function = environment._function.logical_id
        with self._lock:
            self.requests[function] += 1
            call = (function, self.requests[function])
        if (*call, "before") == self.kill_at:
            kill(environment)
            return unanswered(start_response, "500 Nobody Listens")
        performed = perform()
        self.moderated += environ.get("HTTP_X_AMZ_TARGET") == MODERATION
        if (*call, "after") == self.kill_at:
            kill(environment)
        return performed

    def upload(self, aws: OfflineAws, key: str, kill_at: tuple[str, int, str] | None) -> Left:
        self.requests.clear()
        self.moderated, self.kill_at = 0, kill_at
        left = Trial(aws, key).upload(jpeg())
        left.moderated = self.moderated
        return left


@pytest.mark.faults
def test_a_function_killed_around_any_call_is_run_again() -> None:
    host = Host()
    with OfflineAws(functions="processes") as aws, requests_of_functions(host.pass_on):
        happy = essence(host.upload(aws, "uploads/killed/never", None))
        calls = [
            (function, number)
            for function, most in host.requests.items()
            if function != "ProjectorFunction"  # no step: its stream delivers again, after a while
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

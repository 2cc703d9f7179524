"""Virtual time that passes only while every thread waits: hours of backoff take minutes.

A working thread holds a token and returns it to sleep. When no token is held, the clock jumps to
the next wake-up time. Computation takes no virtual time.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl import (
    BranchesDecl,
    BranchWorkerPool,
)
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Clock:
    """A virtual clock; `now` starts at zero, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._tokens = 0
        self._sleepers: list[tuple[float, int, threading.Event]] = []

    def enter(self, number: int = 1) -> None:
        """Add working threads; called before they start."""
        with self._lock:
            self._tokens += number

    def leave(self) -> None:
        """Remove a working thread that has ended."""
        with self._lock:
            self._tokens -= 1
            self._go_on()

    def sleep(self, seconds: float) -> None:
        """Sleep in virtual time."""
        awake = threading.Event()
        with self._lock:
            sleeper = (self.now + seconds, next(self._numbers), awake)
            heapq.heappush(self._sleepers, sleeper)
            self._tokens -= 1
            self._go_on()
        awake.wait()

    def _go_on(self) -> None:
        if self._tokens == 0 and self._sleepers:
            self.now, _, awake = heapq.heappop(self._sleepers)
            self._tokens += 1
            awake.set()


@contextmanager
def executions_by(clock: Clock) -> Iterator[None]:
    """Make Step Functions wait in virtual time; its timeouts do not apply.

    A synchronous execution works with the token of the thread that awaits its end.
    """
    one_at_a_time = threading.Lock()
    worker_of_moto: Any = ExecutionWorker
    start, run = worker_of_moto.start, worker_of_moto._execution_logic
    branches, ended = BranchesDecl._eval_body, BranchWorkerPool.on_terminated

    def is_awaited(worker: Any) -> bool:
        return ":express:" in worker._evaluation_details.execution_details.arn

    def enter_and_start(worker: Any) -> None:
        if not is_awaited(worker):
            clock.enter()
        start(worker)

    def run_and_leave(worker: Any) -> None:
        try:
            run(worker)
        finally:
            if not is_awaited(worker):
                clock.leave()

    def eval_branches(declared: Any, env: Any) -> None:
        # The waiting thread passes its token to one branch and gets it back from the last.
        clock.enter(len(declared.programs) - 1)
        branches(declared, env)

    def branch_ended(pool: Any, env: Any) -> None:
        with one_at_a_time:
            others_wait_no_more = pool._termination_event.is_set()
            ended(pool, env)
            was_the_last = pool._termination_event.is_set() and not others_wait_no_more
        if not was_the_last:
            clock.leave()

    seams: list[tuple[Any, str, Callable[..., Any] | Clock]] = [
        (retrier_decl, "time", clock),
        (ExecutionWorker, "start", enter_and_start),
        (ExecutionWorker, "_execution_logic", run_and_leave),
        (BranchesDecl, "_eval_body", eval_branches),
        (BranchWorkerPool, "on_terminated", branch_ended),
        (TimeoutSeconds, "_eval_seconds", lambda _declared, env: 3600),
    ]
    with ExitStack() as open_seams:
        for seam in seams:
            open_seams.enter_context(replaced(*seam))
        yield

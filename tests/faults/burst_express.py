"""The model of a burst with WorkflowType=EXPRESS: a queue, dispatchers, and tries of five minutes.

Each dispatcher takes a batch, and is busy until the last execution of it has ended. What is not
approved is hidden for as long as the dispatch function hides it, and is lost to the dead-letter
queue after the last try. The dispatchers take slots of Lambda themselves.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from dispatch.waits import seconds_until_next
from image_pipeline import tries
from local.manifest import state_machine, template
from tests.faults.burst_model import Executions, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.faults.burst_account import Limits, Work
    from tests.faults.burst_model import Process

DISPATCH = "DispatchFunction"
_SECONDS_BETWEEN_POLLS = 1.0
_BATCH: int = template()["Resources"][DISPATCH]["Properties"]["Events"]["Uploads"]["Properties"][
    "BatchSize"
]


class _Message(NamedTuple):
    key: str
    kind: Kind
    attempt: tries.Try


class ExpressExecutions(Executions):
    """Executions for the messages of a queue."""

    def __init__(self, concurrency: int, limits: Limits, durations: Mapping[str, Work]) -> None:
        short = {**state_machine(), "TimeoutSeconds": tries.SECONDS}
        super().__init__(limits, durations, short, seed=1)
        self._concurrency = concurrency
        self._queue: deque[_Message] = deque()
        self._open = 0
        self.tried: list[int] = []

    def run(self, uploads: Mapping[str, Kind], over: float = 0.0) -> None:
        """Run all messages until each is processed or a dead letter."""
        self._queue.extend(_Message(key, kind, tries.Try(key, 1)) for key, kind in uploads.items())
        self._open = len(self._queue)
        for _ in range(self._concurrency):
            self._loop.start(self._dispatcher())
        self._loop.run()

    def _dispatcher(self) -> Process:
        while self._open:
            if not self._queue or self._lambda.start(DISPATCH) is None:
                yield _SECONDS_BETWEEN_POLLS
                continue
            taken = [self._queue.popleft() for _ in range(min(_BATCH, len(self._queue)))]
            started = self._loop.now
            ended: list[Any] = yield [self._tried(each) for each in taken]
            self._lambda.end(DISPATCH)
            self.tally.invoked(DISPATCH, self._loop.now - started)
            for message, error in zip(taken, ended, strict=True):
                self._settle(message, error)

    def _tried(self, message: _Message) -> Process:
        key, started = message.key, self._loop.now
        self.tally.starts[key] += 1
        self._deadlines[key] = self._loop.now + tries.SECONDS
        self.statuses[key] = "approved"
        error = yield from self._states(key, message.kind, self._machine)
        self.tally.express.append(self._loop.now - started)
        self.tally.ended = max(self.tally.ended, self._loop.now)
        return error

    def _settle(self, message: _Message, error: str | None) -> None:
        if error is None or message.attempt.is_last:
            self._open -= 1
            self.tried.append(message.attempt.number)
            if error is not None:
                self.statuses[message.key] = "dead letter"
            return
        later = message._replace(
            attempt=message.attempt._replace(number=message.attempt.number + 1)
        )
        wait = seconds_until_next(message.attempt, self._random.uniform)
        self._loop.start(self._hidden(later, wait))

    def _hidden(self, message: _Message, seconds: float) -> Process:
        yield seconds
        self._queue.append(message)


def modeled_express(
    uploads: Mapping[str, Kind], concurrency: int, limits: Limits, durations: Mapping[str, Work]
) -> ExpressExecutions:
    """Run a burst, uploaded at once, and return what became of it."""
    executions = ExpressExecutions(concurrency, limits, durations)
    executions.run(uploads)
    return executions

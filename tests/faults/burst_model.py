"""A model of a burst: the same Retry blocks and capacity, without the services' and our own code.

It walks the state machine as it is in statemachine/, so that the rules for waiting are read, never
repeated. What a step does is only its duration and, for moderation, its calls of Rekognition. A
test compares it with the emulation (`tests.faults.burst_emulated`), which takes a thousand times as
long. Not modeled: Step Functions' quota of state transitions, which delays but refuses nothing; the
rate at which a function may get new instances; and branches that end because another one failed.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from local.manifest import functions, state_machine
from tests.faults import burst_machine as rules
from tests.faults.burst_account import (
    MODERATION,
    PUBLISH_SECONDS,
    REKOGNITION_SECONDS,
    SHEETS_SECONDS,
    Lambda,
    Limits,
    TokenBucket,
    Work,
    delivery_pause,
)
from tests.faults.burst_report import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Machine = Mapping[str, Any]

_NO_SLOT, _TOO_FAST, _DEADLINE = "Lambda.TooManyRequestsException", "ThrottlingException", "timeout"

Process = Generator["float | list[Process]", "list[Any]", Any]
"""Yields seconds to wait, or processes to wait for; then it gets what they return."""


@dataclass(frozen=True)
class Kind:
    """What is uploaded: `format` as the state machine sees it, `sheets` as moderation asks."""

    format: str = "JPEG"
    sheets: int = 1


STILL, ANIMATION = Kind(), Kind("GIF", sheets=2)


class Loop:
    """Runs processes in virtual time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._numbers = itertools.count()
        self._waiting: list[tuple[float, int, Process, list[Any]]] = []
        self._ended: dict[int, Callable[[Any], None]] = {}

    def start(self, process: Process, ended: Callable[[Any], None] = lambda _: None) -> None:
        """Start a process now; `ended` gets what it returns."""
        self._ended[id(process)] = ended
        self._wake(process, 0.0, [])

    def run(self) -> None:
        """Run until all processes have ended."""
        while self._waiting:
            self.now, _, process, value = heapq.heappop(self._waiting)
            try:
                wanted = process.send(value) if value else next(process)
            except StopIteration as stop:
                self._ended.pop(id(process))(stop.value)
                continue
            if isinstance(wanted, list):
                self._join(process, wanted)
            else:
                self._wake(process, wanted, [])

    def _wake(self, process: Process, seconds: float, value: list[Any]) -> None:
        heapq.heappush(self._waiting, (self.now + seconds, next(self._numbers), process, value))

    def _join(self, parent: Process, children: list[Process]) -> None:
        results: list[Any] = [None] * len(children)
        left = Counter(children=len(children))

        def ended(number: int, result: Any) -> None:
            results[number] = result
            left["children"] -= 1
            if not left["children"]:
                self._wake(parent, 0.0, results)

        for number, child in enumerate(children):
            self.start(child, partial(ended, number))


class Executions:
    """Executions of the state machine that share an account."""

    def __init__(
        self, limits: Limits, durations: Mapping[str, Work], machine: Machine, seed: int
    ) -> None:
        self.tally = Tally()
        self.statuses: dict[str, str] = {}
        self._loop, self._machine, self._random = Loop(), machine, random.Random(seed)
        self._lambda = Lambda(self._loop, limits, durations)
        self._starts = TokenBucket(self._loop, limits.starts_at_once, limits.starts)
        self._rekognition = TokenBucket(self._loop, limits.rekognition, limits.rekognition)
        self._deadlines: dict[str, float] = {}
        self._functions = {
            state: function for function, each in functions().items() for state in each.states
        }

    def run(self, uploads: Mapping[str, Kind], over: float = 0.0) -> None:
        """Run all executions to their end; their starts are spread evenly over `over` seconds."""
        for number, (key, kind) in enumerate(uploads.items()):
            self._loop.start(self._upload(key, kind, over * number / len(uploads)))
        self._loop.run()

    def _upload(self, key: str, kind: Kind, at: float) -> Process:
        yield at
        yield from self._delivery(key)
        self._deadlines[key] = self._loop.now + self._machine.get("TimeoutSeconds", float("inf"))
        self.statuses[key] = "approved"
        error = yield from self._states(key, kind, self._machine)
        if error:
            self.statuses[key] = "failed timed_out" if error == _DEADLINE else f"failed {error}"
        self.tally.ended = max(self.tally.ended, self._loop.now)

    def _delivery(self, key: str) -> Process:
        while True:
            self.tally.starts[key] += 1
            if self._starts.take():
                return
            yield delivery_pause(self.tally.starts[key], self._random)

    def _states(self, key: str, kind: Kind, machine: Machine) -> Process:
        """Walk states; return the error that ends them, or None."""
        name: str | None = machine["StartAt"]
        caught = None
        while name:
            state = machine["States"][name]
            self.tally.transitions[key] += 1
            if name == "ModerationUnavailable":
                self.statuses[key] = "review moderation_unavailable"
            if state["Type"] == "Fail":
                return caught or name
            if state["Type"] == "Choice":
                name = rules.chosen(state, {"$.image.facts.format": kind.format})
                continue
            error = yield from self._state(key, kind, name, state)
            if error:
                name = None if error == _DEADLINE else rules.catcher(state, error)
                if not name:
                    return error
                caught = error
            else:
                name = state.get("Next")
        return None

    def _state(self, key: str, kind: Kind, name: str, state: Mapping[str, Any]) -> Process:
        if state["Type"] == "Task":
            return (yield from self._task(key, kind, self._functions.get(name), state))
        if state["Type"] == "Parallel":
            branches = [self._states(key, kind, branch) for branch in state["Branches"]]
            return next(filter(None, (yield branches)), None)
        if state["Type"] == "Wait":
            yield float(state["Seconds"])
        return None

    def _task(
        self, key: str, kind: Kind, function: str | None, state: Mapping[str, Any]
    ) -> Process:
        retried: Counter[rules.Retrier] = Counter()
        answered = Counter[str]()
        while error := (yield from self._attempt(key, kind, function, answered)):
            rule = next((r for r in rules.retriers(state) if rules.matches(r.errors, error)), None)
            if rule is None or retried[rule] >= rule.attempts:
                return error
            delay = rule.delay(retried[rule], self._random)
            if self._loop.now + delay > self._deadlines[key]:
                yield self._deadlines[key] - self._loop.now
                return _DEADLINE
            yield delay
            retried[rule] += 1
            self.tally.transitions[key] += 1
        return None

    def _attempt(
        self, key: str, kind: Kind, function: str | None, answered: Counter[str]
    ) -> Process:
        """Call a function, or a service, once; return the error, or None."""
        if function is None:
            yield PUBLISH_SECONDS
            return None
        seconds = self._lambda.start(function)
        if seconds is None:
            self.tally.throttled[function] += 1
            return _NO_SLOT
        started, error = self._loop.now, None
        yield seconds
        if function == MODERATION:
            error = yield from self._moderation(key, kind, answered)
        self._lambda.end(function)
        self.tally.invoked(function, self._loop.now - started)
        return error

    def _moderation(self, key: str, kind: Kind, answered: Counter[str]) -> Process:
        self.tally.moderations[key] += 1
        if kind.sheets > 1:
            yield SHEETS_SECONDS
        while answered[key] < kind.sheets:  # answers are kept from one attempt to the next
            let_through = self._rekognition.take()
            self.tally.detections.append((self._loop.now, let_through))
            if not let_through:
                return _TOO_FAST
            yield REKOGNITION_SECONDS
            answered[key] += 1
            self.tally.answers[key] += 1
        return None


def modeled(
    uploads: Mapping[str, Kind],
    limits: Limits,
    durations: Mapping[str, Work],
    machine: Machine | None = None,
    seed: int = 1,
    over: float = 0.0,
) -> Executions:
    """Run a burst, uploaded at once or evenly `over` seconds, and return what became of it."""
    executions = Executions(limits, durations, machine or state_machine(), seed)
    executions.run(uploads, over)
    return executions


def alone(kinds: Sequence[Kind], durations: Mapping[str, Work]) -> Sequence[Tally]:
    """Return what each upload takes if it is the only one and no instance is cold."""
    warm = {name: replace(each, cold=each.warm) for name, each in durations.items()}
    once = {kind: modeled({"": kind}, Limits(), warm).tally for kind in set(kinds)}
    return [once[kind] for kind in kinds]

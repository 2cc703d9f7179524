"""The way from an upload to its outcome, and how long it is with each MemorySize.

The states are those of the state machine; CPU and calls of each function are the recorded ones
(docs/memory_size.json). What nobody can measure without an account is assumed: `Assumptions` here
and the latency of each call in benchmarks.waits. benchmarks.mixes chooses among the settings.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import product
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.memory_demand import Demand
from local.manifest import functions, state_machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RECORD = Path(__file__).parents[1] / "docs" / "memory_size.json"
DISPATCH = "DispatchFunction"
"""The function that waits for the execution if WorkflowType is EXPRESS."""

KINDS = ("ordinary", "converted", "refused")
"""Kinds of uploads. A function's MemorySize follows from the first way that it is on."""


@dataclass(frozen=True)
class Assumptions:
    """Seconds that AWS takes, assumed: it documents none of them.

    Args:
        delivery: from the end of the upload to the start of the execution, through S3 and
            EventBridge, whose own part is 0.13 s at the 99th percentile, as AWS announced.
        queue: until Lambda has received a message of SQS and invokes the dispatch function; others
            measured 0.02 s at the median and 0.1 s at the 99th percentile
            (bitesizedserverless.com/bite/serverless-messaging-latency-compared).
        transition: to enter a state, including the invocation of its function.
        environment: to start an execution environment and load the code, before its init.
        rekognition: to answer DetectModerationLabels for an object in S3.
        publish: to answer sns:Publish.
    """

    delivery: float = 0.3
    queue: float = 0.05
    transition: float = 0.025
    environment: float = 0.2
    rekognition: float = 0.5
    publish: float = 0.05


class Leg(NamedTuple):
    """One function on the way, and the seconds that its stage takes besides it."""

    function: str
    besides: float


class Way(NamedTuple):
    """Stages in sequence, each as long as its longest leg, and `fixed` seconds besides."""

    fixed: float
    stages: tuple[tuple[Leg, ...], ...]
    assumed: Assumptions

    @property
    def functions(self) -> tuple[str, ...]:
        """Every function on the way, in order."""
        return tuple(leg.function for stage in self.stages for leg in stage)


class Choice(NamedTuple):
    """A MemorySize for each function of a way, and what follows from it.

    `dollars` are those of 1,000 warm passages for Lambda's GB-seconds; `warm` and `first` are
    seconds, `first` with a new execution environment for every function.
    """

    sizes: dict[str, int]
    dollars: float
    warm: float
    first: float

    @property
    def length(self) -> float:
        """What is made short: both times together, to the millisecond."""
        return round(self.warm + self.first, 3)


ASSUMED = Assumptions()


def way(kind: str, assumed: Assumptions = ASSUMED) -> Way:
    """Return the way of a kind of upload, one of KINDS, if WorkflowType is STANDARD."""
    fixed, stages = assumed.delivery, []
    for name in states_along(kind):
        seconds, stage = _stage(state_machine()["States"][name], assumed)
        fixed += seconds
        stages += [stage] if stage else []
    return Way(fixed, tuple(stages), assumed)


def states_along(kind: str) -> tuple[str, ...]:
    """Return the names of the states that an upload of a kind passes, one of KINDS.

    One that is converted takes the choice that is not the default; one that is refused leaves
    the first state by its error.
    """
    machine = state_machine()
    name, along = machine["StartAt"], []
    while name:
        state = machine["States"][name]
        along.append(name)
        if kind == "refused" and len(along) == 1:
            (name,) = (each["Next"] for each in state["Catch"] if _refusal(each))
        elif kind == "converted" and state["Type"] == "Choice":
            name = state["Choices"][0]["Next"]
        else:
            name = state.get("Next", state.get("Default"))
    return tuple(along)


def _refusal(catcher: dict[str, Any]) -> bool:
    return "ValidationError" in catcher["ErrorEquals"]


def _stage(state: dict[str, Any], assumed: Assumptions) -> tuple[float, tuple[Leg, ...]]:
    """Return the seconds of a state besides its functions, and a leg for each function."""
    if state["Type"] == "Parallel":
        first = [branch["States"][branch["StartAt"]] for branch in state["Branches"]]
        legs = [_stage(each, assumed) for each in first]
        return assumed.transition, tuple(
            Leg(leg.function, leg.besides + seconds) for seconds, (leg,) in legs
        )
    if state["Type"] != "Task":
        return assumed.transition, ()
    if state["Resource"].endswith("sns:publish"):
        return assumed.transition + assumed.publish, ()
    invoked = _invoked(state)
    return assumed.transition, (
        Leg(invoked, assumed.rekognition if invoked == "ModerateFunction" else 0.0),
    )


def _invoked(state: dict[str, Any]) -> str:
    (name,) = (
        name
        for name, function in functions().items()
        if state in [_states()[each] for each in function.states]
    )
    return name


def _states() -> dict[str, dict[str, Any]]:
    found = dict(state_machine()["States"])
    for state in state_machine()["States"].values():
        for branch in state.get("Branches", []):
            found |= branch["States"]
    return found


def choices(
    along: Way,
    demands: Mapping[str, Demand],
    settings: Mapping[str, Sequence[int]],
) -> list[Choice]:
    """Return the combinations of settings along a way that no other one beats in every respect.

    Price and times of the stages add up, so what is beaten up to a stage is so at the end: unlike
    all combinations, of which each function more makes several times as many, those that are left
    stay few.

    Args:
        along: the way.
        demands: of each function on it.
        settings: the sizes that each of them may have.
    """
    found = [Choice({}, 0.0, along.fixed, along.fixed)]
    for stage in along.stages:
        found = _unbeaten(
            _followed(before, along, stage, demands, sizes)
            for before in found
            for sizes in product(*(settings[leg.function] for leg in stage))
        )
    return found


def _followed(
    before: Choice,
    along: Way,
    stage: Sequence[Leg],
    demands: Mapping[str, Demand],
    sizes: Sequence[int],
) -> Choice:
    """Return a choice for a way with one stage more."""
    legs = [(leg, demands[leg.function], size) for leg, size in zip(stage, sizes, strict=True)]
    warm = [leg.besides + demand.seconds(size) for leg, demand, size in legs]
    starts = [along.assumed.environment + demand.cold_seconds(size) for _, demand, size in legs]
    return Choice(
        before.sizes | {leg.function: size for leg, _, size in legs},
        before.dollars + sum(demand.dollars(size) for _, demand, size in legs),
        before.warm + max(warm),
        before.first + max(map(add, warm, starts)),
    )


def _unbeaten(found: Iterable[Choice]) -> list[Choice]:
    """Leave out each choice that another one is at least as cheap and, both times, as short as."""
    left: list[Choice] = []
    for each in sorted(found, key=lambda choice: (choice.dollars, choice.warm, choice.first)):
        if not any(one.warm <= each.warm and one.first <= each.first for one in left):
            left.append(each)
    return left


def with_sizes(along: Way, demands: Mapping[str, Demand], sizes: Mapping[str, int]) -> Choice:
    """Return what a way takes with the given sizes."""
    (only,) = choices(along, demands, {name: [sizes[name]] for name in along.functions})
    return only


def dispatched(execution: Choice, demand: Demand, size: int, assumed: Assumptions) -> Choice:
    """Return what a way takes if WorkflowType is EXPRESS: through the queue and its function.

    That function waits for the execution and is paid until its end, as in ops.cost.upload.

    Args:
        execution: the way without it.
        demand: of the dispatch function.
        size: its MemorySize.
        assumed: as for the way without it.
    """
    longer = assumed.queue + demand.seconds(size)
    starting = assumed.environment + demand.cold_seconds(size)
    return Choice(
        {DISPATCH: size} | execution.sizes,
        execution.dollars + demand.dollars(size, waited=execution.warm - assumed.delivery),
        execution.warm + longer,
        execution.first + longer + starting,
    )


@cache
def recorded() -> dict[str, Demand]:
    """Return the recorded demand of each function, by logical id."""
    rows = json.loads(RECORD.read_text(encoding="utf-8"))
    return {name: Demand(**row["demand"]) for name, row in rows.items()}

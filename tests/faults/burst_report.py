"""The report of a burst: what became of the uploads, and what it took."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ops.cost.model import express
from ops.cost.prices import price
from tests.faults.burst_account import REQUESTS_PER_SLOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.faults.burst_account import Limits

DOLLARS_PER_TRANSITION = price("states_standard").usd
DOLLARS_PER_GB_SECOND = price("lambda_arm64").usd
DOLLARS_PER_INVOCATION = price("lambda_requests").usd
DOLLARS_PER_PICTURE_JUDGED = price("rekognition").usd
_PER_THOUSAND = 1000
_EXPRESS_MB = 64  # the least that is billed


@dataclass
class Tally:
    """Counts of a burst: by upload, or by function; `detections` are times, and if answered."""

    starts: Counter[str] = field(default_factory=Counter)
    moderations: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    transitions: Counter[str] = field(default_factory=Counter)
    express: list[float] = field(default_factory=list)  # seconds of each Express execution
    detections: list[tuple[float, bool]] = field(default_factory=list)
    invocations: Counter[str] = field(default_factory=Counter)
    throttled: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    waited: float = 0.0
    ended: float = 0.0

    def invoked(self, function: str, seconds: float) -> None:
        """Count an invocation that has ended, and the seconds for which it had a slot."""
        self.invocations[function] += 1
        self.seconds[function] = self.seconds.get(function, 0.0) + seconds


@dataclass(frozen=True)
class Spread:
    """The distribution of a number over all uploads."""

    median: float
    p95: float
    most: float
    total: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Spread:
        """Summarize at least one number."""
        ordered = sorted(numbers)
        p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        return cls(statistics.median(ordered), p95, ordered[-1], sum(ordered))


@dataclass(frozen=True)
class Dollars:
    """Cost of 1,000 uploads in US dollars; S3, DynamoDB and logs are in docs/performance.md."""

    step_functions: float
    functions: float
    rekognition: float

    @classmethod
    def of(cls, tally: Tally, uploads: int, memory: Mapping[str, int]) -> Dollars:
        """Price what a burst took; `memory` is the MemorySize of each function in MB."""
        gigabyte_seconds = sum(
            seconds * memory[function] / 1024 for function, seconds in tally.seconds.items()
        )
        invocations = sum(tally.invocations.values())
        prices = (
            _workflow_dollars(tally),
            gigabyte_seconds * DOLLARS_PER_GB_SECOND + invocations * DOLLARS_PER_INVOCATION,
            sum(tally.answers.values()) * DOLLARS_PER_PICTURE_JUDGED,
        )
        return cls(*(round(price / uploads * _PER_THOUSAND, 4) for price in prices))


def _workflow_dollars(tally: Tally) -> float:
    """Price the executions: by transitions or, for Express, by their number and seconds."""
    if not tally.express:
        return sum(tally.transitions.values()) * DOLLARS_PER_TRANSITION
    quantities = [express(1, seconds, _EXPRESS_MB) for seconds in tally.express]
    return sum(price(name).usd * number for each in quantities for name, number in each.items())


@dataclass(frozen=True)
class Report:
    """What became of a burst; times are virtual seconds."""

    uploads: int
    limits: Limits
    statuses: dict[str, int]
    lost: list[str]
    seconds: float
    ideal: dict[str, float]
    starts: Spread
    moderations: Spread
    answers: Spread
    transitions: Spread
    throttled: dict[str, int]
    rekognition_throttled: int
    rekognition_by_ten_seconds: list[tuple[int, int, int]]
    dollars: Dollars

    @property
    def ideal_seconds(self) -> float:
        """The time that the scarcest resource alone needs."""
        return max(self.ideal.values())


def report(
    keys: Sequence[str],
    limits: Limits,
    tally: Tally,
    statuses: Mapping[str, str],
    ideal: dict[str, float],
    memory: Mapping[str, int],
    lost: Sequence[str] = (),
) -> Report:
    """Summarize a burst.

    Args:
        keys: the uploads.
        limits: the quotas.
        tally: what was counted.
        statuses: the outcome of each upload, with its reason.
        ideal: seconds that each resource alone needs.
        memory: the MemorySize of each function.
        lost: uploads whose outcome is incomplete.
    """
    return Report(
        uploads=len(keys),
        limits=limits,
        statuses=dict(Counter(statuses[key] for key in keys)),
        lost=list(lost),
        seconds=round(tally.ended, 1),
        ideal=ideal,
        starts=Spread.of([tally.starts[key] for key in keys]),
        moderations=Spread.of([tally.moderations[key] for key in keys]),
        answers=Spread.of([tally.answers[key] for key in keys]),
        transitions=Spread.of([tally.transitions[key] for key in keys]),
        throttled=dict(tally.throttled),
        rekognition_throttled=sum(not answered for _, answered in tally.detections),
        rekognition_by_ten_seconds=by_ten_seconds(tally.detections),
        dollars=Dollars.of(tally, len(keys), memory),
    )


def ideal(alone: Sequence[Tally], limits: Limits) -> dict[str, float]:
    """Return the seconds that each resource alone needs, never idle and never refusing.

    Args:
        alone: what each upload takes if it is the only one.
        limits: the quotas.
    """
    calls = sum(sum(tally.answers.values()) for tally in alone)
    invocations = sum(sum(tally.invocations.values()) for tally in alone)
    busy: dict[str, float] = defaultdict(float)
    for tally in alone:
        for function, seconds in tally.seconds.items():
            busy[function] += seconds
    shared = sum(seconds for name, seconds in busy.items() if name not in limits.reserved)
    slots = limits.concurrency - sum(limits.reserved.values())
    needed = {
        "Rekognition": calls / limits.rekognition,
        "Lambda's concurrency": shared / slots,
        "Lambda's requests": invocations / (REQUESTS_PER_SLOT * limits.concurrency),
        "StartExecution": max(0.0, len(alone) - limits.starts_at_once) / limits.starts,
    }
    for name, number in limits.reserved.items():
        needed[f"reserved for {name}"] = busy[name] / number
    return {name: round(seconds, 1) for name, seconds in needed.items()}


def by_ten_seconds(calls: Sequence[tuple[float, bool]]) -> list[tuple[int, int, int]]:
    """Count answered and throttled calls per ten seconds, each row with its first second."""
    answered, throttled = Counter[int](), Counter[int]()
    for when, let_through in calls:
        (answered if let_through else throttled)[int(when // 10) * 10] += 1
    return [(when, answered[when], throttled[when]) for when in sorted({*answered, *throttled})]


def table(given: Report) -> str:
    """Format a report as text."""
    limits = given.limits
    reserved = [f"{number} of them for {name}" for name, number in limits.reserved.items()]
    lines = [
        f"{given.uploads} uploads",
        "; ".join([f"{limits.concurrency} concurrent executions of functions", *reserved]),
        f"Rekognition accepts {limits.rekognition:g} a second",
        f"StartExecution accepts {limits.starts_at_once:g} at once and {limits.starts:g} a second",
        "",
        *(f"{number:7} {status}" for status, number in sorted(given.statuses.items())),
        f"{len(given.lost):7} lost",
        "",
        f"{given.seconds:7} s until the last has its outcome",
        *(f"{seconds:7} s for {name} alone" for name, seconds in given.ideal.items()),
        "",
        f"{'for each upload':24}{'median':>8}{'p95':>8}{'most':>8}{'total':>10}",
    ]
    for name, spread in (
        ("StartExecution attempts", given.starts),
        ("RunModeration attempts", given.moderations),
        ("answers of Rekognition", given.answers),
        ("state transitions", given.transitions),
    ):
        numbers = f"{spread.median:8g}{spread.p95:8g}{spread.most:8g}{spread.total:10g}"
        lines.append(f"{name:24}{numbers}")
    lines += ["", f"{'throttled':>10}", f"{given.rekognition_throttled:10} by Rekognition"]
    lines += [f"{number:10} {function}" for function, number in sorted(given.throttled.items())]
    dollars = given.dollars
    lines += [
        "",
        "for 1,000 uploads:",
        f"{dollars.step_functions:10.2f} USD for the workflow",
        f"{dollars.functions:10.2f} USD for functions",
        f"{dollars.rekognition:10.2f} USD for Rekognition",
    ]
    return "\n".join(lines)

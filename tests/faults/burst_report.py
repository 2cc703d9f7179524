"""The report of a burst: what became of the uploads, and what it cost."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Limits:
    """Calls per second that are let through, and how many executions can start at once."""

    rekognition: float = 50
    starts: float = 150
    starts_at_once: float = 100


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
class Report:
    """What became of a burst; times are virtual seconds."""

    pictures: int
    limits: Limits
    statuses: dict[str, int]
    lost: list[str]
    seconds_to_the_last: float
    start_attempts: Spread
    moderation_attempts: Spread
    rekognition_calls: Spread
    rekognition_throttled: int
    rekognition_by_ten_seconds: list[tuple[int, int, int]]
    state_transitions: Spread
    dollars_for_transitions: float
    seconds_in_waiting_functions: float
    dollars_for_waiting_functions: float


def by_ten_seconds(calls: list[tuple[float, bool]]) -> list[tuple[int, int, int]]:
    """Count answered and throttled calls per ten seconds, each row with its first second."""
    answered, throttled = Counter[int](), Counter[int]()
    for when, let_through in calls:
        (answered if let_through else throttled)[int(when // 10) * 10] += 1
    return [(when, answered[when], throttled[when]) for when in sorted({*answered, *throttled})]


def table(report: Report) -> str:
    """Format the report as text."""
    limits = report.limits
    lines = [
        f"{report.pictures} uploads at once",
        f"Rekognition accepts {limits.rekognition:g} a second",
        f"StartExecution accepts {limits.starts_at_once:g} at once and {limits.starts:g} a second",
        "",
        *(f"{number:7} {status}" for status, number in sorted(report.statuses.items())),
        f"{len(report.lost):7} lost",
        f"{report.seconds_to_the_last:7} s until the last has its outcome",
        "",
        f"{'for each picture':24}{'median':>8}{'p95':>8}{'most':>8}{'total':>10}",
    ]
    for name, spread in (
        ("StartExecution attempts", report.start_attempts),
        ("RunModeration attempts", report.moderation_attempts),
        ("Rekognition calls", report.rekognition_calls),
        ("state transitions", report.state_transitions),
    ):
        numbers = f"{spread.median:8g}{spread.p95:8g}{spread.most:8g}{spread.total:10g}"
        lines.append(f"{name:24}{numbers}")
    counted = report.rekognition_by_ten_seconds
    lines += ["", "from second   answered  throttled  by Rekognition"]
    lines += [f"{when:11}{answered:11}{refused:11}" for when, answered, refused in counted]
    lines += [
        "",
        f"state transitions cost ${report.dollars_for_transitions:.2f}",
        f"functions waited for {report.seconds_in_waiting_functions:g} seconds",
        f"that cost ${report.dollars_for_waiting_functions:.2f}",
    ]
    return "\n".join(lines)

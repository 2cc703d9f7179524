"""What a month of pictures needs of AWS's default quotas: arithmetic without AWS or a clock.

Needs are those of the busiest second, which is assumed to have `PEAK` times the average rate.
Quotas are AWS's defaults in us-east-1, and in most other regions where those are smaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ops.cost.model import HOURS, vcpus

if TYPE_CHECKING:
    from collections.abc import Mapping

VOLUMES = (10_000, 1_000_000, 10_000_000, 100_000_000)
"""Pictures a month."""

PEAK = 10.0
"""Rate of the busiest second over the average rate, an assumption."""

API_CALLS = 5.0
"""Calls of the API for each picture: a form for its upload and four questions, an assumption."""


class Quota(NamedTuple):
    """A default quota; `per_picture` is what a picture uses, by the unit of the quota."""

    service: str
    name: str
    largest: int
    elsewhere: int
    per_picture: float
    beyond: str

    def need(self, volume: int) -> float:
        """Return what the busiest second of a month with so many pictures needs."""
        return peak_rate(volume) * self.per_picture

    def suffices(self, volume: int) -> bool:
        """Tell whether the default of the largest regions is enough."""
        return self.need(volume) <= self.largest

    def suffices_elsewhere(self, volume: int) -> bool:
        """Tell whether the default of other regions is enough."""
        return self.need(volume) <= self.elsewhere


def peak_rate(volume: int) -> float:
    """Return the pictures of the busiest second of a month."""
    return volume / (HOURS * 3600) * PEAK


def busy_seconds(photo: Mapping[str, Any], memory: Mapping[str, float]) -> float:
    """Return for how long all functions together work on a picture, which is its concurrency.

    Args:
        photo: the use of one picture, as docs/cost_usage.json has it.
        memory: MemorySize by the name of the function.
    """
    return float(
        sum(
            used["requests"] * (used["cpu"] / vcpus(memory[name]) + used["waiting"])
            for name, used in photo["functions"].items()
        )
    )


def quotas(photo: Mapping[str, Any], memory: Mapping[str, float]) -> list[Quota]:
    """Return the quotas that grow with the number of pictures; arguments as for `busy_seconds`."""
    used = photo["quantities"]
    retried = "the state is retried for up to a day; nothing is lost"
    return [
        Quota(
            "Rekognition", "DetectModerationLabels per second", 50, 5, used["rekognition"], retried
        ),
        Quota("Lambda", "concurrent executions", 1000, 1000, busy_seconds(photo, memory), retried),
        Quota(
            "Step Functions",
            "StartExecution per second, Standard",
            300,
            150,
            1,
            "EventBridge retries, then the event goes to the dead-letter queue",
        ),
        Quota(
            "Step Functions",
            "state transitions per second, Standard",
            5000,
            800,
            len(photo["states"]),
            "transitions are delayed; executions take longer",
        ),
        Quota(
            "DynamoDB",
            "write units per second of a table",
            40_000,
            40_000,
            used["dynamodb_writes"],
            "the SDK retries, then the state; the stream falls behind",
        ),
        Quota(
            "S3",
            "PUT, COPY, POST or DELETE per second of a prefix",
            3500,
            3500,
            used["s3_puts"],
            "`503 Slow Down`, retried, until S3 has split the prefix",
        ),
        Quota(
            "SNS",
            "Publish per second",
            30_000,
            300,
            used["sns_publishes"],
            "the state is retried",
        ),
        Quota(
            "API Gateway",
            "requests per second",
            10_000,
            10_000,
            API_CALLS,
            "`429`; clients have to try again",
        ),
    ]

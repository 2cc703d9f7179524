"""What a month of pictures needs of AWS's default quotas: arithmetic without AWS or a clock.

Needs are those of the busiest second, which is assumed to have `PEAK` times the average rate.
Quotas are AWS's defaults in us-east-1, and in most other regions where those are smaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from image_pipeline.read_model.rows import WORD_SHARDS
from ops.cost.model import HOURS, vcpus

if TYPE_CHECKING:
    from collections.abc import Mapping

    Used = Mapping[str, Any]

VOLUMES = (10_000, 1_000_000, 10_000_000, 100_000_000)
"""Pictures a month."""

PEAK = 10.0
"""Rate of the busiest second over the average rate, an assumption."""

API_CALLS = 5.0
"""Calls of the API for each picture: a form for its upload and four questions, an assumption."""


_RETRIED = "the state is retried for up to a day; nothing is lost"
_REFUSED = "the state is retried for up to a day, nothing is lost; the API answers 5xx"
_STARTS_AGAIN = "EventBridge retries for a day, then the event goes to the dead-letter queue"
_UNITS_OF_A_WORD = 2
"""Write units of a new image for each of its words; `image_pipeline.read_model.rows`."""


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


def busy_seconds(used: Used, memory: Mapping[str, float]) -> float:
    """Return for how long all functions together work on something, which is its concurrency.

    Args:
        used: what it uses, as docs/cost_usage.json has it.
        memory: MemorySize by the name of the function.
    """
    return float(
        sum(
            each["requests"] * (each["cpu"] / vcpus(memory[name]) + each["waiting"])
            for name, each in used["functions"].items()
        )
    )


def invocations(used: Used) -> float:
    """Return how many functions are invoked for something."""
    return float(sum(each["requests"] for each in used["functions"].values()))


def quotas(
    usage: Used, memory: Mapping[str, float], *, execution: float, api_rate: int
) -> list[Quota]:
    """Return the quotas that grow with the number of pictures.

    Args:
        usage: docs/cost_usage.json.
        memory: MemorySize by the name of the function.
        execution: seconds of the execution of an ordinary photo.
        api_rate: requests per second that the API of the template admits.
    """
    photo, requests = usage["kinds"]["photo"], usage["requests"]
    works = [(1.0, photo), (1.0, requests["create"]), (API_CALLS - 1, requests["read"])]
    busy = sum(times * busy_seconds(each, memory) for times, each in works)
    invoked = sum(times * invocations(each) for times, each in works)
    return [
        *_of_events(execution),
        *_of_steps(photo, busy, invoked),
        *_of_stores(photo["quantities"]),
        Quota(
            "this stack",
            "requests per second of its API: `ThrottlingRateLimit` in the template",
            api_rate,
            api_rate,
            API_CALLS,
            "`429`; clients have to try again",
        ),
        Quota(
            "API Gateway",
            "requests per second",
            10_000,
            2_500,
            API_CALLS,
            "`429`; clients have to try again",
        ),
    ]


def _of_events(execution: float) -> list[Quota]:
    """Return the quotas between an upload and its execution."""
    return [
        Quota("EventBridge", "invocations per second", 18_750, 750, 1, "invocations are delayed"),
        Quota("Step Functions", "StartExecution per second, Standard", 300, 150, 1, _STARTS_AGAIN),
        Quota(
            "Step Functions",
            "open executions, Standard",
            1_000_000,
            1_000_000,
            execution,
            _STARTS_AGAIN,
        ),
    ]


def _of_steps(photo: Used, busy: float, invoked: float) -> list[Quota]:
    """Return the quotas of an execution."""
    used = photo["quantities"]
    return [
        Quota(
            "Step Functions",
            "state transitions per second, Standard",
            5000,
            800,
            len(photo["states"]),
            "transitions are delayed; executions take longer",
        ),
        Quota("Lambda", "concurrent executions", 1000, 1000, busy, _REFUSED),
        Quota(
            "Lambda",
            "invocations per second: ten times the concurrency",
            10_000,
            10_000,
            invoked,
            _REFUSED,
        ),
        Quota(
            "Rekognition", "DetectModerationLabels per second", 50, 5, used["rekognition"], _RETRIED
        ),
        Quota("SNS", "Publish per second", 30_000, 300, used["sns_publishes"], _RETRIED),
    ]


def _of_stores(used: Used) -> list[Quota]:
    """Return the quotas of buckets and tables."""
    behind = "the SDK retries, then the state; the stream falls behind"
    slow = "`503 Slow Down`, retried, until S3 has split the prefix"
    return [
        Quota(
            "DynamoDB",
            "write units per second of a table",
            40_000,
            40_000,
            used["dynamodb_writes"],
            behind,
        ),
        Quota(
            "DynamoDB",
            "write units per second of a partition: a search word that every image has",
            1000,
            1000,
            _UNITS_OF_A_WORD / WORD_SHARDS,
            "the stream falls behind",
        ),
        Quota(
            "S3",
            "PUT, COPY, POST or DELETE per second of a prefix",
            3500,
            3500,
            used["s3_puts"],
            slow,
        ),
        Quota("S3", "GET or HEAD per second of a prefix", 5500, 5500, used["s3_gets"], slow),
    ]

"""The deployed event source mappings: what Lambda polls, and what it does with a failed batch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.events.models import EventPattern

if TYPE_CHECKING:
    from local.aws.deployment import Deployment

# Lambda's defaults: docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html.
_BATCH_SIZES = {"dynamodb": 100, "sqs": 10}
# docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_MOST_AT_ONCE = 1250
_PARTIAL = "ReportBatchItemFailures"
_FOREVER = -1
_READING = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")


@dataclass(frozen=True)
class Mapping:
    """An event source mapping.

    Args:
        source: the ARN of the stream or queue.
        function: the ARN of the function, or of its alias.
        batch_size: the most records in an invocation.
        patterns: of which a record has to match one; empty for all records.
        reports_failures: whether the function names the items that have failed.
        bisects: whether a batch that fails is split in two.
        retries: of a batch that is not split any more; -1 for as many as it takes.
        most_seconds: the age at which a record is discarded; -1 for none.
        on_failure: the ARN of the queue that is told about discarded records; "" for none.
        at_once: the most invocations at once, where the template says so.
    """

    source: str
    function: str
    batch_size: int
    patterns: tuple[Any, ...] = ()
    reports_failures: bool = False
    bisects: bool = False
    retries: int = _FOREVER
    most_seconds: int = _FOREVER
    on_failure: str = ""
    at_once: int = _MOST_AT_ONCE

    def wants(self, record: dict[str, Any]) -> bool:
        """Whether a record matches the filter criteria."""
        return not self.patterns or any(
            EventPattern(None, each).matches_event(record)  # type: ignore[arg-type]
            for each in self.patterns
        )


def mappings(deployment: Deployment, service: str) -> list[Mapping]:
    """List the mappings of a service, such as `dynamodb` or `sqs`, that are enabled."""
    return [
        _mapping(found.properties, service)
        for found in deployment.resources.values()
        if found.type == "AWS::Lambda::EventSourceMapping"
        and found.properties["EventSourceArn"].split(":")[2] == service
        and found.properties.get("Enabled", True) in {True, "true"}
    ]


def polling(deployment: Deployment) -> list[tuple[str, str, str]]:
    """List the permissions that Lambda needs to read streams, from the roles of the functions.

    Source: docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html.

    Returns:
        The logical id of the function, the action and the resource.
    """
    functions = {each.name: name for name, each in deployment.functions.items()}
    found = []
    for mapping in mappings(deployment, "dynamodb"):
        function = functions[mapping.function.split(":")[6]]
        found += [(function, f"dynamodb:{action}", mapping.source) for action in _READING]
        if mapping.on_failure:
            found.append((function, "sqs:SendMessage", mapping.on_failure))
    return found


def _mapping(given: Any, service: str) -> Mapping:
    filters = given.get("FilterCriteria", {}).get("Filters", [])
    return Mapping(
        source=given["EventSourceArn"],
        function=given["FunctionName"],
        batch_size=int(given.get("BatchSize", _BATCH_SIZES[service])),
        patterns=tuple(json.loads(each["Pattern"]) for each in filters),
        reports_failures=_PARTIAL in given.get("FunctionResponseTypes", []),
        bisects=given.get("BisectBatchOnFunctionError", False) in {True, "true"},
        retries=int(given.get("MaximumRetryAttempts", _FOREVER)),
        most_seconds=int(given.get("MaximumRecordAgeInSeconds", _FOREVER)),
        on_failure=given.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", ""),
        at_once=int(given.get("ScalingConfig", {}).get("MaximumConcurrency", _MOST_AT_ONCE)),
    )

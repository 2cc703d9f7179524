"""The fields that Logs Insights discovers in an event of a log group.

docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.aws.environment import ACCOUNT
from local.aws.logs.insights.values import Moment, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_FIELDS = 200
_LAMBDA = re.compile(r"(START|END|REPORT) RequestId: (\S+)")
_REPORTED = {
    "@duration": re.compile(r"\tDuration: ([\d.]+) ms"),
    "@billedDuration": re.compile(r"\tBilled Duration: ([\d.]+) ms"),
    "@initDuration": re.compile(r"\tInit Duration: ([\d.]+) ms"),
    "@memorySize": re.compile(r"\tMemory Size: (\d+) MB"),
    "@maxMemoryUsed": re.compile(r"\tMax Memory Used: (\d+) MB"),
}
_IN_MEMORY = {"@memorySize", "@maxMemoryUsed"}


def row_of(event: Any, group: str, stream: str) -> dict[str, Value]:
    """Build a row with the fields of an event."""
    message = event.message
    return {
        **_discovered(message),
        "@timestamp": Moment(event.timestamp),
        "@ingestionTime": Moment(event.ingestion_time),
        "@message": message,
        "@logStream": stream,
        "@log": f"{ACCOUNT}:{group}",
        "@ptr": str(event.event_id),
    }


def _discovered(message: str) -> dict[str, Value]:
    match = _LAMBDA.match(message)
    if match:
        found: dict[str, Value] = {"@type": match[1], "@requestId": match[2]}
        for name, pattern in _REPORTED.items():
            number = pattern.search(message)
            if number:
                # In bytes, unlike in the text.
                found[name] = float(number[1]) * (1_000_000 if name in _IN_MEMORY else 1)
        return found
    if not message.startswith("{"):
        return {}
    try:
        told = json.loads(message)
    except ValueError:
        return {}
    fields: dict[str, Value] = {}
    for name, value in _flat("", told):
        if len(fields) == _MOST_FIELDS:
            break
        fields[name] = value
    return fields


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Value]]:
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in entries:
            yield from _flat(f"{prefix}.{name}" if prefix else str(name), each)
    elif isinstance(value, bool):
        yield prefix, int(value)
    elif value is not None:
        yield prefix, value

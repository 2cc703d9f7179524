"""Counts what calls to AWS are billed for, by the names of their prices."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from benchmarks.cost.capacity import item_bytes, read_units, write_units
from benchmarks.waits import LATENCY
from benchmarks.way import ASSUMED
from local.manifest import table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws

_PRICE_OF = {
    "s3 PutObject": "s3_puts",
    "s3 PutObjectTagging": "s3_puts",
    "s3 ListObjectsV2": "s3_puts",
    "s3 ListObjectVersions": "s3_puts",
    "s3 GetObject": "s3_gets",
    "s3 HeadObject": "s3_gets",
    "s3 GetObjectTagging": "s3_gets",
    "rekognition DetectModerationLabels": "rekognition",
}
_FREE = {
    "s3 DeleteObject",
    "s3 AbortMultipartUpload",
    "lambda Invoke",  # billed as the request of the function that is invoked
    "stepfunctions StartExecution",  # billed by transitions
    "stepfunctions DescribeExecution",
    "stepfunctions ListExecutions",
    "secretsmanager GetSecretValue",  # once for each execution environment
}
_SNS_REQUEST = 64 * 1024
_BILLED_KILOBYTES = 1024
_AT_ONCE = {"s3 PutObject"}
"""Calls that a function makes side by side if it makes several."""


class Counter:
    """Counts calls; what they cost besides time is in `quantities`, their time in `waiting`.

    Args:
        aws: where the tables are.
    """

    def __init__(self, aws: OfflineAws) -> None:
        self.quantities: dict[str, float] = defaultdict(float)
        self.waiting: dict[str, float] = defaultdict(float)
        self.writes_of_records = 0
        self._waited: set[tuple[str, str]] = set()
        self._dynamodb = aws.client("dynamodb")
        deployed = aws.deployment.resources.items()
        self._tables = {
            each.ref: name for name, each in deployed if each.type == "AWS::DynamoDB::Table"
        }

    def around(self, call: Call, perform: Callable[[], Any]) -> Any:
        """Count a call, and perform it."""
        if call.presigned:
            return perform()
        name = f"{call.service} {call.operation}"
        self._wait(call, name)
        if call.service == "dynamodb":
            return self._dynamodb_call(call, perform)
        if name == "sns Publish":
            size = len(str(call.parameters["Message"]).encode())
            self.quantities["sns_publishes"] += math.ceil(size / _SNS_REQUEST)
        elif name == "cloudfront CreateInvalidation":
            self.quantities["cloudfront_invalidations"] += 1
        elif call.service == "sqs":
            self.quantities["sqs_requests"] += 1
        elif name not in _FREE:
            self.quantities[_PRICE_OF[name]] += 1
        return perform()

    def _wait(self, call: Call, name: str) -> None:
        if name in _AT_ONCE and (call.caller, name) in self._waited:
            return
        self._waited.add((call.caller, name))
        seconds = LATENCY.get(name, 0.01)
        if call.service == "rekognition":
            seconds = ASSUMED.rekognition
        self.waiting[call.caller] += seconds

    def _dynamodb_call(self, call: Call, perform: Callable[[], Any]) -> Any:
        given = call.parameters
        match call.operation:
            case "PutItem" | "UpdateItem" | "DeleteItem":
                key = _key(given, self._keys(given))
                return self._write([(given["TableName"], key)], 1, perform)
            case "TransactWriteItems":
                writes = [each for item in given["TransactItems"] for each in item.values()]
                keys = [(each["TableName"], _key(each, self._keys(each))) for each in writes]
                return self._write(keys, 2, perform)
        answer = perform()
        match call.operation:
            case "GetItem":
                self._read([answer.get("Item", {})], consistent=given.get("ConsistentRead", False))
            case "BatchGetItem":
                for name, rows in answer["Responses"].items():
                    asked = given["RequestItems"][name]
                    for row in [*rows, *[{}] * (len(asked["Keys"]) - len(rows))]:
                        self._read([row], consistent=asked.get("ConsistentRead", False))
            case "Query" | "Scan":
                self._read(answer["Items"], consistent=given.get("ConsistentRead", False))
            case _:
                raise LookupError(call.operation)
        return answer

    def _read(self, items: list[Any], *, consistent: bool) -> None:
        size = sum(map(item_bytes, items))
        self.quantities["dynamodb_reads"] += read_units(size, consistent=consistent)

    def _write(self, keys: list[tuple[str, Any]], factor: int, perform: Callable[[], Any]) -> Any:
        before = [self._item(*each) for each in keys]
        try:
            return perform()
        finally:  # a write that a condition refuses costs as much
            for (name, key), old in zip(keys, before, strict=True):
                new = self._item(name, key)
                definition = table(self._tables[name])
                self.quantities["dynamodb_writes"] += factor * write_units(definition, old, new)
                if self._tables[name] == "ImagesTable" and old != new:
                    self.writes_of_records += 1

    def _item(self, name: str, key: Any) -> Any:
        found = self._dynamodb.get_item(TableName=name, Key=key, ConsistentRead=True)
        return found.get("Item")

    def _keys(self, given: Mapping[str, Any]) -> list[str]:
        definition = table(self._tables[given["TableName"]])
        return [each["AttributeName"] for each in definition["KeySchema"]]


def _key(given: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    item = given.get("Key") or given["Item"]
    return {name: item[name] for name in names}


def billed_events(size: int) -> int:
    """Return the events of EventBridge that one of a size in bytes is billed as."""
    return math.ceil(size / (64 * _BILLED_KILOBYTES))

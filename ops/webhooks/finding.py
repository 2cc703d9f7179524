"""Finds the images that had an outcome in a period, through the index by status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from image_pipeline.attribute_values import encode
from image_pipeline.list_index import BY_STATUS, KEYS, POSITION, partitions
from image_pipeline.schema import decode_record
from ops.webhooks.outcomes import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.rerun.pace import Pace, Patience

    Record = dict[str, Any]

_RECORDS_AT_ONCE = 100  # BatchGetItem's maximum


@dataclass
class Images:
    """The table of records.

    Args:
        dynamodb: a client.
        table: its name.
        pace: of read units.
        patience: with throttles.
    """

    dynamodb: Any
    table: str
    pace: Pace
    patience: Patience

    def known_since(self, time: datetime) -> Iterator[Record]:
        """Yield the records with an outcome of the images that became known since a time."""
        ids = (
            image_id
            for status in TERMINAL
            for partition in partitions(BY_STATUS, status)
            for image_id in self._ids(partition, _in_milliseconds(time))
        )
        while some := list(islice(ids, _RECORDS_AT_ONCE)):
            yield from self._records(dict.fromkeys(some))

    def _ids(self, partition: str, first: str) -> Iterator[str]:
        query: Any = {
            "TableName": self.table,
            "IndexName": BY_STATUS,
            "KeyConditionExpression": "#partition = :partition AND #position >= :first",
            "ExpressionAttributeNames": {"#partition": KEYS[BY_STATUS], "#position": POSITION},
            "ExpressionAttributeValues": {
                ":partition": encode(partition),
                ":first": encode(first),
            },
            "ReturnConsumedCapacity": "TOTAL",
        }
        while True:
            page = self.patience(partial(self.dynamodb.query, **query))
            self._spend(page.get("ConsumedCapacity", {}))
            yield from (item["image_id"]["S"] for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _records(self, image_ids: dict[str, None]) -> Iterator[Record]:
        keys = [{"image_id": encode(each)} for each in image_ids]
        wanted: Any = {self.table: {"Keys": keys, "ConsistentRead": True}}
        while wanted:
            answer = self.patience(partial(self._get, wanted))
            for capacity in answer.get("ConsumedCapacity", []):
                self._spend(capacity)
            yield from map(decode_record, answer["Responses"].get(self.table, []))
            wanted = answer.get("UnprocessedKeys")

    def _get(self, wanted: Any) -> Any:
        return self.dynamodb.batch_get_item(RequestItems=wanted, ReturnConsumedCapacity="TOTAL")

    def _spend(self, capacity: dict[str, Any]) -> None:
        self.pace.spend(capacity.get("CapacityUnits", 0))


def _in_milliseconds(time: datetime) -> str:
    """Write a time as positions begin."""
    in_utc = time.astimezone(UTC)
    return in_utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")

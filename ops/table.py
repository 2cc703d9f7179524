"""Reads the records of a stack: those with a status, all of them, or those at given keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from image_pipeline.attribute_values import encode
from image_pipeline.list_index import BY_STATUS, KEYS, POSITION, partitions
from image_pipeline.schema import decode_record
from local.uploads import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ops.pace import Pace, Patience
    from ops.rerun.selection import Selection

    Record = dict[str, Any]

# A scan reads one partition after the other, and each serves 3,000 units a second: a tenth of that
# leaves the pipeline alone. A page of the largest size, 1 MB, is 128 units.
READ_UNITS_PER_SECOND = 300.0
_RECORDS_AT_ONCE = 100  # BatchGetItem's maximum


@dataclass
class Table:
    """The table of records.

    Args:
        dynamodb: a client.
        name: of the table.
        pace: of read units.
        patience: with throttles.
        progress: called after each page of records.
    """

    dynamodb: Any
    name: str
    pace: Pace
    patience: Patience
    progress: Callable[[], None] = lambda: None
    read: int = 0

    def with_status(self, statuses: Iterable[str], first: str = "") -> Iterator[Record]:
        """Yield the records that the index by status lists, each once.

        The index follows the table within a fraction of a second, so a record may have another
        status by now. Records of releases without lists are in it once `ops rebuild` has run.

        Args:
            statuses: those that are wanted.
            first: the position from which on.
        """
        ids = (
            image_id
            for status in statuses
            for partition in partitions(BY_STATUS, status)
            for image_id in self._listed(partition, first)
        )
        seen: set[str] = set()
        while listed := list(islice(ids, _RECORDS_AT_ONCE)):
            # What is done about a record may put it into another list, which is still to be read.
            new = [each for each in dict.fromkeys(listed) if each not in seen]
            seen.update(new)
            yield from self._records(new)

    def selected(self, selection: Selection) -> Iterator[Record]:
        """Yield the records with one of the statuses of a selection that meet it."""
        return filter(selection.holds, self.with_status(selection.statuses))

    def scan(self, selection: Selection) -> Iterator[Record]:
        """Read the whole table, page by page, and yield the selected records."""
        parameters = selection.scan_parameters()
        while True:
            page = self.patience(partial(self._page, parameters))
            self._count(page["ScannedCount"], page.get("ConsumedCapacity", {}))
            yield from filter(selection.holds, map(decode_record, page["Items"]))
            if "LastEvaluatedKey" not in page:
                return
            parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def at(
        self,
        keys: Iterable[str],
        image_id_at: Callable[[str], str | None],
        selection: Selection,
        say: Callable[[str], None],
    ) -> Iterator[Record]:
        """Read the records at object keys, and yield the selected ones.

        Args:
            keys: of the objects.
            image_id_at: returns the id of the image at a key; only the stack knows its salt.
            selection: which of the records are yielded.
            say: called with a line for each key that is left out.
        """
        for key in keys:
            image_id = image_id_at(key)
            record = self._get(image_id) if image_id else None
            if record is None:
                say(f"{'no record':15}  {printable(key)}")
            elif not selection.holds(record):
                say(f"{'not selected':15}  {printable(key)}  {record['status']}")
            else:
                yield record

    def _listed(self, partition: str, first: str) -> Iterator[str]:
        """Yield the ids of the images in a partition of the index."""
        query: Any = {
            "TableName": self.name,
            "IndexName": BY_STATUS,
            "KeyConditionExpression": "#partition = :partition",
            "ExpressionAttributeNames": {"#partition": KEYS[BY_STATUS]},
            "ExpressionAttributeValues": {":partition": encode(partition)},
            "ReturnConsumedCapacity": "TOTAL",
        }
        if first:
            query["KeyConditionExpression"] += " AND #position >= :first"
            query["ExpressionAttributeNames"]["#position"] = POSITION
            query["ExpressionAttributeValues"][":first"] = encode(first)
        while True:
            page = self.patience(partial(self.dynamodb.query, **query))
            self._spend(page.get("ConsumedCapacity", {}))
            yield from (item["image_id"]["S"] for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _records(self, image_ids: list[str]) -> Iterator[Record]:
        keys = [{"image_id": encode(each)} for each in image_ids]
        wanted: Any = {self.name: {"Keys": keys, "ConsistentRead": True}} if keys else {}
        while wanted:
            answer = self.patience(partial(self._batch, wanted))
            found = answer["Responses"].get(self.name, [])
            self._count(len(found), *answer.get("ConsumedCapacity", []))
            yield from map(decode_record, found)
            wanted = answer.get("UnprocessedKeys")

    def _batch(self, wanted: Any) -> Any:
        return self.dynamodb.batch_get_item(RequestItems=wanted, ReturnConsumedCapacity="TOTAL")

    def _page(self, parameters: dict[str, Any]) -> Any:
        return self.dynamodb.scan(TableName=self.name, ReturnConsumedCapacity="TOTAL", **parameters)

    def _get(self, image_id: str) -> Record | None:
        answer = self.patience(
            lambda: self.dynamodb.get_item(
                TableName=self.name, Key={"image_id": encode(image_id)}, ConsistentRead=True
            )
        )
        return decode_record(answer["Item"]) if "Item" in answer else None

    def _count(self, records: int, *capacities: dict[str, Any]) -> None:
        self.read += records
        for each in capacities:
            self._spend(each)
        self.progress()

    def _spend(self, capacity: dict[str, Any]) -> None:
        self.pace.spend(capacity.get("CapacityUnits", 0))

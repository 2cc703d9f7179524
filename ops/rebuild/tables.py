"""Reads the two tables page by page, at a steady rate, and completes records."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline.attribute_values import encode
from image_pipeline.read_model.rows import IMAGE, Row, row_of
from image_pipeline.records import is_condition_unmet
from image_pipeline.schema import decode_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.pace import Pace, Patience

    Record = dict[str, Any]

# What no two states of a record have in common.
_STATE = ("revision", "status", "sequencer", "execution")


@dataclass
class Tables:
    """The records and the read model.

    Args:
        dynamodb: a client.
        images: the name of the table of records.
        read_model: the name of the table of the read model.
        pace: of read units.
        patience: with throttles.
        progress: called after each page.
    """

    dynamodb: Any
    images: str
    read_model: str
    pace: Pace
    patience: Patience
    progress: Callable[[], None]

    def records(self) -> Iterator[list[Record]]:
        """Read all records, page by page."""
        for page in self._pages(self.images):
            # Besides records, the table holds the sweep's own item.
            yield [each for each in page if "status" in each]

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Read the rows of images in the read model, with their ids."""
        wanted = {
            "FilterExpression": "sk = :image",
            "ExpressionAttributeValues": {":image": encode(IMAGE)},
        }
        for page in self._pages(self.read_model, **wanted):
            for each in page:
                yield each["pk"].partition("#")[2], row_of(each)

    def has_record(self, image_id: str) -> bool:
        """Return whether an image has a record now."""
        key = {"image_id": encode(image_id)}
        answer = self.patience(
            lambda: self.dynamodb.get_item(
                TableName=self.images, Key=key, ConsistentRead=True, ProjectionExpression="image_id"
            )
        )
        return "Item" in answer

    def complete(self, record: Record, missing: Record) -> bool:
        """Set attributes that a record lacks; return whether it was still as it was read."""
        names = {f"#{number}": name for number, name in enumerate([*missing, *_STATE])}
        values = {f":{number}": encode(value) for number, value in enumerate(missing.values())}
        conditions = []
        for number, name in enumerate(_STATE, len(missing)):
            if name in record:
                conditions.append(f"#{number} = :{number}")
                values[f":{number}"] = encode(record[name])
            else:
                conditions.append(f"attribute_not_exists(#{number})")
        sets = ", ".join(f"#{number} = :{number}" for number in range(len(missing)))
        try:
            self.patience(
                lambda: self.dynamodb.update_item(
                    TableName=self.images,
                    Key={"image_id": encode(record["image_id"])},
                    UpdateExpression=f"SET {sets}",
                    ConditionExpression=" AND ".join(conditions),
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                )
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise
            return False
        return True

    def _pages(self, table: str, **wanted: Any) -> Iterator[list[Record]]:
        while True:
            page = self.patience(partial(self._page, table, wanted))
            self.pace.spend(page.get("ConsumedCapacity", {}).get("CapacityUnits", 0))
            yield [decode_record(item) for item in page["Items"]]
            self.progress()
            if "LastEvaluatedKey" not in page:
                return
            wanted["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _page(self, table: str, wanted: Any) -> Any:
        return self.dynamodb.scan(TableName=table, ReturnConsumedCapacity="TOTAL", **wanted)

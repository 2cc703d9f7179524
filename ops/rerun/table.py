"""Reads the records of a stack: all of them by a slow scan, or those at given keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from image_pipeline.attribute_values import encode
from image_pipeline.schema import decode_record
from local.uploads import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ops.rerun.pace import Pace, Patience
    from ops.rerun.selection import Selection

# A scan reads one partition after the other, and each serves 3,000 units a second: a tenth of that
# leaves the pipeline alone. A page of the largest size, 1 MB, is 128 units.
READ_UNITS_PER_SECOND = 300.0


@dataclass
class Table:
    """The table of records.

    Args:
        dynamodb: a client.
        name: of the table.
        pace: of read units.
        patience: with throttles.
        progress: called after each page of a scan.
    """

    dynamodb: Any
    name: str
    pace: Pace
    patience: Patience
    progress: Callable[[], None]
    scanned: int = 0

    def scan(self, selection: Selection) -> Iterator[dict[str, Any]]:
        """Read the whole table, page by page, and yield the selected records."""
        parameters = selection.scan_parameters()
        while True:
            page = self.patience(partial(self._page, parameters))
            self.scanned += page["ScannedCount"]
            self.pace.spend(page.get("ConsumedCapacity", {}).get("CapacityUnits", 0))
            self.progress()
            records = (decode_record(item) for item in page["Items"])
            yield from (record for record in records if selection.holds(record))
            if "LastEvaluatedKey" not in page:
                return
            parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _page(self, parameters: dict[str, Any]) -> Any:
        return self.dynamodb.scan(TableName=self.name, ReturnConsumedCapacity="TOTAL", **parameters)

    def at(
        self,
        keys: Iterable[str],
        image_id_at: Callable[[str], str | None],
        selection: Selection,
        say: Callable[[str], None],
    ) -> Iterator[dict[str, Any]]:
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

    def _get(self, image_id: str) -> dict[str, Any] | None:
        answer = self.patience(
            lambda: self.dynamodb.get_item(
                TableName=self.name, Key={"image_id": encode(image_id)}, ConsistentRead=True
            )
        )
        return decode_record(answer["Item"]) if "Item" in answer else None

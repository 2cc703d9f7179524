"""Reads the records of a batch by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline import aws
from image_pipeline.attribute_values import encode
from image_pipeline.errors import Throttled
from image_pipeline.schema import decode_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    Record = dict[str, Any]

_BATCH = 100  # the most that BatchGetItem takes
_ATTEMPTS = 5
_NAMES = {
    "#id": "image_id",
    "#schema": "schema",
    "#status": "status",
    "#processed_at": "processed_at",
    "#moderation": "moderation",
    "#fingerprint": "fingerprint",
}


def records_of(table_name: str, image_ids: Sequence[str]) -> dict[str, Record]:
    """Read the records of images, those that exist, by id.

    Raises:
        Throttled: DynamoDB leaves some out again and again.
    """
    found: dict[str, Record] = {}
    for start in range(0, len(image_ids), _BATCH):
        keys: Any = [{"image_id": encode(each)} for each in image_ids[start : start + _BATCH]]
        for item in _batch(table_name, keys):
            found[item["image_id"]] = item
    return found


def _batch(table_name: str, keys: Any) -> list[Record]:
    found: list[Record] = []
    for _ in range(_ATTEMPTS):
        wanted: Any = {
            "Keys": keys,
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(_NAMES),
            "ExpressionAttributeNames": _NAMES,
        }
        answer: Any = aws.dynamodb().batch_get_item(RequestItems={table_name: wanted})
        found += [decode_record(item) for item in answer["Responses"].get(table_name, [])]
        keys = answer.get("UnprocessedKeys", {}).get(table_name, {}).get("Keys")
        if not keys:
            return found
    raise Throttled("DynamoDB leaves records out of its answers")

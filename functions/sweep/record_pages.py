"""Reads many records at once: by their ids, or one page of the table after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline import aws
from image_pipeline.attribute_values import decode, encode
from image_pipeline.schema import decode_record
from sweep.pacing import backoffs, patiently

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    Record = dict[str, Any]

_BATCH = 100  # the most that BatchGetItem takes
_PAGE = 500
# What tells whether a record is of what its key holds.
_NAMES = {
    "#id": "image_id",
    "#key": "key",
    "#status": "status",
    "#reason": "reason",
    "#version": "version",
    "#source": "source",
    "#version_id": "version_id",
    "#open": "open",
    "#displaced": "displaced",
}
_PROJECTION = "#id, #key, #status, #reason, #version, #source.#version_id, #open, #displaced"


def records_of(table_name: str, image_ids: Sequence[str], pool: Executor) -> dict[str, Record]:
    """Read the records of images, those that exist, by id; eventually consistent."""
    batches = [image_ids[start : start + _BATCH] for start in range(0, len(image_ids), _BATCH)]
    found: dict[str, Record] = {}
    for records in pool.map(lambda batch: _batch(table_name, batch), batches):
        found |= {record["image_id"]: record for record in records}
    return found


def _batch(table_name: str, image_ids: Sequence[str]) -> list[Record]:
    keys: Any = [{"image_id": encode(each)} for each in image_ids]
    found: list[Record] = []
    waits = backoffs()
    while True:
        answer = _answer(table_name, keys)
        found += [decode_record(item) for item in answer["Responses"].get(table_name, [])]
        left = answer.get("UnprocessedKeys", {}).get(table_name)
        if not left:
            return found
        keys = left["Keys"]
        next(waits)


def _answer(table_name: str, keys: Any) -> Any:
    wanted: Any = {
        "Keys": keys,
        "ProjectionExpression": _PROJECTION,
        "ExpressionAttributeNames": _NAMES,
    }
    return patiently(lambda: aws.dynamodb().batch_get_item(RequestItems={table_name: wanted}))


def page_of_records(table_name: str, after_id: str) -> tuple[list[Record], str]:
    """Read the records after an id, in the order of the table.

    Returns:
        The records, and the id of the last one; "" after the last page.
    """
    given: Any = {"ExclusiveStartKey": {"image_id": encode(after_id)}} if after_id else {}
    answer: Any = patiently(
        lambda: aws.dynamodb().scan(
            TableName=table_name,
            Limit=_PAGE,
            ProjectionExpression=_PROJECTION,
            ExpressionAttributeNames=_NAMES,
            **given,
        )
    )
    following = answer.get("LastEvaluatedKey", {}).get("image_id", encode(""))
    items = (decode_record(item) for item in answer["Items"])
    # Besides records, the table holds the sweep's own item.
    return [item for item in items if "status" in item], str(decode(following))

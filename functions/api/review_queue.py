"""The images in review, the oldest first, and the near-duplicates among them."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from image_pipeline import aws
from image_pipeline.attribute_values import decode_item, encode
from image_pipeline.list_index import BY_STATUS, KEYS, POSITION, partitions
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NEAR = 6
"""In how many of 64 bits the hashes of near-duplicates may differ."""


def waiting(table_name: str, page: int = 50) -> Iterator[str]:
    """Yield the positions of the images in review, the oldest first.

    Args:
        table_name: of the records.
        page: how many entries of each partition to read at a time.
    """
    shards = partitions(BY_STATUS, Status.REVIEW)
    return heapq.merge(*(_positions(table_name, shard, page) for shard in shards))


def count(table_name: str) -> int:
    """Count the images in review."""
    found = 0
    for shard in partitions(BY_STATUS, Status.REVIEW):
        found += sum(each["Count"] for each in _pages(table_name, shard, Select="COUNT"))
    return found


def _positions(table_name: str, shard: str, page: int) -> Iterator[str]:
    for answer in _pages(table_name, shard, ProjectionExpression="#position", Limit=page):
        yield from (decode_item(each)[POSITION] for each in answer["Items"])


def _pages(table_name: str, shard: str, **given: Any) -> Iterator[Any]:
    names = {"#shard": KEYS[BY_STATUS]}
    if "ProjectionExpression" in given:
        names["#position"] = POSITION
    while True:
        answer: Any = aws.dynamodb().query(
            TableName=table_name,
            IndexName=BY_STATUS,
            KeyConditionExpression="#shard = :shard",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":shard": encode(shard)},
            **given,
        )
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        given["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def near(record: dict[str, Any], others: Iterable[dict[str, Any]]) -> list[tuple[int, Any]]:
    """Return the records of near-duplicates with their distances in bits, the nearest first; pure.

    Args:
        record: of an image.
        others: records of further images.
    """
    own = _hash_of(record)
    if own is None:
        return []
    found = [
        ((own ^ other).bit_count(), each)
        for each in others
        if (other := _hash_of(each)) is not None and each["image_id"] != record["image_id"]
    ]
    close = [each for each in found if each[0] <= NEAR]
    return sorted(close, key=lambda each: (each[0], each[1]["image_id"]))


def _hash_of(record: dict[str, Any]) -> int | None:
    text = record.get("placeholder", {}).get("difference_hash")
    return int(text, 16) if text else None

"""How many images wait for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline import aws
from image_pipeline.attribute_values import encode
from image_pipeline.list_index import BY_STATUS, KEYS, partitions
from image_pipeline.status import Status

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sweep.pacing import Time


def images_in_review(table_name: str, pool: Executor, time: Time) -> int | None:
    """Count the images in review; None if there is no time to count them all."""
    shards = partitions(BY_STATUS, Status.REVIEW)
    counts = list(pool.map(lambda shard: _count(table_name, shard, time), shards))
    known = [each for each in counts if each is not None]
    return sum(known) if len(known) == len(counts) else None


def _count(table_name: str, shard: str, time: Time) -> int | None:
    found = 0
    given: Any = {}
    while not time.is_up:
        answer = aws.dynamodb().query(
            TableName=table_name,
            IndexName=BY_STATUS,
            Select="COUNT",
            KeyConditionExpression="#shard = :shard",
            ExpressionAttributeNames={"#shard": KEYS[BY_STATUS]},
            ExpressionAttributeValues={":shard": encode(shard)},
            **given,
        )
        found += answer["Count"]
        if "LastEvaluatedKey" not in answer:
            return found
        given = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    return None

"""Part three of a sweep: records whose object is gone without leaving a delete marker."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.attribute_values import encode
from image_pipeline.records import is_condition_unmet
from image_pipeline.status import Status
from sweep.decisions import is_unindexed, may_be_gone
from sweep.listing import Position
from sweep.record_pages import page_of_records

if TYPE_CHECKING:
    from sweep.decisions import Record
    from sweep.state import State
    from sweep.walker import Walker


def walk_over_table(walker: Walker, state: State, seen: frozenset[str] | None) -> None:
    """Start an execution for every record whose key holds nothing any more.

    Args:
        walker: where to walk, and how far.
        state: remembers where the walk stops.
        seen: ids of the images of all keys in the bucket, if they are known.
    """
    progress = state.table
    while True:
        records, after = page_of_records(walker.table_name, progress.after.key)
        for record in filter(is_unindexed, records):
            _index(walker.table_name, record["image_id"])
        gone = _start_gone(walker, [each for each in records if may_be_gone(each, seen)])
        if walker.starter.is_full:
            return
        progress = progress.after_page(Position(after), time.time(), len(records), has_found=gone)
        state.save_table(progress)
        if not after or walker.time.is_up:
            return


def _start_gone(walker: Walker, records: list[Record]) -> bool:
    heads = walker.heads(record["key"] for record in records)
    gone = [record for record, found in zip(records, heads, strict=True) if found is None]
    now = datetime.now(UTC)
    starts = [
        walker.pool.submit(walker.starter.start, record["image_id"], record["key"], now)
        for record in gone
    ]
    for start in starts:
        start.result()
    return bool(gone)


def _index(table_name: str, image_id: str) -> None:
    """Put an open record into the index."""
    try:
        aws.dynamodb().update_item(
            TableName=table_name,
            Key={"image_id": encode(image_id)},
            UpdateExpression="SET #open = :open",
            ConditionExpression="#status = :processing OR attribute_exists(displaced)",
            ExpressionAttributeNames={"#open": "open", "#status": "status"},
            ExpressionAttributeValues={
                ":open": encode(image_id[0]),
                ":processing": encode(Status.PROCESSING),
            },
        )
    except ClientError as error:
        if not is_condition_unmet(error):
            raise

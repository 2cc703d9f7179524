"""What sweeps remember and how they exclude each other: one item in the table of records."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.attribute_values import decode_item, encode
from image_pipeline.records import is_condition_unmet
from sweep.rounds import Round, read, stored

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEM = "sweep"
"""Its id, which no image can have."""


@dataclass(frozen=True)
class State:
    """The item, held by one sweep.

    Args:
        table_name: of the records.
        holder: the sweep that may write.
        bucket: the round over the bucket.
        table: the round over the table.
    """

    table_name: str
    holder: str
    bucket: Round
    table: Round

    def save_bucket(self, progress: Round) -> None:
        """Save how far the round over the bucket has come."""
        self._set("bucket_round", stored(progress))

    def save_table(self, progress: Round) -> None:
        """Save how far the round over the table has come."""
        self._set("table_round", stored(progress))

    def release(self) -> None:
        """Let the next sweep hold the item."""
        self._set("held_until", 0)

    def _set(self, name: str, value: Any) -> None:
        aws.dynamodb().update_item(
            TableName=self.table_name,
            Key={"image_id": encode(ITEM)},
            UpdateExpression="SET #name = :value",
            ConditionExpression="holder = :holder",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":holder": encode(self.holder), ":value": encode(value)},
        )


@contextmanager
def held(table_name: str, holder: str, seconds: float) -> Iterator[State | None]:
    """Context manager that holds the item for a sweep.

    Args:
        table_name: of the records.
        holder: a name that no other sweep has.
        seconds: after which the sweep has ended for certain; then another one may hold it.

    Yields:
        The state, or None if another sweep holds it.
    """
    state = _taken(table_name, holder, seconds)
    try:
        yield state
    finally:
        if state is not None:
            state.release()


def _taken(table_name: str, holder: str, seconds: float) -> State | None:
    now = time.time()
    try:
        answer = aws.dynamodb().update_item(
            TableName=table_name,
            Key={"image_id": encode(ITEM)},
            UpdateExpression="SET holder = :holder, held_until = :until",
            ConditionExpression="attribute_not_exists(held_until) OR held_until < :now",
            ExpressionAttributeValues={
                ":holder": encode(holder),
                ":until": encode(now + seconds),
                ":now": encode(now),
            },
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if not is_condition_unmet(error):
            raise
        return None
    found = decode_item(answer["Attributes"])
    rounds = (read(found.get(name)) for name in ("bucket_round", "table_round"))
    return State(table_name, holder, *rounds)

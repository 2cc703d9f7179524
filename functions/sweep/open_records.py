"""The records that are open, read from the index that holds nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline import aws
from image_pipeline.attribute_values import encode
from image_pipeline.schema import decode_record
from image_pipeline.settling import RERUN, RESTART
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from sweep.pacing import Time

INDEX = "open"
_FIRST_CHARACTERS = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """An entry of the index.

    `restarts` counts the restarts by the sweep that have claimed the record. `displaced` are the
    executions that have lost it while they worked on another version.
    """

    image_id: str
    key: str
    status: str
    claimed_at: str
    sequencer: str
    execution: str
    awaits: str | None = None
    restarts: int = 0
    displaced: tuple[str, ...] = ()

    @property
    def is_in_work(self) -> bool:
        """Whether its outcome is not known yet."""
        return self.status == Status.PROCESSING or self.awaits in {RESTART, RERUN}


def entry_of(record: dict[str, Any]) -> OpenRecord:
    """Return the part of a record that the index holds."""
    return OpenRecord(
        image_id=record["image_id"],
        key=record["key"],
        status=record["status"],
        claimed_at=record["claimed_at"],
        sequencer=record["sequencer"],
        execution=record["execution"],
        awaits=record.get("awaits"),
        restarts=record.get("restarts", 0),
        displaced=tuple(record.get("displaced", ())),
    )


def open_records(table_name: str, pool: Executor, time: Time) -> list[OpenRecord]:
    """Read the index, each partition from its oldest record on, as far as time permits."""
    pages = pool.map(lambda first: list(_partition(table_name, first, time)), _FIRST_CHARACTERS)
    return sorted((each for page in pages for each in page), key=lambda each: each.claimed_at)


def _partition(table_name: str, first: str, time: Time) -> Iterator[OpenRecord]:
    given: Any = {}
    while not time.is_up:
        answer = aws.dynamodb().query(
            TableName=table_name,
            IndexName=INDEX,
            KeyConditionExpression="#open = :open",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={":open": encode(first)},
            **given,
        )
        for item in answer["Items"]:
            yield entry_of(decode_record(item))
        if "LastEvaluatedKey" not in answer:
            return
        given = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

"""The records of a stream, as states of images; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from image_pipeline.read_model.contribution import contribution, order_of
from image_pipeline.read_model.projection import State
from image_pipeline.schema import decode_record

if TYPE_CHECKING:
    from collections.abc import Iterable

# After everything that the removed record was, and before what a new one with its id may be.
_GONE = "~"


class Batch(NamedTuple):
    """A batch of a stream.

    Args:
        states: the last state of each image, by id.
        first: the sequence number of the first record of each image.
        unreadable: the errors of records that are no records of images, by sequence number.
        oldest: when the first record was written, in seconds since 1970.
    """

    states: dict[str, State]
    first: dict[str, str]
    unreadable: dict[str, Exception]
    oldest: float


def batch_of(records: Iterable[dict[str, Any]]) -> Batch:
    """Read a batch: the records of an image are in the order in which they were written."""
    batch = Batch({}, {}, {}, min(_written_at(each) for each in records))
    for record in records:
        change = record["dynamodb"]
        number: str = change["SequenceNumber"]
        try:
            image_id = str(change["Keys"]["image_id"]["S"])
            state = _state(change)
        except Exception as error:  # noqa: BLE001 - one record must not keep the others out
            batch.unreadable[number] = error
            continue
        batch.first.setdefault(image_id, number)
        batch.states[image_id] = state
    return batch


def failures(batch: Batch, failed: Iterable[str]) -> list[dict[str, str]]:
    """Return what Lambda is told: from the first of these records on, it delivers again.

    Args:
        batch: that was applied.
        failed: the ids of the images that could not be applied.
    """
    numbers = [*batch.unreadable, *(batch.first[each] for each in failed)]
    return [{"itemIdentifier": number} for number in sorted(numbers, key=int)]


def _state(change: dict[str, Any]) -> State:
    if "NewImage" not in change:
        return State(order_of(decode_record(change["OldImage"])) + _GONE, None)
    record = decode_record(change["NewImage"])
    return State(order_of(record), contribution(record))


def _written_at(record: dict[str, Any]) -> float:
    return float(record["dynamodb"]["ApproximateCreationDateTime"])

"""Reads the lists of images from the indexes of the table, and the records that they name.

An index follows the table within a fraction of a second, so it only says where to look: what is
shown comes from the records themselves, in consistent reads.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from api.errors import UnavailableError
from api.merging import NEWEST, OLDEST, Chunk
from api.periods import as_text, beginning, end
from api.view import is_gone
from image_pipeline import aws
from image_pipeline.attribute_values import decode, decode_item, encode
from image_pipeline.list_index import ALL, BY_OWNER, BY_STATUS, KEYS, POSITION, partitions
from image_pipeline.schema import decode_record
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.caller import Caller
    from api.merging import Source
    from api.routing import Request

    Record = dict[str, Any]

# DynamoDB leaves keys of a batch for another call when it is short of capacity, or at 16 MB.
_TRIES = 4
_KEYS = "#partition = :partition AND #position BETWEEN :since AND :below"
_NOT_EXPIRED = "(attribute_not_exists(#expires) OR #expires > :now)"


class Filters(NamedTuple):
    """Which images are wanted.

    Args:
        caller: who may not know of all images.
        status: only those with this status; None for all that are not deleted.
        since: position from which on.
        until: position up to which.
        query: only those with all of its words; None for all.
        now: the time, in seconds since 1970, to leave out what has expired.
    """

    caller: Caller
    status: str | None
    since: str
    until: str
    query: str | None
    now: int

    @property
    def owner(self) -> str | None:
        """The only owner whose images are wanted; None for everybody's."""
        return None if self.caller.sees_all else self.caller.subject

    @property
    def fixed(self) -> tuple[str | None, ...]:
        """What stays the same from page to page."""
        return (self.owner, self.status, self.since, self.until, self.query)

    def fit(self, record: Record) -> bool:
        """Return whether an image is wanted, by its record."""
        position = f"{record['created_at']}#{record['image_id']}"
        has_status = record["status"] == self.status
        is_listed = has_status if self.status else record["status"] != Status.DELETED
        is_in_period = self.since <= position <= self.until
        is_known = self.caller.sees(record) and not is_gone(record, self.now)
        return is_listed and is_in_period and is_known


def filters_of(request: Request) -> Filters:
    """Return the filters that a request names.

    Raises:
        BadRequestError: a time is malformed.
    """
    given = request.arguments
    since = as_text(beginning(given["from"])) if "from" in given else OLDEST
    # After every id.
    until = f"{as_text(end(given['to']))}#~" if "to" in given else NEWEST
    status, query = given.get("status"), given.get("q")
    return Filters(request.caller, status, since, until, query, int(time.time()))


def sources(table_name: str, filters: Filters) -> list[Source]:
    """Return the partitions of the index that holds the least besides the wanted images."""
    index, value = ALL, ""
    if filters.owner is not None:
        index, value = BY_OWNER, filters.owner
    elif filters.status is not None:
        index, value = BY_STATUS, filters.status
    return [
        _Partition(table_name, index, partition, filters).read
        for partition in partitions(index, value)
    ]


class _Partition(NamedTuple):
    """One partition of an index, newest first."""

    table_name: str
    name: str
    partition: str
    filters: Filters

    def read(self, below: str, size: int) -> Chunk:
        """Find positions that are smaller than one; a `Source`."""
        since, status = self.filters.since, self.filters.status
        if below < since:
            return Chunk((), None)
        names = {"#partition": KEYS[self.name], "#position": POSITION, "#expires": "expires"}
        values = {
            ":partition": self.partition,
            ":since": since,
            ":below": below,
            ":now": self.filters.now,
        }
        wanted = _NOT_EXPIRED
        if self.name == BY_OWNER and status is not None:
            names["#status"], values[":status"] = "status", status
            wanted += " AND #status = :status"
        answer: Any = aws.dynamodb().query(
            TableName=self.table_name,
            IndexName=self.name,
            KeyConditionExpression=_KEYS,
            FilterExpression=wanted,
            ProjectionExpression="#position",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={name: encode(value) for name, value in values.items()},
            ScanIndexForward=False,
            Limit=size,
        )
        found = [decode_item(item)[POSITION] for item in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        return Chunk(
            # BETWEEN includes its bounds, and there is no other way to give two.
            [position for position in found if position < below],
            decode(last[POSITION]) if last else None,
        )


def records_at(
    table_name: str, positions: Sequence[str], attributes: Sequence[str]
) -> list[Record | None]:
    """Read some attributes of the records at positions, up to 100.

    Raises:
        UnavailableError: DynamoDB has no capacity for so many.
    """
    ids = [position.rpartition("#")[2] for position in positions]
    names = {f"#{number}": name for number, name in enumerate({"image_id", *attributes})}
    keys: Any = [{"image_id": encode(image_id)} for image_id in ids]
    found: dict[str, Record] = {}
    for _ in range(_TRIES):
        answer: Any = aws.dynamodb().batch_get_item(
            RequestItems={
                table_name: {
                    "Keys": keys,
                    "ConsistentRead": True,
                    "ProjectionExpression": ", ".join(names),
                    "ExpressionAttributeNames": names,
                }
            }
        )
        for item in answer["Responses"].get(table_name, []):
            record = decode_record(item)
            found[record["image_id"]] = record
        keys = answer.get("UnprocessedKeys", {}).get(table_name, {}).get("Keys")
        if not keys:
            return [found.get(image_id) for image_id in ids]
    raise UnavailableError("Please try again in a few seconds.", headers={"retry-after": "5"})

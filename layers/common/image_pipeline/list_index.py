"""The attributes of a record by which the indexes of the table list images.

An index partition takes 1,000 writes a second. At 1,000 uploads a second each index is written
about 3,000 times: an item appears, and every change of the status removes it from one place and
adds it to another. Eight shards take 375 writes a second each. A shard follows from the id, so that
every write of a record knows it, and DynamoDB updates the indexes with the record.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARDS = 8
"""How many partitions each list has."""

POSITION = "position"
"""Sort key of all indexes: when the image became known, and its id."""

ALL, BY_STATUS, BY_OWNER = "listed", "by_status", "by_owner"
"""Names of the indexes."""

KEYS = {ALL: "listed", BY_STATUS: "listed_status", BY_OWNER: "listed_owner"}
"""Partition key of each index."""

ATTRIBUTES = frozenset({POSITION, *KEYS.values()})
"""All attributes that only the indexes need; they follow from the others."""


def shard_of(image_id: str) -> int:
    """Return the shard of an image."""
    return zlib.crc32(image_id.encode()) % SHARDS


def partitions(index: str, value: str = "") -> list[str]:
    """Return the values of an index's partition key: one for each shard.

    Args:
        index: its name.
        value: the status or the owner.
    """
    return [str(shard) if index == ALL else f"{value}#{shard}" for shard in range(SHARDS)]


def list_attributes(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes that put a record into the indexes.

    A deleted image is listed only among the deleted.
    """
    image_id = record["image_id"]
    shard = shard_of(image_id)
    found = {
        POSITION: f"{record['created_at']}#{image_id}",
        KEYS[BY_STATUS]: f"{record['status']}#{shard}",
    }
    if record["status"] != Status.DELETED:
        found[KEYS[ALL]] = str(shard)
        if "owner" in record:
            found[KEYS[BY_OWNER]] = f"{record['owner']}#{shard}"
    return found


def change_of_status(image_id: str, status: str) -> tuple[dict[str, str], frozenset[str]]:
    """Return the attributes that a new status sets, and the names of those that it removes."""
    unlisted = {KEYS[ALL], KEYS[BY_OWNER]} if status == Status.DELETED else ()
    return {KEYS[BY_STATUS]: f"{status}#{shard_of(image_id)}"}, frozenset(unlisted)

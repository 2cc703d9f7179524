"""Capacity units of DynamoDB, computed from items; pure.

docs.aws.amazon.com/amazondynamodb/latest/developerguide: CapacityUnitCalculations.html for sizes,
read-write-operations.html for units, GSI.html for writes to indexes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Item = Mapping[str, Mapping[str, Any]]

_READ_UNIT, _WRITE_UNIT = 4096, 1024
_BYTES_OF_STORAGE = 100  # of each item and index entry, in HowItWorks.ReadWriteCapacityMode.html
_BYTES_OF_A_COLLECTION, _BYTES_OF_AN_ELEMENT = 3, 1


def item_bytes(item: Item) -> int:
    """Return the size of an item: names and values of its attributes."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, given),) = value.items()
    match kind:
        case "S":
            return len(given.encode())
        case "B":
            return len(given)
        case "N":
            return math.ceil(len(given.strip("-0.").replace(".", "")) / 2) + 1
        case "BOOL" | "NULL":
            return 1
        case "SS":
            return sum(len(each.encode()) for each in given)
        case "L":
            elements = (_value_bytes(each) + _BYTES_OF_AN_ELEMENT for each in given)
            return _BYTES_OF_A_COLLECTION + sum(elements)
        case "M":
            return _BYTES_OF_A_COLLECTION + item_bytes(given) + _BYTES_OF_AN_ELEMENT * len(given)
    message = f"attributes of the type {kind} are not measured"
    raise ValueError(message)


def read_units(size: int, *, consistent: bool) -> float:
    """Return the units of a read of items with a size in bytes."""
    units = max(1, math.ceil(size / _READ_UNIT))
    return units if consistent else units / 2


def write_units(table: Mapping[str, Any], before: Item | None, after: Item | None) -> int:
    """Return the units of a write: those of the table, and of every index that it changes.

    Args:
        table: its definition as CreateTable takes it.
        before: the item, None if there was none.
        after: the item, None if it was deleted.
    """
    keys = [each["AttributeName"] for each in table["KeySchema"]]
    indexes = table.get("GlobalSecondaryIndexes", [])
    return _units(before, after) + sum(
        _index_units(index, keys, before, after) for index in indexes
    )


def _units(*items: Item | None) -> int:
    largest = max((item_bytes(each) for each in items if each), default=0)
    return max(1, math.ceil(largest / _WRITE_UNIT))


def _index_units(
    index: Mapping[str, Any], table_keys: Sequence[str], before: Item | None, after: Item | None
) -> int:
    old, new = _entry(index, table_keys, before), _entry(index, table_keys, after)
    if old == new:
        return 0
    own_keys = [each["AttributeName"] for each in index["KeySchema"]]
    if old and new and any(old[name] != new[name] for name in own_keys):
        return _units(old) + _units(new)  # an entry is deleted, and another one is put
    return _units(old, new)


def stored_bytes(table: Mapping[str, Any], item: Item) -> int:
    """Return the billed size of an item and of its entries in indexes."""
    keys = [each["AttributeName"] for each in table["KeySchema"]]
    entries = [_entry(each, keys, item) for each in table.get("GlobalSecondaryIndexes", [])]
    return sum(item_bytes(each) + _BYTES_OF_STORAGE for each in (item, *entries) if each)


def _entry(
    index: Mapping[str, Any], table_keys: Sequence[str], item: Item | None
) -> dict[str, Mapping[str, Any]] | None:
    own_keys = [each["AttributeName"] for each in index["KeySchema"]]
    if item is None or any(name not in item for name in own_keys):
        return None
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return dict(item)
    names = {*own_keys, *table_keys, *projection.get("NonKeyAttributes", [])}
    return {name: value for name, value in item.items() if name in names}

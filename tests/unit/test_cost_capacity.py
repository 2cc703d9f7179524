"""Capacity units of DynamoDB, by the examples and rules of its documentation."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.cost.capacity import item_bytes, read_units, stored_bytes, write_units

TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "KeySchema": [{"AttributeName": "open", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["status"]},
        }
    ],
}


def item(size: int = 0, **attributes: str) -> dict[str, Any]:
    return {"id": {"S": "i"}, "text": {"S": "x" * size}} | {
        name: {"S": value} for name, value in attributes.items()
    }


def test_the_size_of_an_item_counts_names_and_values() -> None:
    assert item_bytes({"é": {"S": "é"}}) == 4
    assert item_bytes({"n": {"N": "12345"}}) == 1 + 4
    assert item_bytes({"b": {"BOOL": True}}) == 2
    assert item_bytes({"l": {"L": [{"S": "ab"}, {"NULL": True}]}}) == 1 + 3 + 3 + 2
    assert item_bytes({"m": {"M": {"k": {"S": "v"}}}}) == 1 + 3 + 1 + 2


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(0, True, 1), (4096, True, 1), (4097, True, 2), (0, False, 0.5)],
)
def test_a_read_takes_a_unit_for_4_kilobytes(size: int, consistent: bool, units: float) -> None:
    assert read_units(size, consistent=consistent) == units


def test_a_write_takes_a_unit_for_a_kilobyte_of_the_larger_state() -> None:
    assert write_units(TABLE, None, item(100)) == 1
    assert write_units(TABLE, item(3000), item(100)) == 3
    assert write_units(TABLE, item(100), None) == 1


def test_an_index_takes_units_only_if_its_entry_changes() -> None:
    known = item(open="a", status="new")
    assert write_units(TABLE, known, known | item(500, open="a", status="new")) == 1
    assert write_units(TABLE, None, known) == 2
    assert write_units(TABLE, known, item(open="a", status="done")) == 2
    assert write_units(TABLE, known, item()) == 2


def test_a_changed_key_of_an_index_deletes_an_entry_and_puts_another() -> None:
    assert write_units(TABLE, item(open="a"), item(open="b")) == 3


def test_storage_counts_each_entry_and_100_bytes_for_it() -> None:
    entry = item_bytes({"id": {"S": "i"}, "open": {"S": "a"}})
    assert stored_bytes(TABLE, item(open="a")) == item_bytes(item(open="a")) + entry + 200

"""DynamoDB's guarantees that moto lacks: atomic writes, transactions, and records of streams.

moto checks a condition and writes in two steps, between which another thread may write. It copies
whole tables to roll a transaction back, and thereby loses what others write meanwhile. It records
a first update of an item twice, and an update that changes nothing once; a stream does neither.
A query compares all items of the table instead of those of one partition.
"""

from __future__ import annotations

import copy
import inspect
import json
import threading
import time
import uuid
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import StreamShard, Table

from local.aws.environment import REGION
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # The ARN of a stream and a record of it, as Lambda passes it to a function.
    Receive = Callable[[str, dict[str, Any]], None]

_ONE_AT_A_TIME = ("get_item", "query", "scan", "put_item", "delete_item")
_TABLE: Any = Table
_lock = threading.RLock()
_local = threading.local()  # `selected` items of a query, `changes` of a write that is not done


@contextmanager
def atomic(receive: Receive) -> Iterator[None]:
    """Context manager in which moto's DynamoDB works like this.

    Args:
        receive: called with each record of a stream, in the order of the writes. It must not wait.
    """
    with ExitStack() as patches:
        for name in _ONE_AT_A_TIME:
            genuine = getattr(DynamoDBBackend, name)
            patches.enter_context(replaced(DynamoDBBackend, name, _alone(genuine)))
        for owner, name, replacement in (
            (DynamoDBBackend, "update_item", _once(DynamoDBBackend.update_item, receive)),
            (
                DynamoDBBackend,
                "transact_write_items",
                _all_or_nothing(DynamoDBBackend.transact_write_items, receive),
            ),
            (StreamShard, "add", _adding(receive)),
            (Table, "query", _of_partition(_TABLE.query)),
            (Table, "all_items", _items(_TABLE.all_items)),
            (models, "copy", SimpleNamespace(deepcopy=_copied, copy=copy.copy)),
        ):
            patches.enter_context(replaced(owner, name, replacement))
        yield


def _alone(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        with _lock:
            return genuine(*arguments, **options)

    return call


def _once(genuine: Callable[..., Any], receive: Receive) -> Callable[..., Any]:
    """Record an update with its last state only, if it is not part of a transaction."""

    def update_item(*arguments: Any, **options: Any) -> Any:
        with _lock, _collected(receive, last_only=True):
            return genuine(*arguments, **options)

    return update_item


def _all_or_nothing(genuine: Callable[..., Any], receive: Receive) -> Callable[..., Any]:
    def transact_write_items(backend: Any, transact_items: list[dict[str, Any]]) -> None:
        with _lock, _collected(receive):
            before = [_held(backend, each) for each in transact_items]
            try:
                genuine(backend, transact_items)
            except Exception:
                for restore in before:
                    restore()
                raise

    return transact_write_items


def _held(backend: Any, action: dict[str, Any]) -> Callable[[], None]:
    """Return a function that puts an item back as it is now."""
    ((kind, given),) = action.items()
    table = backend.tables.get(given.get("TableName", ""))
    keys = given.get("Item" if kind == "Put" else "Key", {})
    if table is None or not keys.keys() >= set(_keys(table)):
        return lambda: None
    hash_key, range_key = backend.get_keys_value(table, keys)
    item = copy.deepcopy(table.get_item(hash_key, range_key))

    def restore() -> None:
        found = table.items[hash_key] if range_key else table.items
        key = range_key or hash_key
        if item is None:
            found.pop(key, None)
        else:
            found[key] = item

    return restore


def _copied(value: Any) -> Any:
    """Copy anything but a table, which `_held` makes unnecessary."""
    return value if isinstance(value, Table) else copy.deepcopy(value)


@contextmanager
def _collected(receive: Receive, *, last_only: bool = False) -> Iterator[None]:
    """Context manager that passes on the changes of a write once it has succeeded."""
    outer: list[tuple[str, dict[str, Any]]] | None = getattr(_local, "changes", None)
    collected: list[tuple[str, dict[str, Any]]] = []
    _local.changes = collected
    try:
        yield
    finally:
        _local.changes = outer
    made = collected[-1:] if last_only else collected
    if outer is not None:
        outer += made
        return
    for stream, record in made:
        receive(stream, record)


def _adding(receive: Receive) -> Callable[..., None]:
    def add(shard: Any, old: Any, new: Any) -> None:
        record = _record(shard, old, new)
        if record is None:
            return
        stream = f"{shard.table.table_arn}/stream/{shard.table.latest_stream_label}"
        changes = getattr(_local, "changes", None)
        if changes is None:
            receive(stream, record)
        else:
            changes.append((stream, record))

    return add


def _record(shard: Any, old: Any, new: Any) -> dict[str, Any] | None:
    """Describe a change as DynamoDB's stream does; None if nothing has changed."""
    table = shard.table
    images = {
        name: json.loads(json.dumps(item.to_json()["Attributes"]))
        for name, item in (("OldImage", old), ("NewImage", new))
        if item is not None
    }
    if images.get("OldImage") == images.get("NewImage"):
        return None
    view = table.stream_specification["StreamViewType"]
    known = next(iter(images.values()))
    shard.starting_sequence_number += 1
    change = {
        "ApproximateCreationDateTime": int(time.time()),
        "Keys": {name: known[name] for name in _keys(table)},
        "SequenceNumber": str(shard.starting_sequence_number),
        "SizeBytes": len(json.dumps(images)),
        "StreamViewType": view,
    }
    shown = {"NEW_AND_OLD_IMAGES": images}.get(
        view, {name: images[name] for name in images if name.upper() == view.replace("_", "")}
    )
    return {
        "eventID": uuid.uuid4().hex,
        "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": change | shown,
        "eventSourceARN": f"{table.table_arn}/stream/{table.latest_stream_label}",
    }


def _keys(table: Any) -> list[str]:
    return [name for name in (table.hash_key_attr, table.range_key_attr) if name]


def _of_partition(genuine: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(genuine)

    def query(*arguments: Any, **options: Any) -> Any:
        _local.selected = _selecting(signature.bind(*arguments, **options).arguments)
        try:
            return genuine(*arguments, **options)
        finally:
            _local.selected = None

    return query


def _selecting(query: dict[str, Any]) -> Callable[[], list[Any]] | None:
    """Return what selects the items that a query may find; None to leave it to moto."""
    table, hash_key = query["self"], query["hash_key"]
    if not query.get("index_name"):
        has_partitions = table.range_key_attr and hash_key is not None
        return (lambda: list(table.items.get(hash_key, {}).values())) if has_partitions else None
    bounds = [
        (name, values[0].value, values[-1].value)
        for name, comparison, values in (
            *((name, "EQ", [value]) for name, value in query.get("hash_key_conditions") or ()),
            *(query.get("range_key_conditions") or ()),
        )
        if comparison in {"EQ", "BETWEEN"}
    ]
    return lambda: [item for item in _all(table) if _is_within(item, bounds)]


def _all(table: Any) -> Iterator[Any]:
    for found in table.items.values():
        yield from found.values() if table.range_key_attr else (found,)


def _is_within(item: Any, bounds: list[tuple[str, Any, Any]]) -> bool:
    for name, low, high in bounds:
        found = item.attrs.get(name)
        if found is None or not low <= found.value <= high:
            return False
    return True


def _items(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def all_items(table: Any) -> Any:
        select = getattr(_local, "selected", None)
        return genuine(table) if select is None else select()

    return all_items

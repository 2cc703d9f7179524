"""Reads of DynamoDB items in a time that grows with what is read.

A page of twenty images took moto 2 s of processor time: it copies whole items before it leaves out
what was not asked for, converts an item for each attribute that was, copies and measures nested
values again at every level, and looks for each scalar under all ten types.
"""

from __future__ import annotations

import base64
import copy
import threading
from contextlib import ExitStack, contextmanager
from functools import wraps
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import table as tables
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.utilities import bytesize

from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_AS_THEY_ARE = {"S", "N", "BOOL", "NULL", "SS", "NS"}
_local = threading.local()  # `querying`: a query selects from what it has found
_TABLE: Any = tables.Table
_SERIALIZER: Any = BaseJSONSerializer


@contextmanager
def linear() -> Iterator[None]:
    """Context manager in which moto reads items like this."""
    with ExitStack() as patches:
        for owner, name, replacement in (
            (tables, "copy", SimpleNamespace(deepcopy=_copied_later, copy=copy.copy)),
            (_TABLE, "query", _copying_results(_TABLE.query)),
            (Item, "project", _projecting(Item.project)),
            (DynamoType, "to_regular_json", _regular),
            (DynamoType, "size", _size),
            (
                _SERIALIZER,
                "_serialize_type_structure",
                _short_without_bytes(_SERIALIZER._serialize_type_structure),
            ),
        ):
            patches.enter_context(replaced(owner, name, replacement))
        yield


def _copied_later(value: Any) -> Any:
    return value if getattr(_local, "querying", False) else copy.deepcopy(value)


def _copying_results(genuine: Callable[..., Any]) -> Callable[..., Any]:
    """Copy what a query answers with, instead of what it has found."""

    @wraps(genuine)
    def query(*arguments: Any, **options: Any) -> Any:
        _local.querying = True
        try:
            found, examined, last = genuine(*arguments, **options)
        finally:
            _local.querying = False
        return copy.deepcopy(found), examined, last

    return query


def _projecting(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def project(item: Any, paths: list[list[str]]) -> Any:
        within: dict[str, list[list[str]]] = {}
        for path in paths:
            within.setdefault(path[0].partition("[")[0], []).append(path)
        shown = _with(item, {})
        for name in filter(item.attrs.__contains__, within):
            found, inner = {name: item.attrs[name]}, within[name]
            if [name] not in inner:
                found = genuine(_with(item, found), inner).attrs
            for each, value in found.items():
                dict.__setitem__(shown.attrs, each, value)  # its size was checked
        return shown

    return project


def _with(item: Any, attributes: dict[str, Any]) -> Any:
    """Return an item with the same key."""
    made = Item(item.hash_key, item.range_key, {})
    for name, value in attributes.items():
        dict.__setitem__(made.attrs, name, value)
    return made


def _regular(value: Any) -> dict[str, Any]:
    found = value.value
    if isinstance(found, dict):
        found = {name: _regular_part(each) for name, each in found.items()}
    elif isinstance(found, list):
        found = [_regular_part(each) for each in found]
    elif value.is_binary() and isinstance(found, str):
        found = base64.b64decode(found)
    return {value.type: found}


def _regular_part(value: Any) -> Any:
    return _regular(value) if isinstance(value, DynamoType) else copy.deepcopy(value)


def _size(value: Any) -> int:
    found = value.value
    if isinstance(found, dict):
        return sum(bytesize(name) + _size(each) for name, each in found.items())
    if isinstance(found, list):
        return sum(
            _size(each) if isinstance(each, DynamoType) else bytesize(each) for each in found
        )
    if isinstance(found, bool):
        return 1
    return len(str(found)) if value.is_number() else bytesize(found)


def _short_without_bytes(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def serialize(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and _is_as_sent(value):
            serializer._default_serialize(serialized, value, shape, key)
        else:
            genuine(serializer, serialized, value, shape, key)

    return serialize


def _is_as_sent(value: Any) -> bool:
    """Return whether a value has the form in which it is sent, which bytes do not have."""
    (kind, within), *others = value.items()
    if others:
        return False
    if kind == "M":
        return all(map(_is_as_sent, within.values()))
    if kind == "L":
        return all(map(_is_as_sent, within))
    return kind in _AS_THEY_ARE

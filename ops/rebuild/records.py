"""A record as its history tells it, and what a record of an earlier release lacks; pure."""

from __future__ import annotations

from typing import Any, NamedTuple

from image_pipeline.history import HISTORY, REVISION, facts, rebuilt
from image_pipeline.list_index import list_attributes
from image_pipeline.read_model.contribution import contribution, created_at, order_of
from image_pipeline.read_model.projection import State
from image_pipeline.schema import SCHEMA, SCHEMA_ATTRIBUTE

Record = dict[str, Any]


class Told(NamedTuple):
    """What the history of a record tells: its state, and whether the record says the same."""

    state: State
    is_same: bool


def told(record: Record) -> Told:
    """Return what the history of a record tells; a record without events speaks for itself."""
    history = record.get(HISTORY, [])
    if not any("record" in each for each in history):
        return Told(_state(record), True)
    known = rebuilt(history)
    kept = {name: record[name] for name in (HISTORY, REVISION) if name in record}
    return Told(_state(known | kept), known == facts(record))


def lacking(record: Record) -> Record:
    """Return the attributes that put a record of an earlier release into the lists."""
    if "position" in record:
        return {}
    stored = {"created_at": created_at(record), SCHEMA_ATTRIBUTE: SCHEMA}
    return stored | list_attributes(record | stored)


def _state(record: Record) -> State:
    return State(order_of(record), contribution(record))

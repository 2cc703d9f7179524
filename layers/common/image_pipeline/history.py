"""The history of an image: an append-only list of events in its record.

The write that changes a record appends the event that tells of it, so that the two cannot differ,
and DynamoDB keeps the order without comparing clocks. An event is a dictionary: `type`, `at` in
ISO 8601, `by` (the pipeline, or the caller of the API), what there is to tell, and what it did to
the record: either `record`, all facts after it, or `set` and `remove`. Applied one after another,
events rebuild the record.

A history is bounded. An event with all facts makes those of earlier events superfluous, and beyond
`_KEPT` the oldest events are dropped, those of the pipeline first: decisions of people stay longer.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from image_pipeline.list_index import ATTRIBUTES
from image_pipeline.schema import SCHEMA_ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Event = dict[str, Any]

HISTORY = "history"
"""Attribute of a record: its events, the oldest first."""

REVISION = "revision"
"""Attribute of a record: the number of its changes."""

PIPELINE = "pipeline"
"""Who has caused an event, if it was no caller of the API."""

MODERATION_ANSWERS = "moderation_answers"
"""Attribute of an open record: answers of Rekognition that moderation has, by what was asked."""

DECODING = "decoding"
"""Attribute of an open record: a note that a picture is being decoded."""

EARLIER = "earlier"
"""Attribute of an open record: results of an earlier execution that may be reused."""

BOOKKEEPING = ATTRIBUTES | {
    *(HISTORY, REVISION, SCHEMA_ATTRIBUTE, MODERATION_ANSWERS, DECODING, EARLIER),
    *("open", "awaits", "settling", "displaced", "expires"),
}
"""Attributes that tell nothing about the image, and that no event sets."""

UPLOADER = "uploader"
"""Who has uploaded, if it was not through the API."""

_KEPT = 50
_EFFECTS = ("record", "set", "remove")


def event(kind: str, by: str = PIPELINE, at: str | None = None, **told: Any) -> Event:
    """Build an event.

    Args:
        kind: its type, such as `claimed`.
        by: who has caused it.
        at: when it happened; None for now.
        told: further JSON-ready facts to tell; those that are None are left out.
    """
    known = {name: value for name, value in told.items() if value is not None}
    return {"type": kind, "at": at or now(), "by": by, **known}


def changing(about: Event, changes: Mapping[str, Any], remove: Iterable[str] = ()) -> Event:
    """Return an event that sets some attributes and removes others."""
    effects = {
        "set": {name: value for name, value in changes.items() if name not in BOOKKEEPING},
        "remove": sorted(set(remove) - BOOKKEEPING),
    }
    return about | {name: effect for name, effect in effects.items() if effect}


def replacing(history: Sequence[Event], events: Sequence[Event], record: Event) -> list[Event]:
    """Append events, the last of which has made a record what it is, whatever it was before.

    A repeated attempt of the same execution takes the place of the one before.
    """
    earlier = [_without_effects(each) for each in history]
    if earlier and _is_repeated(earlier[-1], events[-1]):
        del earlier[-1]
    return _bounded([*earlier, *events[:-1], events[-1] | {"record": facts(record)}])


def appending(history: Sequence[Event], events: Sequence[Event], record: Event) -> list[Event]:
    """Append events that have changed a record to what it is now."""
    if len(history) + len(events) > _KEPT:
        return replacing(history, [_without_effects(each) for each in events], record)
    return [*history, *events]


def facts(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a record that its history rebuilds."""
    return {name: value for name, value in record.items() if name not in BOOKKEEPING}


def rebuilt(history: Iterable[Event]) -> dict[str, Any]:
    """Rebuild the facts of a record from its events."""
    record: dict[str, Any] = {}
    for each in history:
        if "record" in each:
            record = dict(each["record"])
        record |= each.get("set", {})
        for name in each.get("remove", ()):
            record.pop(name, None)
    return record


def now() -> str:
    """Return the time in UTC as ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _without_effects(about: Event) -> Event:
    return {name: value for name, value in about.items() if name not in _EFFECTS}


def _is_repeated(one: Event, other: Event) -> bool:
    same = ("type", "execution")
    return "execution" in one and all(one.get(name) == other.get(name) for name in same)


def _bounded(history: list[Event]) -> list[Event]:
    while len(history) > _KEPT:
        of_pipeline = (place for place, each in enumerate(history) if each["by"] == PIPELINE)
        place = next(of_pipeline, 0)
        del history[place if place < len(history) - 1 else 0]
    return history

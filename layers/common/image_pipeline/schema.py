"""The schema of a record, and how a record of an earlier one is read; pure.

Whoever puts a whole record writes `SCHEMA` as its attribute `schema`: the claim of an execution and
the requests of the API. A step that sets attributes leaves it as it is. So an item may be of one
schema and have attributes of the next, and what leads from one to the next keeps those.

| schema | since | a record has |
|---|---|---|
| 1 | 0.1.0, before lists and histories; no attribute | `uploaded_at` alone tells its age |
| 2 | 0.1.0 | `created_at`, always |

A record of a later schema is read as it is: attributes are removed only a release after the last
code that reads them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from image_pipeline.attribute_values import decode_item

if TYPE_CHECKING:
    from collections.abc import Callable

    Record = dict[str, Any]

SCHEMA_ATTRIBUTE = "schema"
_WITHOUT_ATTRIBUTE = 1


def upgraded(record: Record) -> Record:
    """Return a record, or some attributes of one, as the present schema has them.

    The attribute `schema` keeps telling what is stored.
    """
    for lead in _TO_THE_NEXT[record.get(SCHEMA_ATTRIBUTE, _WITHOUT_ATTRIBUTE) - 1 :]:
        record = lead(record)
    return record


def decode_record(item: Any) -> Record:
    """Convert an item of the table of records into a record of the present schema."""
    return upgraded(decode_item(item))


def _with_created_at(record: Record) -> Record:
    """An image became known when it was uploaded, before there were forms for uploads."""
    uploaded_at = record.get("uploaded_at")
    if "created_at" in record or not uploaded_at:
        return record
    # In milliseconds like all others, so that times compare as texts.
    at = datetime.fromisoformat(uploaded_at).isoformat(timespec="milliseconds")
    return {**record, "created_at": at.replace("+00:00", "Z")}


_TO_THE_NEXT: tuple[Callable[[Record], Record], ...] = (_with_created_at,)

SCHEMA = len(_TO_THE_NEXT) + 1
"""The schema of the records that this release writes."""

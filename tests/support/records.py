"""Records as tests compare them."""

from __future__ import annotations

from typing import Any

from image_pipeline.list_index import ATTRIBUTES

_APART = ATTRIBUTES | {"history", "revision", "schema", "created_at"}


def plain(record: dict[str, Any] | None) -> dict[str, Any]:
    """Return a record without its history and what follows from it; {} if there is none."""
    return {name: value for name, value in (record or {}).items() if name not in _APART}

"""Writes the times at which something expires: URLs of pictures, leases."""

from __future__ import annotations

from datetime import UTC, datetime


def as_text(seconds: int) -> str:
    """Return a time since the epoch as ISO 8601, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")

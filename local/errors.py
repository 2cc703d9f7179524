"""What can be wrong with what was asked for."""

from __future__ import annotations


class UsageError(Exception):
    """What was asked for cannot be done; the message says why in one line."""

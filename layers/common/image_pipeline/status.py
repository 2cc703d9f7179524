"""The status of an image; a module of its own, because the API needs no other model."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Status of a record; all but the first two are terminal."""

    PENDING = "pending"
    PROCESSING = "processing"
    APPROVED = "approved"
    REVIEW = "review"
    REJECTED = "rejected"
    FAILED = "failed"
    DELETED = "deleted"

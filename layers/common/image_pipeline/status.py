"""Where an image is in its life. A module of its own: the API needs no more of the models."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The status of a record; the last four are terminal."""

    PENDING = "pending"
    PROCESSING = "processing"
    APPROVED = "approved"
    REVIEW = "review"
    REJECTED = "rejected"
    FAILED = "failed"

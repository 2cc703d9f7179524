"""The errors of the image pipeline.

    ImagePipelineError
    ├── ConfigError          the deployment is wrong: a variable is missing or malformed
    ├── ValidationError      the file is wrong: its owner can act on the reason
    ├── Superseded           the record belongs to a newer upload or to another execution
    ├── Unannounced          an earlier try finished the record, and may have told nobody
    ├── TriedAgain           the failure is not recorded, because another try follows
    ├── Throttled            a service has no capacity right now
    ├── OutOfTime            waiting for AWS has taken the time of this attempt
    └── KilledElsewhere      Lambda stopped a function, but not because of the picture

The class names are a contract with `statemachine/image_pipeline.asl.json`, which retries and
catches by name. Throttles and faults of AWS that have a class of their own in botocore are never
wrapped: `Retry` has to see their names.
"""

from __future__ import annotations

import json
from enum import StrEnum


class ImagePipelineError(Exception):
    """Base class of every error that the pipeline itself raises."""


class ConfigError(ImagePipelineError):
    """An environment variable is missing or malformed; the message names it."""


class Superseded(ImagePipelineError):  # noqa: N818 - the name is a state in the state machine
    """The record belongs to a newer upload, or to another execution for the same upload."""


class Unannounced(ImagePipelineError):  # noqa: N818 - named like `Superseded`
    """An earlier try of the same message finished the record; it may not have announced it."""


class TriedAgain(ImagePipelineError):  # noqa: N818 - it tells what follows, not what is wrong
    """The execution failed, but the queue delivers its message again; see `tries`."""


class Throttled(ImagePipelineError):  # noqa: N818 - named like the errors of AWS
    """A service refused a call for want of capacity; see `throttling`."""


class OutOfTime(ImagePipelineError):  # noqa: N818 - it is nobody's mistake
    """Too little time is left, though not because of the picture; a retry has all of it again."""


class KilledElsewhere(ImagePipelineError):  # noqa: N818 - it tells what happened, not what is wrong
    """Lambda stopped a function twice, the second time not while it decoded the picture."""


class Reason(StrEnum):
    """Why an image is not approved: stable, machine-readable codes, stored in the record."""

    UNSUPPORTED_FORMAT = "unsupported_format"
    TYPE_MISMATCH = "type_mismatch"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_COMPLEX = "too_complex"
    TOO_EXPENSIVE = "too_expensive"
    TOO_SLOW = "too_slow"
    CORRUPT = "corrupt"
    OBJECT_DELETED = "object_deleted"
    ARCHIVED = "archived"
    MODERATION_REVIEW = "moderation_review"
    MODERATION_REJECTED = "moderation_rejected"
    MODERATION_MANUAL = "moderation_manual"
    MODERATION_UNAVAILABLE = "moderation_unavailable"
    REVIEW_REJECTED = "review_rejected"
    TIMED_OUT = "timed_out"
    STUCK = "stuck"
    INTERNAL_ERROR = "internal_error"


class ValidationError(ImagePipelineError):
    """The file cannot be accepted.

    Args:
        reason: the machine-readable code.
        message: one sentence that tells the file's owner what to do.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message

    @classmethod
    def from_cause(cls, cause: str) -> ValidationError:
        """Rebuild the error from the `Cause` that Step Functions passes to a Catch.

        Args:
            cause: the JSON that the Lambda runtime writes: `{"errorType", "errorMessage", …}`.
        """
        reason, _, message = json.loads(cause)["errorMessage"].partition(": ")
        return cls(Reason(reason), message)

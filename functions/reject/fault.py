"""Whether the file or the pipeline is at fault, and the message to the file's owner."""

from __future__ import annotations

from typing import Any

from image_pipeline import refusals
from image_pipeline.errors import KilledElsewhere, Reason, ValidationError
from image_pipeline.outcome import FAILED, Outcome
from image_pipeline.status import Status

KILLS = {"Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown"}
"""Names that Step Functions gives to the error of a function that ran out of time or memory."""
CAPACITY = {
    "Lambda.TooManyRequestsException",
    "ThrottlingException",
    "Throttled",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
}
"""Errors that are waited for until the deadline, and a timeout by another name if that is over."""


def outcome_of_error(
    error: dict[str, str],
    image: dict[str, Any] | None,
    *,
    is_pipelines_fault: bool = False,
    was_decoding: bool = False,
) -> Outcome:
    """Derive the outcome from an error that a Catch of the state machine caught.

    Args:
        error: `{"Error", "Cause"}` of Step Functions.
        image: the validated image as a dictionary, if the error came after validation.
        is_pipelines_fault: the file is not at fault, whatever the error is called, because the
            function that failed reads no picture.
        was_decoding: a function that was killed was decoding the picture at that time.

    Raises:
        KilledElsewhere: a function was killed for another reason than the picture.
    """
    facts = {} if image is None else {"source": _source(image)}
    if not is_pipelines_fault and error["Error"] == ValidationError.__name__:
        refusal = ValidationError.from_cause(error["Cause"])
        if refusal.reason is Reason.OBJECT_DELETED:
            return Outcome(Status.DELETED, refusal.reason, refusal.message)
        return Outcome(Status.REJECTED, refusal.reason, refusal.message, facts)
    if not is_pipelines_fault and error["Error"] in KILLS:
        if not was_decoding:
            message = f"{error['Error']}, while no picture was decoded"
            raise KilledElsewhere(message)
        return Outcome(Status.REJECTED, Reason.TOO_EXPENSIVE, refusals.TOO_EXPENSIVE, facts)
    is_late = error["Error"] in {"States.Timeout", *CAPACITY}
    reason = Reason.TIMED_OUT if is_late else Reason.INTERNAL_ERROR
    return Outcome(Status.FAILED, reason, FAILED, facts)


def _source(image: dict[str, Any]) -> dict[str, Any]:
    upload, facts = image["upload"], image["facts"]
    known = {
        name: facts[name] for name in ("format", "content_type", "width", "height") if name in facts
    }
    version = upload["object"].get("version_id")
    return {"bytes": upload["size"], **known} | ({"version_id": version} if version else {})

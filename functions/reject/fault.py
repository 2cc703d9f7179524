"""Whose fault an error is, and what to tell the file's owner."""

from __future__ import annotations

from typing import Any

from image_pipeline import refusals
from image_pipeline.errors import Reason, ValidationError
from image_pipeline.outcome import Outcome
from image_pipeline.status import Status

# How Step Functions names a function that Lambda stopped for its time or its memory.
_KILLED = {"Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory"}
_FAILED = "The picture could not be processed; this is not the file's fault."


def outcome_of(
    error: dict[str, str], image: dict[str, Any] | None, *, of_pipeline: bool = False
) -> Outcome:
    """The outcome for what a Catch caught.

    Args:
        error: `{"Error", "Cause"}` of Step Functions.
        image: the validated image as a dictionary, if the error came after validation.
        of_pipeline: whatever the error is called, the file is not at fault: a function that reads
            no picture was stopped.
    """
    facts = {} if image is None else {"source": _source(image)}
    if not of_pipeline and error["Error"] == ValidationError.__name__:
        refusal = ValidationError.from_cause(error["Cause"])
        return Outcome(Status.REJECTED, refusal.reason, refusal.message, facts)
    if not of_pipeline and error["Error"] in _KILLED:
        return Outcome(Status.REJECTED, Reason.TOO_EXPENSIVE, refusals.TOO_EXPENSIVE, facts)
    reason = Reason.TIMED_OUT if error["Error"] == "States.Timeout" else Reason.INTERNAL_ERROR
    return Outcome(Status.FAILED, reason, _FAILED, facts)


def _source(image: dict[str, Any]) -> dict[str, Any]:
    upload, facts = image["upload"], image["facts"]
    known = {
        name: facts[name] for name in ("format", "content_type", "width", "height") if name in facts
    }
    version = upload["object"].get("version_id")
    return {"bytes": upload["size"], **known} | ({"version_id": version} if version else {})

"""RejectImage, RecordFailure, DiscardRenditions and RecallOutcome: what follows an error."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from image_pipeline.claiming import Claiming
from image_pipeline.config import load
from image_pipeline.decoding import was_decoding
from image_pipeline.errors import TriedAgain
from image_pipeline.estimate import ATTRIBUTE, Work, estimated
from image_pipeline.events import event_from
from image_pipeline.models import Claim, Upload, from_dict
from image_pipeline.observability import identify, observed
from image_pipeline.outcome import announcement, finalize
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import RenditionsBucket, discard
from image_pipeline.status import Status
from image_pipeline.tries import is_repeated
from reject.fault import KILLS, outcome_of_error

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where the outcome is written and unfinished renditions are removed, and how to claim."""

    table_name: str
    renditions_bucket: str
    distribution_id: str | None
    id_salt: bytes
    keep_last_approved: bool


settings = load(Settings)
records = Records(settings.table_name)
bucket = RenditionsBucket(settings.renditions_bucket, settings.distribution_id)


claiming = Claiming(records, settings.id_salt, settings.keep_last_approved)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"event", "execution", "task"?}` in, the event with `error` and, if known, `image`.

    `{"status", "reason", "message"}` for the notification out. The record is claimed first: the
    error may have come before the claim of `ValidateImage`. With the task `discard`, what the
    execution has made is deleted, because another one has taken the record: `{}` out. With the task
    `recall`, the notification is that of the outcome which an earlier try has recorded.

    Raises:
        TriedAgain: the record stays open for the next try of the same message.
    """
    state = event["event"]
    image = state.get("image")
    if event.get("task") == "discard":
        if image:
            _discard(image)
        return {}
    about = event_from(state)
    if event.get("task") == "recall":
        return announcement(*claiming.finished(about, event["execution"]))
    is_pipelines_fault = event.get("fault") == "pipeline"
    outcome = outcome_of_error(
        state["error"],
        image,
        is_pipelines_fault=is_pipelines_fault,
        was_decoding=state["error"]["Error"] in KILLS and was_decoding(claiming.record(about)),
    )
    if outcome.status is not Status.DELETED:
        cost = {ATTRIBUTE: estimated(_work(image, event["execution"]))}
        outcome = replace(outcome, facts={**outcome.facts, **cost})
    version = _version(image) if image else None
    # Also before another try, so that steps of this one that are still running lose their claim.
    claim, upload = claiming.take_over(about, event["execution"], version)
    if outcome.status is Status.FAILED and is_repeated(event["execution"]):
        raise TriedAgain(outcome.reason)
    return finalize(outcome, claim, upload, records, bucket)


def _discard(image: dict[str, Any]) -> None:
    claim, upload = from_dict(Claim, image["claim"]), from_dict(Upload, image["upload"])
    identify(claim)
    discard(records, bucket, claim, upload)


def _work(image: dict[str, Any] | None, execution: str) -> Work:
    """Return what is known of what the execution has done: of the steps, only a conversion."""
    is_converted = image is not None and image["picture"]["object"] != image["upload"]["object"]
    return Work(execution, is_stored=False, is_converted=is_converted)


def _version(image: dict[str, Any]) -> str | None:
    """Return the version that the execution has worked on."""
    upload = from_dict(Upload, image["upload"])
    return upload.version or upload.object.version_id

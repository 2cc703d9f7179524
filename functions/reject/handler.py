"""RejectImage and RecordFailure: an error in, the record finished as rejected or failed."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline.config import load
from image_pipeline.decoding import was_decoding
from image_pipeline.errors import Superseded
from image_pipeline.events import claim_for, upload_from
from image_pipeline.observability import identify, observed
from image_pipeline.outcome import finalize
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import discard
from reject.fault import KILLS, outcome_of_error

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where the outcome is written, where unfinished renditions are removed, the ids' salt."""

    table_name: str
    renditions_bucket: str
    id_salt: bytes


settings = load(Settings)
records = Records(settings.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"event", "execution", "fault"?}` in, the event with `error` and, if known, `image`.

    `{"status", "reason", "message"}` for the notification out. The record is claimed first: the
    error may have come before the claim of `ValidateImage`.
    """
    state = event["event"]
    upload = upload_from(state)
    claim = claim_for(upload, event["execution"], settings.id_salt)
    identify(claim)
    is_pipelines_fault = event.get("fault") == "pipeline"
    outcome = outcome_of_error(
        state["error"],
        state.get("image"),
        is_pipelines_fault=is_pipelines_fault,
        was_decoding=state["error"]["Error"] in KILLS and was_decoding(records.get(claim.image_id)),
    )
    try:
        claim = records.start_over(claim, upload)
    except Superseded as error:
        # A function that was killed could not remove its own work.
        if error.record and error.record["sequencer"] > claim.sequencer:
            discard(settings.renditions_bucket, claim, upload)
        raise
    return finalize(outcome, claim, upload, records, settings.renditions_bucket)

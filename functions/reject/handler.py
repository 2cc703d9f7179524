"""RejectImage and RecordFailure: an error in, the record finished as rejected or failed."""

from __future__ import annotations

from image_pipeline.start import start

start()

from typing import TYPE_CHECKING, Any

from image_pipeline.config import load
from image_pipeline.errors import Superseded
from image_pipeline.events import claim_for, upload_from
from image_pipeline.observability import identify, observed
from image_pipeline.outcome import conclude
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import discard
from reject.config import RejectConfig
from reject.fault import outcome_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

config = load(RejectConfig)
records = Records(config.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"event", "execution", "fault"?}` in, the event with `error` and, if known, `image` in it.

    `{"status", "reason", "message"}` for the notification out. The claim comes first: the error
    may have come before the one of `ValidateImage`.
    """
    state = event["event"]
    upload = upload_from(state)
    claim = claim_for(upload, event["execution"], config.id_salt)
    identify(claim)
    of_pipeline = event.get("fault") == "pipeline"
    outcome = outcome_of(state["error"], state.get("image"), of_pipeline=of_pipeline)
    try:
        claim = records.start_over(claim, upload)
    except Superseded as superseded:
        # The function that would have removed its own work may be what was killed.
        if superseded.record and superseded.record["sequencer"] > claim.sequencer:
            discard(config.renditions_bucket, claim, upload)
        raise
    return conclude(outcome, claim, upload, records, config.renditions_bucket)

"""RejectImage and RecordFailure: an error in, the record finished as rejected or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline.config import RejectConfig, load
from image_pipeline.events import claim_for, upload_from
from image_pipeline.observability import identify, observed
from image_pipeline.outcome import conclude
from image_pipeline.records import Records
from reject.fault import outcome_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

config = load(RejectConfig)
records = Records(config.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"event", "execution"}` in, the event with `error` and, if known, `image` beside it.

    `{"status", "reason", "message"}` for the notification out. The claim comes first: the error
    may have come before the one of `ValidateImage`.
    """
    state = event["event"]
    upload = upload_from(state)
    claim = claim_for(upload, event["execution"])
    identify(claim)
    outcome = outcome_of(state["error"], state.get("image"))
    records.claim(claim, upload)
    return conclude(outcome, claim, upload, records, config.renditions_bucket)

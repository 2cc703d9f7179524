"""StoreResults: the three branches' results in, the record finished."""

from __future__ import annotations

from image_pipeline.start import start

start()

from typing import TYPE_CHECKING, Any

from image_pipeline.config import load
from image_pipeline.models import ValidatedImage, from_dict
from image_pipeline.observability import identify, observed
from image_pipeline.outcome import conclude
from image_pipeline.records import Records
from store.config import StoreConfig
from store.results import Results, outcome_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

config = load(StoreConfig)
records = Records(config.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"image", "results"}` in; `{"status", "reason", "message"}` for the notification out."""
    image = from_dict(ValidatedImage, event["image"])
    identify(image.claim)
    outcome = outcome_of(image, from_dict(Results, event["results"]))
    return conclude(outcome, image.claim, image.upload, records, config.renditions_bucket)

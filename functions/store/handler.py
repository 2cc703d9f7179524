"""StoreResults: the results of the three branches in, the record finished."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline.config import load
from image_pipeline.models import ValidatedImage, from_dict
from image_pipeline.observability import identify, observed
from image_pipeline.outcome import finalize
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import RenditionsBucket
from store.results import Results, outcome_of_results

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where the outcome is written, and how renditions are delivered and removed."""

    table_name: str
    renditions_bucket: str
    distribution_id: str | None


settings = load(Settings)
records = Records(settings.table_name)
bucket = RenditionsBucket(settings.renditions_bucket, settings.distribution_id)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"image", "results"}` in; `{"status", "reason", "message"}` for the notification out."""
    image = from_dict(ValidatedImage, event["image"])
    identify(image.claim)
    record = records.get(image.claim.image_id)
    outcome = outcome_of_results(image, from_dict(Results, event["results"]), record or {})
    return finalize(outcome, image.claim, image.upload, records, bucket)

"""Decide: a batch of keys in, a decision about each out; writes the work that follows to S3."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from backfill.decisions import Batch, decide, work_of
from backfill.reading import records_of
from image_pipeline.config import load
from image_pipeline.fingerprint import ProcessingSettings, fingerprint
from image_pipeline.history import now
from image_pipeline.observability import observed
from image_pipeline.storage import write

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where to read and write, the ids' salt, and the settings that decide an outcome."""

    table_name: str
    uploads_bucket: str
    renditions_bucket: str
    id_salt: bytes
    renditions: str
    store_gps: bool
    moderation_provider: str
    moderation_adapter_arn: str | None
    moderation_review_confidence: float
    moderation_reject_confidence: float
    moderation_ignored_labels: tuple[str, ...]


settings = load(Settings)
processing = ProcessingSettings(
    **{field.name: getattr(settings, field.name) for field in fields(ProcessingSettings)}
)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"items", "batch"}` in; `{"decisions"}` out, each with a key, an action and a reason."""
    batch = Batch(**event["batch"], keys=tuple(item["key"] for item in event["items"]))
    records = records_of(settings.table_name, batch.candidates(settings.id_salt))
    decisions = decide(batch, records, settings.id_salt, fingerprint(processing))
    lines = work_of(batch, decisions, settings.uploads_bucket, now())
    if lines:
        write(settings.renditions_bucket, batch.work_key, lines, "application/jsonl")
    return {"decisions": [decision.told() for decision in decisions]}

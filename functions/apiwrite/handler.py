"""The routes of the HTTP API that write: an HTTP API event in, an HTTP answer out."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from api import create_image
from api.idempotency import Idempotency
from api.routing import respond
from api.timing import answering
from api.write_routes import WRITES
from api.writes import Writes
from image_pipeline.config import load
from image_pipeline.observability import observed
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import RenditionsBucket
from image_pipeline.workflow import Workflow

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where images, kept answers, uploads and renditions are, and whom to tell of changes."""

    table_name: str
    idempotency_table: str
    uploads_bucket: str
    renditions_bucket: str
    distribution_id: str | None
    outcomes_topic_arn: str
    state_machine_arn: str
    uploads_queue_url: str | None
    max_upload_bytes: int
    upload_lifetime_seconds: int
    id_salt: bytes
    api_auth: str


settings = load(Settings)
writes = Writes(
    Records(settings.table_name),
    settings.uploads_bucket,
    RenditionsBucket(settings.renditions_bucket, settings.distribution_id),
    settings.outcomes_topic_arn,
    Workflow(settings.state_machine_arn, settings.uploads_queue_url),
    settings.upload_lifetime_seconds,
    settings.id_salt,
    settings.idempotency_table,
)
idempotency = Idempotency(settings.idempotency_table)
routes = WRITES | {create_image.ROUTE.key: create_image.limited_to(settings.max_upload_bytes)}


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """A request of payload format 2.0 in; `{"statusCode", "headers", "body"}` out."""
    seconds = context.get_remaining_time_in_millis() / 1000
    once = partial(idempotency.once, seconds=seconds)
    with answering():
        return respond(event, routes, writes, settings.api_auth, once)

"""The routes of the HTTP API that read: an HTTP API event in, an HTTP answer out."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.delivery import delivery_of
from api.reads import Reads
from api.routes import READS
from api.routing import respond
from api.timing import answering
from api.waiting import Clock
from image_pipeline.config import load
from image_pipeline.observability import observed
from image_pipeline.records import Records

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where images and counts are, how their renditions are delivered, and who may see them.

    `delivery_url` is that of the CloudFront distribution, None for presigned URLs.
    """

    table_name: str
    renditions_bucket: str
    url_lifetime_seconds: int
    delivery_url: str | None
    public_key_id: str | None
    private_key_secret: str | None
    id_salt: bytes
    api_auth: str
    cursor_secret_arn: str
    read_model_table: str
    idempotency_table: str


settings = load(Settings)
reads = Reads(
    Records(settings.table_name),
    delivery_of(
        settings.renditions_bucket,
        settings.url_lifetime_seconds,
        settings.delivery_url,
        settings.public_key_id,
        settings.private_key_secret,
    ),
    settings.id_salt,
    settings.cursor_secret_arn,
    Clock(),
    settings.read_model_table,
    settings.renditions_bucket,
    settings.idempotency_table,
)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """A request of payload format 2.0 in; `{"statusCode", "headers", "body"}` out."""
    with answering(reads.clock):
        return respond(event, READS, reads, settings.api_auth)

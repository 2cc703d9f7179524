"""The routes of the HTTP API that write: an HTTP API event in, an HTTP answer out."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.routing import respond
from api.write_routes import WRITES
from api.writes import Writes
from image_pipeline.config import load
from image_pipeline.observability import observed
from image_pipeline.records import Records

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where the images, their uploads and renditions are, and whom to tell of changes."""

    table_name: str
    uploads_bucket: str
    renditions_bucket: str
    outcomes_topic_arn: str
    state_machine_arn: str
    id_salt: bytes


settings = load(Settings)
writes = Writes(
    Records(settings.table_name),
    settings.uploads_bucket,
    settings.renditions_bucket,
    settings.outcomes_topic_arn,
    settings.state_machine_arn,
    settings.id_salt,
)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """A request of payload format 2.0 in; `{"statusCode", "headers", "body"}` out."""
    return respond(event, WRITES, writes)

"""Serve the console: a request for the page or one of its files in, an HTTP answer out."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.answers import Console
from console.assets import Assets
from console.configuration import configuration
from console.policy import security_headers
from image_pipeline.config import load
from image_pipeline.observability import observed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where the page uploads to and reads renditions from, and what it may upload.

    `delivery_url` is that of the CloudFront distribution, None for presigned URLs.
    """

    uploads_url: str
    renditions_url: str
    delivery_url: str | None
    max_upload_bytes: int


settings = load(Settings)
# A presigned URL of a rendition that waits for review is of the bucket, whatever delivers the rest.
read_from = [settings.renditions_url, *([settings.delivery_url] if settings.delivery_url else [])]
console = Console(
    Assets(Path(__file__).with_name("assets")),
    security_headers(settings.uploads_url, read_from, None),
    lambda: configuration(settings.max_upload_bytes, None),
)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """A request of payload format 2.0 in; `{"statusCode", "headers", "body"}` out."""
    return console.answer(event)

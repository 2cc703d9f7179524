"""Serve the console: a request for the page or one of its files in, an HTTP answer out."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.answers import Console
from console.assets import Assets
from console.sign_in import SignIn, client_of_pool, of_issuer, of_pool
from image_pipeline import aws
from image_pipeline.config import load
from image_pipeline.observability import observed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where the page uploads to and reads renditions from, what it may upload, and who may.

    `delivery_url` is that of the CloudFront distribution, None for presigned URLs. `sign_in_url` is
    that of the stack's user pool, whose id is `user_pool_id`, or of another issuer, where the page
    is `client_id`; None if anybody may call the API. `token_resource` is the audience of the tokens
    of the pool.
    """

    uploads_url: str
    renditions_url: str
    delivery_url: str | None
    max_upload_bytes: int
    sign_in_url: str | None
    user_pool_id: str | None
    client_id: str | None
    token_resource: str | None


settings = load(Settings)
# A presigned URL of a rendition that waits for review is of the bucket, whatever delivers the rest.
read_from = [settings.renditions_url, *([settings.delivery_url] if settings.delivery_url else [])]


def sign_in() -> SignIn | None:
    """Return how to sign in; None if anybody may call the API."""
    if settings.sign_in_url is None:
        return None
    if settings.user_pool_id is None:
        return of_issuer(settings.sign_in_url, settings.client_id or "")
    client = client_of_pool(settings.user_pool_id, aws.cognito().list_user_pool_clients)
    return of_pool(settings.sign_in_url, client, settings.token_resource or "")


console = Console(
    Assets(Path(__file__).with_name("assets")),
    settings.uploads_url,
    read_from,
    settings.max_upload_bytes,
    sign_in,
)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """A request of payload format 2.0 in; `{"statusCode", "headers", "body"}` out."""
    return console.answer(event)

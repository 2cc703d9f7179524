"""GET /images/{id} and GET /images?key=…: an HTTP API event in, an HTTP answer out."""

from __future__ import annotations

from image_pipeline.start import start

start()

import json
from typing import TYPE_CHECKING, Any

from api.config import ApiConfig
from api.request import MalformedRequest, requested_image_id
from api.view import present
from image_pipeline import storage
from image_pipeline.config import load
from image_pipeline.models import S3Object
from image_pipeline.observability import logger, observed
from image_pipeline.records import Records

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

config = load(ApiConfig)
records = Records(config.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """A payload of format 2.0 in; `{"statusCode", "headers", "body"}` out."""
    try:
        image_id = requested_image_id(event, config.id_salt)
    except MalformedRequest as malformed:
        return _answer(400, {"error": "bad_request", "message": str(malformed)})
    logger.append_keys(image_id=image_id)
    record = records.get(image_id)
    if record is None:
        return _answer(404, {"error": "not_found", "message": "There is no image with this id."})
    return _answer(200, present(record, _presigned_url, config.url_lifetime_seconds))


def _presigned_url(rendition: dict[str, Any]) -> str:
    source = S3Object(config.renditions_bucket, rendition["key"], rendition.get("version_id"))
    return storage.presigned_url(source, config.url_lifetime_seconds)


def _answer(status_code: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status_code,
        "headers": {
            "content-type": "application/json",
            # The answer holds URLs that are secrets while they live, and keys that anybody chose.
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
        # ASCII: marks in a key that turn a line around stay what they are.
        "body": json.dumps(body),
    }

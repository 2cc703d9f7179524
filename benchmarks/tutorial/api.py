"""GET /images/{id} as tutorials write it: resource, resolver, parser and the whole of boto3."""

from __future__ import annotations

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.parser import BaseModel

logger = Logger()
tracer = Tracer()
metrics = Metrics()
app = APIGatewayHttpResolver()
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
s3 = boto3.client("s3")


class Image(BaseModel):
    """The answer."""

    image_id: str
    status: str
    url: str


@app.get("/images/<image_id>")
def get_image(image_id: str) -> dict[str, Any]:
    """Read the item and sign a URL."""
    item = table.get_item(Key={"image_id": image_id})["Item"]
    where = {"Bucket": os.environ["RENDITIONS_BUCKET"], "Key": "large.webp"}
    url = s3.generate_presigned_url("get_object", Params=where)
    return Image(image_id=image_id, status=str(item["status"]), url=url).model_dump()


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an event of an HTTP API."""
    return app.resolve(event, context)

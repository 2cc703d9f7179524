"""Thumbnails as tutorials write them: every decoder imported, one decode per size."""

from __future__ import annotations

import io
import os
from typing import Any

import boto3
import numpy as np
import pillow_heif
import rawpy
from aws_lambda_powertools import Logger, Metrics, Tracer
from PIL import Image, ImageCms, ImageOps

logger = Logger()
tracer = Tracer()
metrics = Metrics()
pillow_heif.register_heif_opener()
Image.init()
s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
SIZES = {"thumbnail": (150, 150), "medium": (800, 600), "large": (1920, 1080)}
DECODERS = (rawpy, np, ImageCms)


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Make thumbnails of an object and write their keys to the record."""
    data = s3.get_object(Bucket=event["bucket"], Key=event["key"])["Body"].read()
    keys = []
    for name, size in SIZES.items():
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        image.thumbnail(size)
        out = io.BytesIO()
        image.save(out, "WEBP", quality=80)
        key = f"{name}.webp"
        s3.put_object(Bucket=os.environ["RENDITIONS_BUCKET"], Key=key, Body=out.getvalue())
        keys.append(key)
    table.update_item(
        Key={"image_id": event["image_id"]},
        UpdateExpression="SET thumbnails = :keys",
        ExpressionAttributeValues={":keys": keys},
    )
    return {"keys": keys}

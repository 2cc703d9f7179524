"""Calls Rekognition with an object in S3 or with bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline import aws
from image_pipeline.observability import stage

if TYPE_CHECKING:
    from mypy_boto3_rekognition.type_defs import ImageTypeDef

    from image_pipeline.models import S3Object


def in_place(source: S3Object) -> ImageTypeDef:
    """Return a picture that Rekognition reads from S3, with the caller's permissions."""
    version = {"Version": source.version_id} if source.version_id else {}
    return {"S3Object": {"Bucket": source.bucket, "Name": source.key, **version}}  # type: ignore[typeddict-item]


def moderation_labels(picture: ImageTypeDef, min_confidence: float) -> Any:
    """Return the answer of DetectModerationLabels, with labels of at least that confidence."""
    with stage("Rekognition"):
        return aws.rekognition().detect_moderation_labels(
            Image=picture, MinConfidence=min_confidence
        )

"""Handlers and AWS-facing modules under moto: real clients, in-memory services."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from image_pipeline.models import S3Object

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE, UPLOADS, RENDITIONS = "images", "uploads", "renditions"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:image-pipeline:one"


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """What the template would set, for handlers that read it when they are imported."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_DEFAULT_REGION": "us-east-1",
            "TABLE_NAME": TABLE,
            "RENDITIONS_BUCKET": RENDITIONS,
            "RENDITIONS": "thumbnail=150x150:cover:webp:80,preview=320x320:inside:jpeg:85",
            "MAX_UPLOAD_BYTES": "1000000",
            "MAX_PIXELS": "10000000",
            "STORE_GPS": "true",
            "MODERATION_REVIEW_CONFIDENCE": "60",
            "MODERATION_REJECT_CONFIDENCE": "95",
            "MODERATION_IGNORED_LABELS": "",
            "URL_LIFETIME_SECONDS": "900",
            "ID_SALT": "",
            "POWERTOOLS_SERVICE_NAME": "image-pipeline",
            "POWERTOOLS_METRICS_NAMESPACE": "ImagePipeline",
            "POWERTOOLS_TRACE_DISABLED": "true",
        }.items():
            patch.setenv(name, value)
        yield


@dataclass(frozen=True)
class Context:
    """What the Lambda runtime hands to a handler, as far as Powertools looks at it."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "request"
    milliseconds_left: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds_left


class Account:
    """An AWS account with the pipeline's table and buckets."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        for bucket in (UPLOADS, RENDITIONS):
            self.s3.create_bucket(Bucket=bucket)
            self.s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
        self.dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "image_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "image_id", "AttributeType": "S"}],
        )

    def upload(self, key: str, data: bytes, content_type: str = "image/jpeg") -> S3Object:
        """Put an object into the uploads bucket."""
        answer = self.s3.put_object(Bucket=UPLOADS, Key=key, Body=data, ContentType=content_type)
        return S3Object(UPLOADS, key, answer["VersionId"])

    def created(self, source: S3Object, size: int, sequencer: str = "0A") -> dict[str, Any]:
        """The EventBridge event that S3 sends for an object."""
        created = {"key": source.key, "size": size, "etag": "e", "sequencer": sequencer}
        if source.version_id:
            created["version-id"] = source.version_id
        return {
            "id": str(uuid.uuid4()),
            "detail-type": "Object Created",
            "source": "aws.s3",
            "time": "2026-05-01T12:00:00Z",
            "detail": {"bucket": {"name": source.bucket}, "object": created},
        }

    def rendition_keys(self) -> set[str]:
        """All keys in the renditions bucket."""
        listing = self.s3.list_objects_v2(Bucket=RENDITIONS)
        return {item["Key"] for item in listing.get("Contents", [])}


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        yield Account()


@pytest.fixture
def context() -> Context:
    return Context()

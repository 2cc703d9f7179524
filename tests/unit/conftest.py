"""Fixtures for handlers and modules that call AWS: real clients against moto."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from image_pipeline import aws
from image_pipeline.models import S3Object
from local.aws.clients import client_of
from local.aws.dynamodb import atomic
from local.aws.dynamodb_items import linear
from local.manifest import images_table, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

    from .commanding import Commanding
    from .sweeping import Sweeping

TABLE, UPLOADS, RENDITIONS = "images", "uploads", "renditions"
READ_MODEL = "read-model"
STATE_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:image-pipeline"
NOW = "2026-05-02T08:30:00.123Z"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:image-pipeline:one"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "TABLE_NAME": TABLE,
    "IDEMPOTENCY_TABLE": "idempotency",
    "READ_MODEL_TABLE": READ_MODEL,
    "UPLOADS_BUCKET": UPLOADS,
    "UPLOADS_URL": "https://uploads.s3.example",
    "RENDITIONS_URL": "https://renditions.s3.example",
    "SIGN_IN_URL": "",
    "USER_POOL_ID": "",
    "CLIENT_ID": "",
    "TOKEN_RESOURCE": "",
    "RENDITIONS_BUCKET": RENDITIONS,
    "DISTRIBUTION_ID": "",
    "STATE_MACHINE_ARN": STATE_MACHINE,
    "UPLOADS_QUEUE_URL": "",
    "RENDITIONS": "thumbnail=150x150:cover:webp:80,preview=320x320:inside:jpeg:85",
    "MAX_UPLOAD_BYTES": "1000000",
    "MAX_PIXELS": "10000000",
    "STORE_GPS": "true",
    "MODERATION_PROVIDER": "REKOGNITION",
    "MODERATION_ADAPTER_ARN": "",
    "MODERATION_REVIEW_CONFIDENCE": "60",
    "MODERATION_REJECT_CONFIDENCE": "95",
    "MODERATION_IGNORED_LABELS": "",
    "ANSWERS_TABLE": "",
    "KEEP_ANSWERS_DAYS": "0",
    "URL_LIFETIME_SECONDS": "900",
    "DELIVERY_URL": "",
    "PUBLIC_KEY_ID": "",
    "PRIVATE_KEY_SECRET": "",
    "UPLOAD_LIFETIME_SECONDS": "600",
    "OUTCOMES_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:outcomes",
    "WEBHOOK_URL": "http://127.0.0.1:9/",  # nobody listens there
    "WEBHOOKS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/webhooks",
    "WEBHOOK_SECRET_ARN": "webhook",
    "OVERDUE_SECONDS": "60",
    "RESTARTS_PER_SWEEP": "75000",
    "ID_SALT": "",
    "API_AUTH": "NONE",
    "CURSOR_SECRET_ARN": "cursors",
    "KEEP_LAST_APPROVED": "true",
    "POWERTOOLS_SERVICE_NAME": "image-pipeline",
    "POWERTOOLS_METRICS_NAMESPACE": "ImagePipeline",
    "POWERTOOLS_TRACE_DISABLED": "true",
}


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """Set the variables that the template sets: handlers read them when they are imported."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@dataclass(frozen=True)
class Context:
    """The part of the Lambda context that handlers and Powertools read."""

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
        self.s3: S3Client = client_of("s3")
        self.dynamodb: DynamoDBClient = client_of("dynamodb")
        for bucket in (UPLOADS, RENDITIONS):
            self.s3.create_bucket(Bucket=bucket)
            self.s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
        self.dynamodb.create_table(TableName=TABLE, **images_table())
        self.dynamodb.create_table(TableName=READ_MODEL, **table("ReadModelTable"))

    def upload(
        self, key: str, data: bytes, content_type: str = "image/jpeg", **options: Any
    ) -> S3Object:
        """Put an object into the uploads bucket; the options are those of PutObject."""
        answer = self.s3.put_object(
            Bucket=UPLOADS, Key=key, Body=data, ContentType=content_type, **options
        )
        return S3Object(UPLOADS, key, answer["VersionId"])

    def created(self, source: S3Object, size: int, sequencer: str = "0A") -> dict[str, Any]:
        """Build the EventBridge event that S3 sends for an object."""
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
        """List the keys in the renditions bucket."""
        listing = self.s3.list_objects_v2(Bucket=RENDITIONS)
        return {item["Key"] for item in listing.get("Contents", [])}

    @property
    def stepfunctions(self) -> SFNClient:
        """The client, made only for the tests that need it."""
        client: SFNClient = client_of("stepfunctions")
        return client

    def create_state_machine(self) -> None:
        """Create the state machine; its executions are recorded, and do nothing."""
        self.stepfunctions.create_state_machine(
            name=STATE_MACHINE.rpartition(":")[2],
            definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
            roleArn="arn:aws:iam::123456789012:role/states",
        )

    def executions(self) -> dict[str, Any]:
        """List the executions: each one's name and input."""
        found = self.stepfunctions.list_executions(stateMachineArn=STATE_MACHINE)["executions"]
        inputs = (
            self.stepfunctions.describe_execution(executionArn=each["executionArn"])["input"]
            for each in found
        )
        return {each["name"]: json.loads(given) for each, given in zip(found, inputs, strict=True)}


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws(), linear():
        yield Account()


@pytest.fixture
def transactions() -> Iterator[None]:
    """Make transactions of moto's DynamoDB atomic, and a hundred times faster."""
    with atomic(lambda _stream, _record: None):
        yield


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def sweep(account: Account, context: Context, monkeypatch: pytest.MonkeyPatch) -> Sweeping:
    """Run the sweep, for which no version is too young."""
    from .sweeping import Sweeping

    return Sweeping(account, context, monkeypatch)


@pytest.fixture
def three_per_page(account: Account) -> Iterator[list[dict[str, Any]]]:
    """Lower S3's page size from 1,000 entries to three; the requests for pages are collected."""
    requests: list[dict[str, Any]] = []

    def limit(params: dict[str, Any], **_: Any) -> None:
        params["MaxKeys"] = 3
        requests.append(params)

    events, name = aws.s3().meta.events, "provide-client-params.s3.ListObjectVersions"
    events.register(name, limit)
    yield requests
    events.unregister(name, limit)


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> str:
    """Stop the clock of the records at a time long after every upload."""
    for module in ("records", "claimed_record", "history"):
        monkeypatch.setattr(f"image_pipeline.{module}.now", lambda: NOW)
    return NOW


@pytest.fixture
def commands(
    account: Account, context: Context, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> Commanding:
    """Ask the API to change images, and look at what became of them."""
    from .commanding import Commanding

    return Commanding(account, context, sweep, monkeypatch)

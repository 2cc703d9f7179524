"""The AWS clients: low-level, typed, made once per process and only when first used.

They are made by botocore, not boto3, which saves 48 ms of every cold start. Timeouts are short and
retries few: the state machine retries with jitter until the execution's deadline.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config

from image_pipeline.config import names_endpoint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_rekognition import RekognitionClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

_CONFIG = Config(
    connect_timeout=3,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
)
# Otherwise presigned URLs name the global host, which serves a new bucket only in us-east-1.
_REGIONAL = {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def s3() -> S3Client:
    """Return the S3 client; it signs with v4, the only signature that newer regions accept."""
    # An endpoint of one's own, such as the offline AWS, has no host for each bucket.
    options: Any = {} if names_endpoint("S3") else _REGIONAL
    config = _CONFIG.merge(Config(signature_version="s3v4", s3=options))
    return cast("S3Client", _session().create_client("s3", config=config))


@cache
def dynamodb() -> DynamoDBClient:
    """Return the DynamoDB client."""
    return cast("DynamoDBClient", _session().create_client("dynamodb", config=_CONFIG))


@cache
def rekognition() -> RekognitionClient:
    """Return the Rekognition client. It tries once: waiting in the state machine costs less."""
    config = _CONFIG.merge(Config(retries={"total_max_attempts": 1}))
    return cast("RekognitionClient", _session().create_client("rekognition", config=config))


@cache
def stepfunctions() -> SFNClient:
    """Return the Step Functions client."""
    return cast("SFNClient", _session().create_client("stepfunctions", config=_CONFIG))

"""The AWS clients: low-level, typed, made once per process and only when first used.

They come from botocore, not boto3: that is 48 ms less of every cold start. Connections are kept
short and retried a little here; the patient retries, with jitter, are the state machine's.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

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


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def s3() -> S3Client:
    """The S3 client; presigned URLs of any older signature do not work in newer regions."""
    config = _CONFIG.merge(Config(signature_version="s3v4"))
    return cast("S3Client", _session().create_client("s3", config=config))


@cache
def dynamodb() -> DynamoDBClient:
    """The DynamoDB client."""
    return cast("DynamoDBClient", _session().create_client("dynamodb", config=_CONFIG))


@cache
def rekognition() -> RekognitionClient:
    """The Rekognition client. It tries once: to wait in the state machine costs less."""
    config = _CONFIG.merge(Config(retries={"total_max_attempts": 1}))
    return cast("RekognitionClient", _session().create_client("rekognition", config=config))


@cache
def stepfunctions() -> SFNClient:
    """The Step Functions client."""
    return cast("SFNClient", _session().create_client("stepfunctions", config=_CONFIG))

"""The AWS clients: low-level, typed, made once per process and only when first used.

They are made by botocore, not boto3, which saves 48 ms of every cold start. Timeouts are short and
retries few, so that a service that does not answer raises an error before Lambda stops the
function: the state machine retries errors. The time that one call may take is the connect timeout
for each address of the service, plus the read timeout, times the attempts, plus the pauses between
them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config

from image_pipeline.config import names_endpoint
from image_pipeline.tries import SECONDS

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_rekognition import RekognitionClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

# Otherwise presigned URLs name the global host, which serves a new bucket only in us-east-1.
_REGIONAL = {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}


def _config(connect: int, read: int, attempts: int) -> Config:
    return Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"mode": "standard", "total_max_attempts": attempts},
        tcp_keepalive=True,
    )


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def s3() -> S3Client:
    """Return the S3 client; it signs with v4, the only signature that newer regions accept."""
    # An endpoint of one's own, such as the offline AWS, has no host for each bucket.
    options: Any = {} if names_endpoint("S3") else _REGIONAL
    own = Config(signature_version="s3v4", s3=options)
    config = _config(connect=2, read=10, attempts=2).merge(own)
    return cast("S3Client", _session().create_client("s3", config=config))


@cache
def dynamodb() -> DynamoDBClient:
    """Return the DynamoDB client; callers of the API wait for it."""
    config = _config(connect=1, read=3, attempts=2)
    return cast("DynamoDBClient", _session().create_client("dynamodb", config=config))


@cache
def rekognition() -> RekognitionClient:
    """Return the Rekognition client. It tries once: waiting in the state machine costs less."""
    config = _config(connect=3, read=20, attempts=1)
    return cast("RekognitionClient", _session().create_client("rekognition", config=config))


@cache
def cloudfront() -> CloudFrontClient:
    """Return the CloudFront client; its one endpoint is far from most regions."""
    config = _config(connect=3, read=10, attempts=2)
    return cast("CloudFrontClient", _session().create_client("cloudfront", config=config))


@cache
def cognito() -> Any:
    """Return the client of Cognito's user pools; a page that opens waits for it."""
    config = _config(connect=1, read=3, attempts=2)
    return _session().create_client("cognito-idp", config=config)


@cache
def secretsmanager() -> SecretsManagerClient:
    """Return the Secrets Manager client; callers of the API wait for it."""
    config = _config(connect=1, read=3, attempts=2)
    return cast("SecretsManagerClient", _session().create_client("secretsmanager", config=config))


@cache
def stepfunctions() -> SFNClient:
    """Return the Step Functions client."""
    config = _config(connect=3, read=10, attempts=3)
    return cast("SFNClient", _session().create_client("stepfunctions", config=config))


@cache
def synchronous_stepfunctions() -> SFNClient:
    """Return the Step Functions client for executions that are waited for.

    It tries once: Step Functions would run a repeated request as another execution.
    """
    own = Config(
        # AWS's endpoint for these calls has a host of its own, another endpoint does not.
        inject_host_prefix=not names_endpoint("SFN"),
    )
    config = _config(connect=3, read=SECONDS + 10, attempts=1).merge(own)
    return cast("SFNClient", _session().create_client("stepfunctions", config=config))


@cache
def sns() -> SNSClient:
    """Return the SNS client."""
    config = _config(connect=3, read=10, attempts=3)
    return cast("SNSClient", _session().create_client("sns", config=config))


@cache
def sqs() -> SQSClient:
    """Return the SQS client."""
    config = _config(connect=2, read=5, attempts=2)
    return cast("SQSClient", _session().create_client("sqs", config=config))

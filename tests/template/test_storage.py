"""Buckets, table, topics and queues: who can reach them, and what becomes of the data."""

from __future__ import annotations

from typing import Any

import pytest

from image_pipeline import storage
from local.aws.policies import denies
from tests.template.documents import of_type, properties, resources

BUCKETS = ("UploadsBucket", "RenditionsBucket")
QUEUES = ("UploadDeadLetterQueue", "UnsentNotificationsQueue")
FOURTEEN_DAYS = 14 * 24 * 3600
OVER_TLS = {"aws:SecureTransport": "true"}
SSE = "s3:x-amz-server-side-encryption"
CUSTOMER_KEY = "s3:x-amz-server-side-encryption-customer-algorithm"


def test_no_bucket_or_queue_escapes_these_tests() -> None:
    assert set(of_type("AWS::S3::Bucket")) == set(BUCKETS)
    assert set(of_type("AWS::SQS::Queue")) == set(QUEUES)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_buckets_are_private_encrypted_and_versioned(bucket: str) -> None:
    found = properties(bucket)
    assert found["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    (encryption,) = found["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert found["VersioningConfiguration"] == {"Status": "Enabled"}
    assert found["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:ListBucket"])
def test_buckets_refuse_plain_http_for_themselves_and_their_objects(
    bucket: str, action: str
) -> None:
    for resource in (f"{bucket}.Arn", f"{bucket}.Arn/uploads/any\nkey"):
        assert refused(bucket, action, resource, {"aws:SecureTransport": "false"})
        assert not refused(bucket, action, resource, OVER_TLS)


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ({}, True),
        ({SSE: "AES256"}, True),
        # What the pipeline could not read: a key that it may not use, or was not given.
        ({SSE: "aws:kms"}, False),
        ({SSE: "aws:kms:dsse"}, False),
        ({SSE: ""}, False),
        ({CUSTOMER_KEY: "AES256"}, False),
        ({CUSTOMER_KEY: "AES256", SSE: "AES256"}, False),
    ],
)
def test_buckets_take_nothing_but_what_they_encrypt_themselves(
    bucket: str, asked: dict[str, str], allowed: bool
) -> None:
    request = OVER_TLS | asked
    assert bool(refused(bucket, "s3:PutObject", f"{bucket}.Arn/key", request)) is not allowed
    assert not refused(bucket, "s3:GetObject", f"{bucket}.Arn/key", request)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_bucket_policies_deny_and_allow_nothing(bucket: str) -> None:
    statements = policy_of(bucket)["Statement"]
    assert [(each["Effect"], each["Principal"]) for each in statements] == [("Deny", "*")] * 3


def policy_of(bucket: str) -> dict[str, Any]:
    (policy,) = [
        found["PolicyDocument"]
        for found in of_type("AWS::S3::BucketPolicy").values()
        if found["Bucket"] == bucket
    ]
    return dict(policy)


def refused(bucket: str, action: str, resource: str, request: dict[str, str]) -> str:
    return denies(policy_of(bucket), action, resource, request)


def leftovers(days: int) -> list[dict[str, Any]]:
    """Lifecycle rules for noncurrent versions, lone delete markers and unfinished uploads."""
    return [
        {
            "Id": "ExpireNoncurrentVersions",
            "Status": "Enabled",
            "NoncurrentVersionExpiration": {"NoncurrentDays": days},
            "ExpiredObjectDeleteMarker": True,
        },
        {
            "Id": "AbortMultipartUploads",
            "Status": "Enabled",
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]


def test_only_rejected_uploads_expire_by_tag() -> None:
    expiring = {
        "Id": "ExpireRejectedUploads",
        "Status": "Enabled",
        # The tag is the one that the code sets.
        "TagFilters": [storage._TAG],
        "ExpirationInDays": 30,
    }
    rules = properties("UploadsBucket")["LifecycleConfiguration"]["Rules"]
    assert rules == [expiring, *leftovers(30)]


def test_current_renditions_never_expire() -> None:
    assert properties("RenditionsBucket")["LifecycleConfiguration"]["Rules"] == leftovers(7)


def test_browsers_upload_from_the_origins_given() -> None:
    origins = "https://one.example,https://two.example"
    (rule,) = properties("UploadsBucket", UploadOrigins=origins)["CorsConfiguration"]["CorsRules"]
    assert rule == {
        "AllowedMethods": ["POST", "PUT"],
        "AllowedOrigins": ["https://one.example", "https://two.example"],
        "AllowedHeaders": ["*"],
        "ExposedHeaders": ["ETag", "x-amz-version-id"],
        "MaxAge": 3000,
    }


@pytest.mark.parametrize(
    ("protect_data", "deletion_protection", "table", "bucket", "replaced"),
    [
        # Retain alone keeps a failed first deployment from ROLLBACK_FAILED on a protected table;
        # buckets have no such protection, and an empty one need not stay.
        ("true", True, "Retain", "RetainExceptOnCreate", "Retain"),
        ("false", False, "Delete", "Delete", "Delete"),
    ],
)
def test_data_outlives_the_stack_where_it_is_protected(
    protect_data: str, deletion_protection: bool, table: str, bucket: str, replaced: str
) -> None:
    found = resources(ProtectData=protect_data)
    images = found["ImagesTable"]
    assert images["Properties"]["DeletionProtectionEnabled"] is deletion_protection
    assert (images["DeletionPolicy"], images["UpdateReplacePolicy"]) == (table, replaced)
    for name in BUCKETS:
        policies = found[name]["DeletionPolicy"], found[name]["UpdateReplacePolicy"]
        assert policies == (bucket, replaced)


def test_table() -> None:
    assert properties("ImagesTable") == {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "image_id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "image_id", "AttributeType": "S"}],
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": False,
    }


@pytest.mark.parametrize("queue", QUEUES)
def test_queues_keep_what_is_left_for_two_weeks_under_a_key_that_senders_can_use(
    queue: str,
) -> None:
    assert properties(queue) == {
        "SqsManagedSseEnabled": True,
        "MessageRetentionPeriod": FOURTEEN_DAYS,
    }


def test_topics_are_encrypted_as_their_senders_can_bear() -> None:
    # The state machine's role may use the AWS-managed key, CloudWatch alarms may not.
    assert properties("OutcomesTopic") == {
        "DisplayName": "Image pipeline outcomes",
        "KmsMasterKeyId": "alias/aws/sns",
    }
    assert properties("OperationsTopic") == {"DisplayName": "Image pipeline alarms"}

"""Buckets, table, topics and queues: access, encryption, retention."""

from __future__ import annotations

from typing import Any

import pytest

from image_pipeline import storage
from image_pipeline.list_index import KEYS
from local.aws.policies import denies
from tests.template.documents import of_type, properties, resources

BUCKETS = ("UploadsBucket", "RenditionsBucket")
QUEUES = (
    "UploadDeadLetterQueue",
    "UnsentNotificationsQueue",
    "WebhooksDeadLetterQueue",
    "ProjectorDeadLetterQueue",
)
FOURTEEN_DAYS = 14 * 24 * 3600
OVER_TLS = {"aws:SecureTransport": "true"}
SSE = "s3:x-amz-server-side-encryption"
CUSTOMER_KEY = "s3:x-amz-server-side-encryption-customer-algorithm"


def test_every_bucket_and_queue_is_tested() -> None:
    assert set(of_type("AWS::S3::Bucket")) == set(BUCKETS)
    # Those that nothing waits in for two weeks are tested with what reads them.
    assert set(of_type("AWS::SQS::Queue")) == {*QUEUES, "WebhooksQueue", "UploadsQueue"}


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
def test_buckets_and_objects_refuse_plain_http(bucket: str, action: str) -> None:
    for resource in (f"{bucket}.Arn", f"{bucket}.Arn/uploads/any\nkey"):
        assert refused(bucket, action, resource, {"aws:SecureTransport": "false"})
        assert not refused(bucket, action, resource, OVER_TLS)


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ({}, True),
        ({SSE: "AES256"}, True),
        # The pipeline could not read these: it may use no KMS key and has no customer key.
        ({SSE: "aws:kms"}, False),
        ({SSE: "aws:kms:dsse"}, False),
        ({SSE: ""}, False),
        ({CUSTOMER_KEY: "AES256"}, False),
        ({CUSTOMER_KEY: "AES256", SSE: "AES256"}, False),
    ],
)
def test_buckets_accept_only_their_own_encryption(
    bucket: str, asked: dict[str, str], allowed: bool
) -> None:
    request = OVER_TLS | asked
    assert bool(refused(bucket, "s3:PutObject", f"{bucket}.Arn/key", request)) is not allowed
    assert not refused(bucket, "s3:GetObject", f"{bucket}.Arn/key", request)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_bucket_policies_only_deny(bucket: str) -> None:
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
    """Return the rules for noncurrent versions, expired delete markers and unfinished uploads."""
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
        # The tag that the code sets.
        "TagFilters": [storage._TAG],
        "ExpirationInDays": 30,
        # Not the 30 days of other noncurrent versions.
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }
    rules = properties("UploadsBucket")["LifecycleConfiguration"]["Rules"]
    assert rules == [expiring, *leftovers(30)]


def test_current_renditions_never_expire() -> None:
    rules = properties("RenditionsBucket")["LifecycleConfiguration"]["Rules"]
    # No rendition has this prefix, because it is no image id.
    backfills = {"Id": "ExpireBackfills", "Status": "Enabled", "Prefix": "backfill/"}
    assert [each for each in rules if each.get("Prefix") != "backfill/"] == leftovers(7)
    assert {**backfills, "ExpirationInDays": 30} in rules


def test_pages_of_the_given_origins_may_upload_and_read_renditions() -> None:
    origins = "https://one.example,https://two.example"
    (rule,) = properties("UploadsBucket", UploadOrigins=origins)["CorsConfiguration"]["CorsRules"]
    assert rule == {
        "AllowedMethods": ["POST", "PUT"],
        "AllowedOrigins": ["https://one.example", "https://two.example"],
        "AllowedHeaders": ["*"],
        "ExposedHeaders": ["ETag", "x-amz-version-id"],
        "MaxAge": 3000,
    }
    # They may read renditions, but not uploads.
    (rule_of_renditions,) = properties("RenditionsBucket", UploadOrigins=origins)[
        "CorsConfiguration"
    ]["CorsRules"]
    assert rule_of_renditions == rule | {"AllowedMethods": ["GET", "HEAD"]}


@pytest.mark.parametrize(
    ("protect_data", "deletion_protection", "table", "bucket", "replaced"),
    [
        # A failed first deployment could not delete a protected table and would end in
        # ROLLBACK_FAILED; an empty bucket can be deleted.
        ("true", True, "Retain", "RetainExceptOnCreate", "Retain"),
        ("false", False, "Delete", "Delete", "Delete"),
    ],
)
def test_protected_data_outlives_the_stack(
    protect_data: str, deletion_protection: bool, table: str, bucket: str, replaced: str
) -> None:
    found = resources(ProtectData=protect_data)
    images = found["ImagesTable"]
    assert images["Properties"]["DeletionProtectionEnabled"] is deletion_protection
    assert (images["DeletionPolicy"], images["UpdateReplacePolicy"]) == (table, replaced)
    for name in BUCKETS:
        policies = found[name]["DeletionPolicy"], found[name]["UpdateReplacePolicy"]
        assert policies == (bucket, replaced)


IN_THE_INDEX = ["key", "status", "sequencer", "execution", "restarts", "displaced", "awaits"]


ATTRIBUTES = ("listed", "listed_status", "listed_owner", "position")


def list_index(name: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": KEYS[name], "KeyType": "HASH"},
            {"AttributeName": "position", "KeyType": "RANGE"},
        ],
        "Projection": {
            "ProjectionType": "INCLUDE",
            "NonKeyAttributes": ["status", "owner", "expires"],
        },
    }


def test_table() -> None:
    assert properties("ImagesTable") == {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "image_id", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"}
            for name in (*("image_id", "open", "claimed_at"), *ATTRIBUTES)
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "open",
                "KeySchema": [
                    {"AttributeName": "open", "KeyType": "HASH"},
                    {"AttributeName": "claimed_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": IN_THE_INDEX},
            },
            *map(list_index, ("listed", "by_status", "by_owner")),
        ],
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": False,
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    }


@pytest.mark.parametrize("protect_data", ["true", "false"])
def test_the_read_model_can_be_rebuilt_and_is_therefore_not_kept(protect_data: str) -> None:
    found = resources(ProtectData=protect_data)["ReadModelTable"]
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("Delete", "Delete")
    assert found["Properties"] == {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
        ],
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    }


def test_kept_answers_expire_and_go_with_the_stack() -> None:
    assert properties("IdempotencyTable") == {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    }
    for protect in ("true", "false"):
        table = resources(ProtectData=protect)["IdempotencyTable"]
        assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Delete", "Delete")


def test_answers_of_rekognition_have_a_table_only_where_they_are_kept() -> None:
    assert "AnswersTable" not in resources()
    assert properties("AnswersTable", KeepAnswersDays="1") == properties("IdempotencyTable")


def test_only_moderation_can_reach_the_answers_of_rekognition() -> None:
    found = resources(KeepAnswersDays="1")
    naming = {
        name
        for name, resource in found.items()
        if "Policies" in resource.get("Properties", {})
        and "AnswersTable" in str(resource["Properties"]["Policies"])
    }
    assert naming == {"ModerateFunctionRole"}


@pytest.mark.parametrize("queue", QUEUES)
def test_queues_keep_messages_for_two_weeks_encrypted_by_sqs(
    queue: str,
) -> None:
    assert properties(queue) == {
        "SqsManagedSseEnabled": True,
        "MessageRetentionPeriod": FOURTEEN_DAYS,
    }


def test_topics_are_encrypted_only_where_publishers_can_use_the_key() -> None:
    # The state machine's role may use the AWS-managed key; CloudWatch alarms may not.
    assert properties("OutcomesTopic") == {
        "DisplayName": "Image pipeline outcomes",
        "KmsMasterKeyId": "alias/aws/sns",
    }
    assert properties("OperationsTopic") == {"DisplayName": "Image pipeline alarms"}

"""A customer managed key: what is encrypted with it, and who may use it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.permissions import ON_THE_KEY
from local.aws.policies import denies
from tests.template.documents import ROOT, as_list, of_type, resources

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d"
GIVEN = {
    "KmsKeyArn": KEY,
    "DeploymentPreference": "Canary10Percent5Minutes",
    "KeepAnswersDays": "1",
}
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
PAGE = ROOT / "docs" / "encryption.md"
SSE = "s3:x-amz-server-side-encryption"
KEY_ID = f"{SSE}-aws-kms-key-id"

ROLES = list(of_type("AWS::IAM::Role", **GIVEN))


def _of_bucket(found: dict[str, Any]) -> Any:
    (rule,) = found["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    return rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]


ENCRYPTED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "AWS::S3::Bucket": _of_bucket,
    "AWS::DynamoDB::Table": lambda found: found["SSESpecification"]["KMSMasterKeyId"],
    "AWS::SNS::Topic": lambda found: found["KmsMasterKeyId"],
    "AWS::SQS::Queue": lambda found: found["KmsMasterKeyId"],
    "AWS::Logs::LogGroup": lambda found: found["KmsKeyId"],
    "AWS::SecretsManager::Secret": lambda found: found["KmsKeyId"],
}


@pytest.mark.parametrize("kind", ENCRYPTED)
def test_every_store_is_encrypted_with_the_key(kind: str) -> None:
    found = of_type(kind, **GIVEN)
    assert found
    assert {name: ENCRYPTED[kind](each) for name, each in found.items()} == dict.fromkeys(
        found, KEY
    )


def test_a_queue_has_one_kind_of_encryption() -> None:
    for queue in of_type("AWS::SQS::Queue", **GIVEN).values():
        assert "SqsManagedSseEnabled" not in queue


def test_nothing_names_a_key_unless_one_is_given() -> None:
    text = json.dumps(resources(), default=str)
    assert "kms:" not in text.replace("aws:kms", "")
    assert not re.search(r"SSESpecification|\bKmsKeyId\b", text)


@pytest.mark.parametrize("workflow", ["STANDARD", "EXPRESS"])
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_use_the_key_for_exactly_what_its_calls_need(role: str, workflow: str) -> None:
    found = of_type("AWS::IAM::Role", WorkflowType=workflow, **GIVEN).get(role, {})
    statements = [
        statement
        for policy in found.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    used = {action for each in statements for action in as_list(each["Action"])}
    needed = {action: ON_THE_KEY[action] for action in used if action in ON_THE_KEY}
    services = {action.partition(":")[0] for action in needed}
    granted = [each for each in statements if "kms:" in str(each["Action"])]
    assert len(granted) == bool(needed)
    for statement in granted:
        assert set(as_list(statement["Action"])) == set().union(*needed.values())
        assert statement["Resource"] == KEY
        # Only through the services whose data it may read or write; not to decrypt by itself.
        hosts = [f"{each}.AWS::Region.*" for each in sorted(services)]
        assert statement["Condition"] == {"StringLike": {"kms:ViaService": hosts}}


@pytest.mark.parametrize("bucket", ["UploadsBucket", "RenditionsBucket"])
@pytest.mark.parametrize(
    ("asked", "is_refused"),
    [
        ({}, False),
        ({SSE: "aws:kms", KEY_ID: KEY}, False),
        ({SSE: "aws:kms"}, True),
        ({SSE: "aws:kms", KEY_ID: f"{KEY}-other"}, True),
        ({SSE: "AES256"}, True),
    ],
)
def test_a_bucket_accepts_only_the_key(
    bucket: str, asked: dict[str, str], is_refused: bool
) -> None:
    (policy,) = [
        found["PolicyDocument"]
        for found in of_type("AWS::S3::BucketPolicy", **GIVEN).values()
        if found["Bucket"] == bucket
    ]
    request = {"aws:SecureTransport": "true", **asked}
    assert bool(denies(policy, "s3:PutObject", f"{bucket}.Arn/key", request)) is is_refused


def key_policy() -> list[dict[str, Any]]:
    """Return the statements of the key policy on the page."""
    (block,) = re.findall(r"```json\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    statements: list[dict[str, Any]] = json.loads(block)["Statement"]
    return statements


def test_the_documented_key_policy_lets_every_service_in_that_uses_the_key() -> None:
    found = resources(**GIVEN, Delivery="CLOUDFRONT", CloudFrontPrivateKeySecret="s",
                      CloudFrontPublicKey=f"-----BEGIN PUBLIC KEY-----\n{'A' * 100}\n"
                      "-----END PUBLIC KEY-----")  # fmt: skip
    principals = {
        statement["Principal"]["Service"]
        for resource in found.values()
        if resource["Type"] in {"AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"}
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if isinstance(statement["Principal"], dict)
    }
    # Alarms publish to a topic; log groups are encrypted by the service of their region.
    principals |= {"cloudwatch.amazonaws.com", "logs.REGION.amazonaws.com"}
    documented = {
        statement["Principal"]["Service"]
        for statement in key_policy()
        if "Service" in statement["Principal"]
    }
    assert documented == principals


def test_the_documented_key_policy_lets_nobody_in_without_a_condition() -> None:
    for statement in key_policy():
        assert statement["Effect"] == "Allow"
        if "Service" in statement["Principal"]:
            assert statement["Condition"]
            assert not {action for action in as_list(statement["Action"]) if action == "kms:*"}


@pytest.mark.parametrize("workflow", ["STANDARD", "EXPRESS"])
@pytest.mark.parametrize("preference", ["AllAtOnce", "Canary10Percent5Minutes"])
def test_every_role_has_the_boundary_and_none_without_one(preference: str, workflow: str) -> None:
    parameters = {"DeploymentPreference": preference, "WorkflowType": workflow}
    found = of_type("AWS::IAM::Role", PermissionsBoundaryArn=BOUNDARY, **parameters)
    assert {each.get("PermissionsBoundary") for each in found.values()} == {BOUNDARY}
    roles = of_type("AWS::IAM::Role", **parameters).values()
    assert not [each for each in roles if "PermissionsBoundary" in each]


@pytest.mark.parametrize(
    ("protect", "deleted", "replaced"),
    [("true", "RetainExceptOnCreate", "Retain"), ("false", "Delete", "Delete")],
)
def test_log_groups_outlive_a_protected_stack(protect: str, deleted: str, replaced: str) -> None:
    groups = [
        each
        for each in resources(ProtectData=protect).values()
        if each["Type"] == "AWS::Logs::LogGroup"
    ]
    assert {(each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in groups} == {
        (deleted, replaced)
    }


def test_a_retained_log_group_does_not_collide_with_that_of_the_next_stack() -> None:
    for group in of_type("AWS::Logs::LogGroup", ProtectData="true").values():
        assert "AWS::StackId" in group.get("LogGroupName", "AWS::StackId")

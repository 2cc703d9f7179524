"""A deployment creates everything that a template describes, or is refused."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml

from local.aws.deploy import deploy
from local.aws.intrinsics import as_text
from local.aws.offline import TEMPLATE
from local.aws.resources import New, update
from local.aws.template import translate
from local.errors import TemplateError

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws.deployment import Deployment
    from local.aws.offline import OfflineAws


@pytest.fixture
def template(aws: OfflineAws, tmp_path: Path) -> Any:
    """Deploys a template of a few resources under a name of its own."""

    def deployed(resources: dict[str, Any], outputs: Any = None, **parameters: str) -> Deployment:
        path = tmp_path / "template.yaml"
        document = {
            "Transform": "AWS::Serverless-2016-10-31",
            "Parameters": {
                "Size": {"Type": "Number", "Default": 5, "MinValue": 1, "MaxValue": 9},
                "Kind": {"Type": "String", "Default": "", "AllowedPattern": "^[a-z:{}]*$"},
                "Names": {"Type": "CommaDelimitedList", "Default": "a,b"},
            },
            "Conditions": {
                "HasKind": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Kind"}, ""]}]},
                "IsLarge": {"Fn::Equals": [{"Ref": "Size"}, "9"]},
                "Both": {"Fn::And": [{"Condition": "HasKind"}, {"Condition": "IsLarge"}]},
            },
            "Resources": resources,
            "Outputs": {name: {"Value": value} for name, value in (outputs or {}).items()},
        }
        path.write_text(yaml.safe_dump(document))
        return deploy(translate(path, parameters), f"t{uuid.uuid4().hex[:8]}")

    return deployed


TOPIC: dict[str, Any] = {"Type": "AWS::SNS::Topic"}


def test_every_resource_of_the_real_template_is_created(aws: OfflineAws) -> None:
    given = {
        name: ",".join(value) if isinstance(value, list) else as_text(value)
        for name, value in aws.deployment.parameters.items()
    }
    translated = translate(TEMPLATE, given)
    wanted = {name for name, each in translated.resources.items() if "Condition" not in each}
    assert wanted <= set(aws.deployment.resources)
    assert set(aws.deployment.outputs) - {"ApiWarning", "WebhookSecretArn"} == {
        name for name, each in translated.outputs.items() if "Condition" not in each
    }


def test_names_are_the_same_in_every_run(aws: OfflineAws) -> None:
    assert aws.deployment.ref("UploadsBucket") == "image-pipeline-uploadsbucket-local"
    assert aws.deployment.ref("ImagePipelineStateMachine") == (
        "arn:aws:states:us-east-1:123456789012:stateMachine:"
        "image-pipeline-ImagePipelineStateMachine-local"
    )


def test_properties_that_change_behavior_are_applied(aws: OfflineAws) -> None:
    s3, bucket = aws.client("s3"), aws.deployment.ref("UploadsBucket")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedMethods"] == ["POST", "PUT"]
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    backups = aws.client("dynamodb").describe_continuous_backups(
        TableName=aws.deployment.ref("ImagesTable")
    )["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert backups["PointInTimeRecoveryStatus"] == "ENABLED"
    machine = aws.client("stepfunctions").describe_state_machine(
        stateMachineArn=aws.deployment.ref("ImagePipelineStateMachine")
    )
    assert machine["type"] == "STANDARD"
    assert "${" not in machine["definition"]
    function = aws.client("lambda").get_function_configuration(
        FunctionName=aws.deployment.ref("ConvertFunction")
    )
    assert function["TracingConfig"]["Mode"] == "Active"
    assert len(function["Layers"]) == 3


def test_keys_of_log_groups_and_boundaries_of_roles_can_be_asked_for(
    aws: OfflineAws, template: Any
) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/own"
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    trust = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    deployment = template(
        {
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": key}},
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": trust,
                    "PermissionsBoundary": boundary,
                },
            },
        }
    )
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=deployment.ref("Group"))
    assert [each["kmsKeyId"] for each in found["logGroups"]] == [key]
    role = aws.client("iam").get_role(RoleName=deployment.ref("Role"))["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


def test_an_unknown_type_is_refused_by_name(template: Any) -> None:
    with pytest.raises(TemplateError, match=r"Cache \(AWS::ElastiCache::CacheCluster\)"):
        template({"Cache": {"Type": "AWS::ElastiCache::CacheCluster"}, "Topic": TOPIC})


def test_an_unknown_type_behind_a_false_condition_is_ignored(template: Any) -> None:
    cache = {"Type": "AWS::ElastiCache::CacheCluster", "Condition": "HasKind"}
    assert set(template({"Cache": cache, "Topic": TOPIC}).resources) == {"Topic"}


@pytest.mark.parametrize(
    "resource",
    [
        {"Type": "AWS::SNS::Topic", "Properties": {"Sound": "loud"}},
        {"Type": "AWS::SQS::Queue", "Properties": {"Sound": "loud"}},
        {"Type": "AWS::S3::Bucket", "Properties": {"ReplicationConfiguration": {"Role": "r"}}},
        {
            "Type": "AWS::S3::Bucket",
            "Properties": {"NotificationConfiguration": {"QueueConfigurations": []}},
        },
        {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"source": ["a"]},
                "Targets": [{"Id": "1", "Arn": "arn:aws:states:::x", "InputPath": "$.detail"}],
            },
        },
    ],
)
def test_a_property_that_would_be_ignored_is_refused(
    template: Any, resource: dict[str, Any]
) -> None:
    with pytest.raises(TemplateError, match="Thing"):
        template({"Thing": resource})


def test_intrinsic_functions_evaluate_as_in_cloudformation(template: Any) -> None:
    deployment = template(
        {"Topic": TOPIC, "Queue": {"Type": "AWS::SQS::Queue"}},
        {
            "Ref": {"Ref": "Topic"},
            "Attribute": {"Fn::GetAtt": ["Queue", "Arn"]},
            "Sub": {"Fn::Sub": "${Topic}/${Queue.QueueName}/${!Kept}/${AWS::Region}/${Size}"},
            "Own": {"Fn::Sub": ["${Mine}-${Size}", {"Mine": {"Ref": "Kind"}}]},
            "Join": {"Fn::Join": ["-", {"Ref": "Names"}]},
            "Select": {"Fn::Select": [1, {"Fn::Split": [",", "a,b,c"]}]},
            "If": {"Fn::If": ["Both", "both", "not both"]},
        },
        Size="9",
        Kind="big",
        Names="x,y",
    )
    topic, queue = deployment.ref("Topic"), deployment.arn("Queue")
    assert dict(deployment.outputs) == {
        "Ref": topic,
        "Attribute": queue,
        "Sub": f"{topic}/{queue.rpartition(':')[2]}/${{Kept}}/us-east-1/9",
        "Own": "big-9",
        "Join": "x-y",
        "Select": "b",
        "If": "both",
    }


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"Sise": "5"}, "no parameter Sise"),
        ({"Size": "many"}, "not a number"),
        ({"Size": "10"}, "not allowed"),
        ({"Kind": "BIG"}, "not allowed"),
        ({"Kind": "{{resolve:secretsmanager:salts}}"}, "Kind: the offline AWS cannot resolve"),
    ],
)
def test_a_parameter_that_cloudformation_refuses_is_refused(
    template: Any, parameters: dict[str, str], match: str
) -> None:
    with pytest.raises(TemplateError, match=match):
        template({"Topic": TOPIC}, **parameters)


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ({"Ref": "Nothing"}, "Nothing, which does not exist"),
        ({"Fn::GetAtt": ["Other", "Colour"]}, "no Colour of Other"),
        ({"Fn::ImportValue": "x"}, "Fn::ImportValue"),
        ({"Ref": "Topic"}, "circular"),
    ],
)
def test_a_reference_to_nowhere_is_refused(template: Any, value: Any, match: str) -> None:
    resources = {"Topic": {**TOPIC, "Properties": {"DisplayName": value}}, "Other": TOPIC}
    with pytest.raises(TemplateError, match=match):
        template(resources)


@pytest.mark.usefixtures("aws")
def test_parameters_and_conditions_reach_the_resources() -> None:
    parameters = {
        "MaxPixels": "12345",
        "NotificationEmail": "somebody@example.com",
        "StepsConcurrency": "3",
    }
    deployment = deploy(translate(TEMPLATE, parameters), "other")
    assert deployment.functions["ValidateFunction"].environment["MAX_PIXELS"] == "12345"
    assert deployment.resources["OutcomesSubscription"].properties["Protocol"] == "email"
    function = deployment.resources["ValidateFunction"]
    assert function.properties["ReservedConcurrentExecutions"] == "3"


def test_a_secret_is_generated_by_its_rule_and_an_update_keeps_its_value(template: Any) -> None:
    rule = {"PasswordLength": 64, "ExcludePunctuation": True}
    keyed = {"SecretStringTemplate": '{"user": "me"}', "GenerateStringKey": "password"}
    deployment = template(
        {
            "Plain": _secret(GenerateSecretString=rule),
            "Keyed": _secret(GenerateSecretString=rule | keyed),
            "Given": _secret(SecretString="mine"),
        }
    )
    client = boto3.client("secretsmanager", region_name="us-east-1")

    def value(logical_id: str) -> str:
        arn = deployment.ref(logical_id)
        assert deployment.resources[logical_id].attributes["Id"] == arn
        return client.get_secret_value(SecretId=arn)["SecretString"]

    assert re.fullmatch("[A-Za-z0-9]{64}", value("Plain"))
    assert json.loads(value("Keyed")).keys() == {"user", "password"}
    assert value("Given") == "mine"
    before = value("Plain")
    existing = deployment.resources["Plain"]
    described = {"Description": "changed", "GenerateSecretString": rule}
    update(New("Plain", existing.type, "unused", described), existing)
    assert value("Plain") == before


def _secret(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SecretsManager::Secret", "Properties": properties}

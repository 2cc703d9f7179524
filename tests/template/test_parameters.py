from __future__ import annotations

import tomllib
from dataclasses import asdict
from typing import Any

import pytest

from local.errors import TemplateError
from local.manifest import of_package
from tests.support.handlers import load_handler
from tests.template.contracts import GIVEN
from tests.template.documents import FUNCTIONS, ROOT, outputs, properties, resources, written

API_FUNCTIONS = {"ApiFunction", "ApiWriteFunction"}
SECRET = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:salts-AbCdEf"
PARAMETERS = {
    "Architecture": "arm64",
    "Renditions": (
        "thumbnail=150x150:cover:webp:80,medium=800x600:cover:webp:80,"
        "large=1920x1080:cover:webp:80,preview=320x320:inside:jpeg:85"
    ),
    "MaxUploadBytes": "52428800",
    "MaxPixels": "100000000",
    "ModerationProvider": "REKOGNITION",
    "ModerationAdapterArn": "",
    "ModerationReviewConfidence": "60",
    "ModerationRejectConfidence": "95",
    "ModerationIgnoredLabels": "",
    "UrlLifetimeSeconds": "900",
    "Delivery": "PRESIGNED",
    "CloudFrontPublicKey": "",
    "CloudFrontPrivateKeySecret": "",
    "UploadLifetimeSeconds": "900",
    "KeepLastApproved": "true",
    "StoreGps": "false",
    "UploadOrigins": "*",
    "ApiAuth": "IAM",
    "JwtIssuer": "",
    "JwtAudience": "",
    "Console": "false",
    "ConsoleClientId": "",
    "WebhookUrl": "",
    "NotificationEmail": "",
    "OperationsEmail": "",
    "DailyBudgetDollars": "",
    "WorkflowType": "STANDARD",
    "ExpressConcurrency": "5",
    "LogRetentionDays": "30",
    "ApiConcurrency": "",
    "ModerationConcurrency": "",
    "KeepAnswersDays": "0",
    "StepsConcurrency": "",
    "ApiColdStarts": "NONE",
    "ApiProvisionedConcurrency": "1",
    "StepsColdStarts": "NONE",
    "StepsProvisionedConcurrency": "1",
    "IdSalt": "",
    "InventoryBucket": "",
    "ProtectData": "false",
    "KmsKeyArn": "",
    "CustomDomainName": "",
    "CertificateArn": "",
    "PermissionsBoundaryArn": "",
    "DeploymentPreference": "AllAtOnce",
}


def test_parameters_and_their_defaults() -> None:
    assert {
        name: parameter["Default"] for name, parameter in written()["Parameters"].items()
    } == PARAMETERS


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_described_and_constrained(name: str) -> None:
    parameter = written()["Parameters"][name]
    assert parameter["Description"]
    assert parameter.keys() & {"AllowedValues", "AllowedPattern"} or parameter.keys() >= {
        "MinValue",
        "MaxValue",
    }
    # A pattern alone does not explain what is wrong with a value.
    assert ("AllowedPattern" in parameter) == ("ConstraintDescription" in parameter)


NUMBERS = {
    "MaxUploadBytes": (1, 1024**3),
    "MaxPixels": (1, 10**9),
    "ModerationReviewConfidence": (0, 100),
    "ModerationRejectConfidence": (0, 100),
    "UrlLifetimeSeconds": (1, 3600),
    "UploadLifetimeSeconds": (1, 3600),
    "ExpressConcurrency": (2, 1000),
    "KeepAnswersDays": (0, 365),
    "ApiProvisionedConcurrency": (1, 9999),
    "StepsProvisionedConcurrency": (1, 9999),
}
CHOICES = {
    "Architecture": ["arm64", "x86_64"],
    "ModerationProvider": ["REKOGNITION", "NONE"],
    "Delivery": ["PRESIGNED", "CLOUDFRONT"],
    "KeepLastApproved": ["true", "false"],
    "StoreGps": ["true", "false"],
    "ApiAuth": ["IAM", "JWT", "NONE"],
    "Console": ["true", "false"],
    "WorkflowType": ["STANDARD", "EXPRESS"],
    "ApiColdStarts": ["NONE", "SNAPSTART", "PROVISIONED"],
    "StepsColdStarts": ["NONE", "SNAPSTART", "PROVISIONED"],
    "ProtectData": ["true", "false"],
    # docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html, for Lambda.
    "DeploymentPreference": [
        "AllAtOnce",
        *(f"Canary10Percent{minutes}Minutes" for minutes in (5, 10, 15, 30)),
        "Linear10PercentEvery1Minute",
        *(f"Linear10PercentEvery{minutes}Minutes" for minutes in (2, 3, 10)),
    ],
    # docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    "LogRetentionDays": [
        *("1", "3", "5", "7", "14", "30", "60", "90"),
        *("180", "365", "731", "1827", "3653"),
    ],
}


def test_limits_of_parameters() -> None:
    parameters = written()["Parameters"]
    ranges = {
        name: (rules["MinValue"], rules["MaxValue"])
        for name, rules in parameters.items()
        if "MinValue" in rules
    }
    choices = {
        name: rules["AllowedValues"]
        for name, rules in parameters.items()
        if "AllowedValues" in rules
    }
    assert ranges == NUMBERS
    assert choices == CHOICES
    assert {name for name, rules in parameters.items() if rules["Type"] == "Number"} == {
        *NUMBERS,
        "LogRetentionDays",
    }
    assert parameters["UploadOrigins"]["Type"] == "CommaDelimitedList"


@pytest.mark.parametrize(
    "accepted",
    [
        {"NotificationEmail": "owner@example.com"},
        {"OperationsEmail": "on-call+1@mail.example.com"},
        {"ApiConcurrency": "9999"},
        {"JwtIssuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2c3D4e"},
        {"JwtIssuer": "https://tenant.example:8443/"},
        {"JwtAudience": "api://one,https://two.example"},
        {"DailyBudgetDollars": "0.50"},
        {"DailyBudgetDollars": "100.5"},
        {"UploadOrigins": "https://one.example,http://localhost:8000"},
        {"UploadOrigins": "https://*"},
        {"ModerationIgnoredLabels": "Alcohol,Drugs & Tobacco,Swimwear or Underwear"},
        {"ModerationAdapterArn": GIVEN["ModerationAdapterArn"]},
        {"IdSalt": "0123456789abcdef"},
        {"IdSalt": "A+/=_-" * 20},
        {"IdSalt": "{{resolve:secretsmanager:image-pipeline/id-salt}}"},
        {"IdSalt": "{{resolve:secretsmanager:salts:SecretString:image pipeline}}"},
        {"IdSalt": "{{resolve:secretsmanager:salts:SecretString:image:AWSPREVIOUS}}"},
        {"IdSalt": "{{resolve:secretsmanager:salts:SecretString::AWSCURRENT:}}"},
        {"IdSalt": "{{resolve:secretsmanager:salts::::11111111-2222-3333-4444-555555555555}}"},
        {"IdSalt": f"{{{{resolve:secretsmanager:{SECRET}}}}}"},
        {"IdSalt": f"{{{{resolve:secretsmanager:{SECRET}:SecretString:image}}}}"},
    ],
    ids=lambda accepted: "=".join(*accepted.items()),
)
def test_a_valid_value_is_accepted(accepted: dict[str, str]) -> None:
    assert resources(**accepted)


@pytest.mark.parametrize(
    "defect",
    [
        {"Renditions": "thumbnail"},
        {"CustomDomainName": "https://images.example.com"},
        {"CertificateArn": "arn:aws:acm:eu-west-1:123456789012:key/one"},
        {"KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:alias/one"},
        {"PermissionsBoundaryArn": "arn:aws:iam::123456789012:role/one"},
        {"Renditions": "a=10x10:stretch:webp:80"},
        {"Renditions": "a=0x10:cover:webp:80"},
        {"Renditions": "a=10x10:cover:webp:80, b=10x10:cover:webp:80"},
        {"NotificationEmail": "somebody"},
        {"OperationsEmail": "some body@example.com"},
        {"ApiConcurrency": "0"},
        {"DailyBudgetDollars": "0"},
        {"DailyBudgetDollars": "0.00"},
        {"DailyBudgetDollars": "$5"},
        {"ModerationConcurrency": "many"},
        {"StepsConcurrency": "10000"},
        {"ModerationIgnoredLabels": "Alcohol;Gambling"},
        {"ModerationProvider": "none"},
        {"ModerationAdapterArn": "arn:aws:rekognition:eu-west-1:123456789012:project/one/1"},
        {"NotificationEmail": "some body@example.com"},
        {"OperationsEmail": "somebody"},
        {"UploadOrigins": "example.com"},
        # API Gateway refuses these.
        {"UploadOrigins": "https://example.com/"},
        {"UploadOrigins": "https://*.example.com"},
        # API Gateway reads the issuer's documents over HTTPS.
        {"JwtIssuer": "http://issuer.example"},
        {"JwtIssuer": "issuer.example"},
        {"JwtIssuer": "https://issuer.example/?tenant=1"},
        {"JwtAudience": "one, two"},
        {"JwtAudience": "one,"},
        {"ApiAuth": "iam"},
        {"MaxPixels": "0"},
        {"ModerationRejectConfidence": "101"},
        {"LogRetentionDays": "2"},
        {"StoreGps": "yes"},
        {"Architecture": "arm"},
        {"IdSalt": "fifteen-letters"},
        {"IdSalt": "a" * 129},
        {"IdSalt": "sixteen letters and blanks"},
        {"IdSalt": "{{resolve:secretsmanager:}}"},
        {"IdSalt": "{{resolve:secretsmanager:salts"},
        {"IdSalt": "{resolve:secretsmanager:salts}"},
        {"IdSalt": "{{resolve:secretsmanager:salts}}-and-more"},
        {"IdSalt": "{{resolve:secretsmanager:two salts}}"},
        {"IdSalt": "{{resolve:secretsmanager:salts:SecretBinary}}"},
        {"IdSalt": "{{resolve:secretsmanager:salts:SecretString:image:AWSCURRENT:one-version}}"},
        {"IdSalt": f"{{{{resolve:secretsmanager:{SECRET.replace(':secret:', ':key:')}}}}}"},
        # Lambda's variables cannot hold the first, and the second is not encrypted.
        {"IdSalt": "{{resolve:ssm-secure:image-pipeline-id-salt:1}}"},
        {"IdSalt": "{{resolve:ssm:image-pipeline-id-salt}}"},
    ],
    ids=lambda defect: "=".join(*defect.items()),
)
def test_an_invalid_value_is_refused_before_the_deployment(defect: dict[str, str]) -> None:
    with pytest.raises(TemplateError, match=next(iter(defect))):
        resources(**defect)


@pytest.mark.parametrize("missing", ["JwtIssuer", "JwtAudience"])
def test_tokens_without_an_issuer_or_an_audience_are_refused_before_the_deployment(
    missing: str,
) -> None:
    complete = {"ApiAuth": "JWT", "JwtIssuer": "https://issuer.example", "JwtAudience": "one"}
    assert resources(**complete)
    del complete[missing]
    with pytest.raises(TemplateError, match=f"ApiAuth=JWT needs {missing}"):
        resources(**complete)
    assert resources(**{**complete, "ApiAuth": "IAM"})


def test_template_outputs_and_functions_are_described() -> None:
    document = written()
    assert document["Description"]
    assert all(output["Description"] for output in document["Outputs"].values())
    assert all(properties(function)["Description"] for function in FUNCTIONS)


def test_outputs() -> None:
    assert outputs() == {
        "UploadsBucketName": "UploadsBucket",
        "RenditionsBucketName": "RenditionsBucket",
        "ApiUrl": "https://ImagesApi.execute-api.AWS::Region.AWS::URLSuffix",
        "ImagesTableName": "ImagesTable",
        "OutcomesTopicArn": "OutcomesTopic",
        "OperationsTopicArn": "OperationsTopic",
        "StateMachineArn": "ImagePipelineStateMachine",
    }


def test_an_open_api_is_warned_of() -> None:
    assert "ApiWarning" not in outputs(ApiAuth="IAM")
    assert "Anybody" in outputs(ApiAuth="NONE")["ApiWarning"]


@pytest.mark.parametrize(
    ("parameter", "subscription", "topic"),
    [
        ("NotificationEmail", "OutcomesSubscription", "OutcomesTopic"),
        ("OperationsEmail", "OperationsSubscription", "OperationsTopic"),
    ],
)
def test_a_subscription_exists_only_when_an_email_is_given(
    parameter: str, subscription: str, topic: str
) -> None:
    assert not _subscriptions(WebhookUrl="")
    assert _subscriptions(WebhookUrl="", **{parameter: "owner@example.com"}) == {
        subscription: {"TopicArn": topic, "Protocol": "email", "Endpoint": "owner@example.com"}
    }


@pytest.mark.parametrize(
    ("parameter", "reserved"),
    [
        ("ApiConcurrency", API_FUNCTIONS),
        ("ModerationConcurrency", {"ModerateFunction"}),
        (
            "StepsConcurrency",
            set(FUNCTIONS)
            - API_FUNCTIONS
            - {"ModerateFunction", "WebhookFunction", "DispatchFunction"}
            - {"ConsoleFunction", "SigninFunction"},
        ),
    ],
)
def test_concurrency_is_reserved_by_group_and_only_when_it_is_given(
    parameter: str, reserved: set[str]
) -> None:
    def reserving(**parameters: str) -> dict[str, str]:
        return {
            function: found["ReservedConcurrentExecutions"]
            for function in FUNCTIONS
            if "ReservedConcurrentExecutions" in (found := properties(function, **parameters))
        }

    assert reserving() == {}
    assert reserving(**{parameter: "5"}) == dict.fromkeys(reserved, "5")


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("validate", {"table_name": "ImagesTable", "max_upload_bytes": 52428800,
                      "max_pixels": 100000000, "id_salt": b"", "keep_last_approved": True}),
        ("metadata", {"table_name": "ImagesTable", "store_gps": False}),
        ("moderate", {"table_name": "ImagesTable",
                      "moderation_provider": "REKOGNITION", "moderation_adapter_arn": None,
                      "moderation_review_confidence": 60.0, "moderation_reject_confidence": 95.0,
                      "moderation_ignored_labels": (), "answers_table": None,
                      "keep_answers_days": 0, "max_pixels": 100000000}),
        ("api", {"table_name": "ImagesTable", "renditions_bucket": "RenditionsBucket",
                 "url_lifetime_seconds": 900, "delivery_url": None, "public_key_id": None,
                 "private_key_secret": None, "id_salt": b"", "api_auth": "IAM",
                 "cursor_secret_arn": "CursorSecret", "read_model_table": "ReadModelTable",
                 "idempotency_table": "IdempotencyTable"}),
    ],
)  # fmt: skip
def test_the_defaults_reach_the_functions(
    function: str, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    function_id = of_package(function).logical_id
    variables = properties(function_id, ApiAuth="IAM")["Environment"]["Variables"]
    module = load_handler(function, variables, monkeypatch)
    assert asdict(module.settings) == expected


def test_only_the_functions_that_compute_ids_contain_the_salt() -> None:
    salt = "0123456789abcdef"
    functions = {"ValidateFunction", "RejectFunction", "SweepFunction", "BackfillFunction"}
    functions |= set(API_FUNCTIONS)
    for name, resource in resources(IdSalt=salt).items():
        assert (salt in str(resource)) == (name in functions), name
        if name in functions:
            assert resource["Properties"]["Environment"]["Variables"]["ID_SALT"] == salt


def test_no_parameter_is_hidden() -> None:
    """`sam deploy --guided` asks for a NoEcho parameter until it gets a value."""
    assert [name for name, rules in written()["Parameters"].items() if "NoEcho" in rules] == []


def test_no_resource_has_a_fixed_name() -> None:
    """A second stack in the same account would collide with it."""
    naming = {
        "AlarmName", "BucketName", "FunctionName", "LayerName", "LogGroupName", "Name",
        "QueueName", "RoleName", "StateMachineName", "TableName", "TopicName",
    }  # fmt: skip
    fixed = {
        (logical_id, name, value)
        for logical_id, resource in resources().items()
        for name, value in resource["Properties"].items()
        if resource["Type"] != "AWS::Lambda::Alias"  # its name is its function's own
        if name in naming and value not in resources() and "AWS::StackName" not in value
    }
    assert fixed == set()


def test_stages_of_samconfig() -> None:
    stages = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    overrides = {
        stage: stages[stage]["deploy"]["parameters"]["parameter_overrides"]
        for stage in ("default", "production")
    }
    assert overrides == {"default": "ProtectData=false", "production": "ProtectData=true"}
    for stage in overrides:
        # AUTO_EXPAND is needed only by deployments without a change set.
        capabilities = stages[stage]["deploy"]["parameters"]["capabilities"]
        assert capabilities == "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"


def test_samconfig_shows_how_to_tag_each_stage_and_tags_none() -> None:
    text = (ROOT / "samconfig.toml").read_text(encoding="utf-8")
    assert not [line for line in text.splitlines() if line.startswith("tags")]
    stages = tomllib.loads(text.replace("# tags = ", "tags = "))
    for stage in ("default", "production"):
        tags = stages[stage]["deploy"]["parameters"]["tags"].split()
        assert dict(tag.split("=") for tag in tags)["application"] == "image-pipeline"


def _subscriptions(**parameters: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in resources(**parameters).items()
        if resource["Type"] == "AWS::SNS::Subscription"
    }

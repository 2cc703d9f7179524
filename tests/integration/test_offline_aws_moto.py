"""Each patch of moto has its effect, and is undone at the end."""

from __future__ import annotations

import json
import urllib.request
import uuid
from typing import TYPE_CHECKING, Any

import moto
import pytest
from botocore.exceptions import ClientError

from local.aws.events import documented_object_events
from local.aws.moto_patches import added, replaced
from local.aws.rekognition import moderating
from local.executions import follow
from tests.support.pictures import plain_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws


def jpeg(width: int = 100, height: int = 100, name: str = "JPEG") -> bytes:
    return plain_file(name, (width, height))


def test_moto_has_the_version_that_the_patches_are_written_for() -> None:
    assert moto.__version__ == "5.2.5"


def test_a_patch_of_a_missing_name_fails() -> None:
    class Seamed:
        there = None

    with pytest.raises(AttributeError), replaced(Seamed, "gone", None):
        pass
    with pytest.raises(AttributeError), added(Seamed, "there", None):
        pass


def test_patches_are_undone() -> None:
    from moto.rekognition.responses import RekognitionResponse
    from moto.s3 import notifications

    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(RekognitionResponse, "detect_moderation_labels", raising=False)
        with moderating(lambda _: None, lambda *_: None):
            assert hasattr(RekognitionResponse, "detect_moderation_labels")
        assert not hasattr(RekognitionResponse, "detect_moderation_labels")
    before = notifications._send_event_bridge_message
    with documented_object_events():
        pass
    assert notifications._send_event_bridge_message is before


@pytest.fixture
def machine(aws: OfflineAws) -> Callable[..., Any]:
    """Runs a state machine of one definition, and gives back the execution."""

    def execute(definition: dict[str, Any]) -> Any:
        client = aws.client("stepfunctions")
        arn = client.create_state_machine(
            name=f"seam-{uuid.uuid4()}",
            definition=json.dumps(definition),
            roleArn=aws.deployment.arn("UploadRuleRole"),
        )["stateMachineArn"]
        started = client.start_execution(stateMachineArn=arn, name="one", input="{}")
        return follow(aws, started["executionArn"])

    return execute


def invoking(aws: OfflineAws, retry: list[dict[str, Any]]) -> dict[str, Any]:
    """A definition that invokes a function with nothing that it could work with."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": aws.deployment.alias_arn("StoreFunction"), "Payload": {}},
        "Retry": retry,
        "End": True,
    }
    return {"StartAt": "Invoke", "States": {"Invoke": task}}


def test_step_functions_runs_functions_and_catches_their_errors_by_name(
    aws: OfflineAws, machine: Callable[..., Any]
) -> None:
    execution = machine(invoking(aws, []))
    assert execution.states == ("Invoke",)
    assert execution.explanation == "KeyError: 'image'"


def test_backoffs_are_recorded_and_not_slept(
    aws: OfflineAws, machine: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeps: list[float] = []
    retry = {"ErrorEquals": ["KeyError"], "IntervalSeconds": 60, "MaxAttempts": 2, "BackoffRate": 2}
    before = len(aws.backoffs.seconds)
    monkeypatch.setattr("time.sleep", sleeps.append)
    assert machine(invoking(aws, [retry])).status == "FAILED"
    assert sleeps == []
    assert aws.backoffs.seconds[before:] == [60, 120]


def test_a_direct_call_runs_the_function_too(aws: OfflineAws) -> None:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.deployment.ref("StoreFunction"), Payload=b"{}"
    )
    assert json.loads(answer["Payload"].read())["errorType"] == "KeyError"
    assert "FunctionError" in answer


def moderate(aws: OfflineAws, image: dict[str, Any], **options: Any) -> Any:
    return aws.client("rekognition").detect_moderation_labels(Image=image, **options)


def flagged(aws: OfflineAws, labels: str, data: bytes) -> dict[str, Any]:
    """A request to Rekognition about an object with labels."""
    bucket, key = aws.deployment.ref("UploadsBucket"), f"elsewhere/{uuid.uuid4()}"
    metadata = {"local-moderation": labels} if labels else {}
    version = aws.client("s3").put_object(Bucket=bucket, Key=key, Body=data, Metadata=metadata)
    return {"S3Object": {"Bucket": bucket, "Name": key, "Version": version["VersionId"]}}


def test_moderation_finds_only_the_labels_in_the_metadata_of_the_object(aws: OfflineAws) -> None:
    clean = moderate(aws, flagged(aws, "", jpeg()))
    assert clean["ModerationLabels"] == []
    assert clean["ModerationModelVersion"] == "local-stand-in"
    found = moderate(aws, flagged(aws, "Smoking=70, Violence=51.5", jpeg()))["ModerationLabels"]
    assert {
        label["Name"]: (label["ParentName"], label["TaxonomyLevel"], label["Confidence"])
        for label in found
    } == {
        "Smoking": ("Drugs & Tobacco Paraphernalia & Use", 3, 70.0),
        "Drugs & Tobacco Paraphernalia & Use": ("Drugs & Tobacco", 2, 70.0),
        "Drugs & Tobacco": ("", 1, 70.0),
        "Violence": ("", 1, 51.5),
    }
    sure = moderate(aws, flagged(aws, "Smoking=70, Violence=51.5", jpeg()), MinConfidence=60)
    assert "Violence" not in {label["Name"] for label in sure["ModerationLabels"]}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (jpeg(name="WEBP"), "InvalidImageFormatException"),
        (b"no picture", "InvalidImageFormatException"),
        (jpeg()[:30], "InvalidImageFormatException"),
        (jpeg(10_001, 90, "PNG"), "ImageTooLargeException"),
        (jpeg(10_001, 90), "ImageTooLargeException"),
        (jpeg(79, 100), "InvalidParameterException"),
        (jpeg() + bytes(15 * 1024 * 1024), "ImageTooLargeException"),
    ],
)
def test_moderation_refuses_what_rekognition_refuses(
    aws: OfflineAws, data: bytes, error: str
) -> None:
    with pytest.raises(ClientError) as refused:
        moderate(aws, flagged(aws, "", data))
    assert refused.value.response["Error"]["Code"] == error


def test_the_limit_on_moderated_bytes_is_lower_than_on_objects(aws: OfflineAws) -> None:
    assert moderate(aws, {"Bytes": jpeg()})["ModerationLabels"] == []
    with pytest.raises(ClientError, match="ImageTooLargeException"):
        moderate(aws, {"Bytes": jpeg() + bytes(5 * 1024 * 1024)})
    with pytest.raises(ClientError, match="InvalidS3ObjectException"):
        moderate(aws, {"S3Object": {"Bucket": "none", "Name": "nothing"}})


def test_versions_are_listed_under_keys_that_xml_cannot_hold(aws: OfflineAws) -> None:
    bucket, key = aws.deployment.ref("UploadsBucket"), "listed/a+b%20\x01\r\n<é>"
    s3 = aws.client("s3")
    written = [
        s3.put_object(Bucket=bucket, Key=key, Body=b"")["VersionId"],
        s3.put_object(Bucket=bucket, Key=key, Body=b"")["VersionId"],
        s3.delete_object(Bucket=bucket, Key=key)["VersionId"],
    ]
    assert len(set(written)) == 3
    listing = s3.list_object_versions(Bucket=bucket, Prefix=key)
    found = [*listing["DeleteMarkers"], *listing["Versions"]]
    assert listing["Prefix"] == key
    assert {each["Key"] for each in found} == {key}
    assert {each["VersionId"] for each in found} == set(written)


def test_the_same_state_is_served_over_http(aws: OfflineAws) -> None:
    request = urllib.request.Request(
        aws.s3_url,
        b"{}",
        {
            "Authorization": "AWS4-HMAC-SHA256 "
            "Credential=local/20260501/us-east-1/dynamodb/aws4_request, "
            "SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "DynamoDB_20120810.ListTables",
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert aws.deployment.ref("ImagesTable") in json.load(answer)["TableNames"]

"""The offline AWS sends the events that S3 would send for a new object."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from tests.integration.forms import multipart_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws

# The fields of docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html.
ENVELOPE = {
    "version",
    "id",
    "detail-type",
    "source",
    "account",
    "time",
    "region",
    "resources",
    "detail",
}
DETAIL = {
    "version",
    "bucket",
    "object",
    "request-id",
    "requester",
    "source-ip-address",
    "reason",
}


def put(aws: OfflineAws, bucket: str, key: str) -> str | None:
    version = aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"data").get("VersionId")
    return None if version is None else str(version)


def copy(aws: OfflineAws, bucket: str, key: str) -> str:
    source = f"{key}.source".replace("uploads/", "elsewhere/")
    put(aws, bucket, source)
    client = aws.client("s3")
    answer = client.copy_object(
        Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": source}
    )
    return str(answer["VersionId"])


def upload_in_parts(aws: OfflineAws, bucket: str, key: str) -> str:
    client = aws.client("s3")
    upload = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    part = client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"data")
    answer = client.complete_multipart_upload(
        Bucket=bucket,
        Key=key,
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    return str(answer["VersionId"])


def post(aws: OfflineAws, bucket: str, key: str) -> str:
    signer = boto3.client("s3", config=Config(signature_version="s3v4"))
    form = signer.generate_presigned_post(bucket, key)
    body, content_type = multipart_form(form["fields"], b"data")
    request = urllib.request.Request(
        f"{aws.s3_url}/{bucket}", body, {"Content-Type": content_type}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10):
        pass
    return str(aws.client("s3").head_object(Bucket=bucket, Key=key)["VersionId"])


def events_of(aws: OfflineAws, key: str, version: str | None) -> list[dict[str, Any]]:
    client = aws.client("stepfunctions")
    return [
        json.loads(client.describe_execution(executionArn=arn)["input"])
        for arn in aws.delivery.executions_of(key, version)
    ]


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        (put, "PutObject"),
        (copy, "CopyObject"),
        (upload_in_parts, "CompleteMultipartUpload"),
        (post, "POST Object"),
    ],
)
def test_every_kind_of_upload_sends_one_event_of_the_documented_shape(
    aws: OfflineAws, way: Callable[[OfflineAws, str, str], str], reason: str
) -> None:
    bucket, key = aws.deployment.ref("UploadsBucket"), f"uploads/events/{way.__name__} a+b%20é"
    version = way(aws, bucket, key)
    (event,) = events_of(aws, key, version)
    assert set(event) == ENVELOPE
    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert event["resources"] == [f"arn:aws:s3:::{bucket}"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["time"])
    detail = event["detail"]
    assert set(detail) == DETAIL
    assert detail["reason"] == reason
    created = detail["object"]
    assert set(created) == {"key", "size", "etag", "version-id", "sequencer"}
    assert (created["key"], created["size"], created["version-id"]) == (key, 4, version)
    stored = aws.client("s3").head_object(Bucket=bucket, Key=key)
    assert created["etag"] == stored["ETag"].strip('"')
    assert re.fullmatch(r"[0-9A-F]{16,18}", created["sequencer"])


def test_a_later_object_has_a_larger_sequencer_and_an_id_of_its_own(aws: OfflineAws) -> None:
    bucket, key = aws.deployment.ref("UploadsBucket"), "uploads/events/sequence"
    versions = [put(aws, bucket, key) for _ in range(3)]
    events = [event for version in versions for event in events_of(aws, key, version)]
    sequencers = [event["detail"]["object"]["sequencer"] for event in events]
    assert sequencers == sorted(set(sequencers))
    assert len({event["id"] for event in events}) == 3


def test_an_object_outside_the_prefix_starts_nothing(aws: OfflineAws) -> None:
    key = "elsewhere/picture.jpg"
    version = put(aws, aws.deployment.ref("UploadsBucket"), key)
    assert aws.delivery.executions_of(key, version) == []


def test_an_object_without_versions_has_no_version_id(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr("local.aws.events.publish", lambda event, _account: sent.append(event))
    client = aws.client("s3")
    client.create_bucket(Bucket="without-versions")
    client.put_bucket_notification_configuration(
        Bucket="without-versions", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    put(aws, "without-versions", "uploads/a")
    client.delete_object(Bucket="without-versions", Key="uploads/a")
    assert [event["detail-type"] for event in sent] == ["Object Created", "Object Deleted"]
    assert set(sent[0]["detail"]["object"]) == {"key", "size", "etag", "sequencer"}


def test_the_event_of_an_object_follows_its_content_type_and_tags(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, seen = aws.client("s3"), []

    def look(event: dict[str, Any], _account: str) -> None:
        detail = event["detail"]
        place = {"Bucket": detail["bucket"]["name"], "Key": detail["object"]["key"]}
        tags = client.get_object_tagging(**place)["TagSet"]
        seen.append((client.head_object(**place)["ContentType"], tags))

    monkeypatch.setattr("local.aws.events.publish", look)
    client.put_object(
        Bucket=aws.deployment.ref("UploadsBucket"),
        Key="uploads/events/whole",
        Body=b"data",
        ContentType="image/x-whole",
        Tagging="a=b",
    )
    assert seen == [("image/x-whole", [{"Key": "a", "Value": "b"}])]

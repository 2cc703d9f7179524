"""The offline S3 keeps, deletes, archives and lists versions, and tells of each, as S3 does."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.integration.forms import multipart_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.offline import OfflineAws

PLACE = {"Bucket": "lives", "Key": "uploads/a"}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events of S3, which nothing receives."""
    events: list[dict[str, Any]] = []
    monkeypatch.setattr("local.aws.events.publish", lambda event, _account: events.append(event))
    return events


@pytest.fixture(params=["in-process", "http"])
def s3(aws: OfflineAws, sent: list[dict[str, Any]], request: Any) -> Iterator[Any]:
    """Client of S3, with an empty bucket that keeps versions."""
    client = aws.client("s3")
    client.create_bucket(Bucket="lives")
    client.put_bucket_notification_configuration(
        Bucket="lives", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    version(client, "Enabled")
    yield client if request.param == "in-process" else boto3.client("s3", endpoint_url=aws.s3_url)
    listed = client.list_object_versions(Bucket="lives")
    for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        client.delete_object(Bucket="lives", Key=each["Key"], VersionId=each["VersionId"])
    client.delete_bucket(Bucket="lives")
    assert all(event["source"] == "aws.s3" for event in sent)


def version(s3: Any, status: str) -> None:
    s3.put_bucket_versioning(Bucket="lives", VersioningConfiguration={"Status": status})


def put(s3: Any, body: bytes = b"1", **options: Any) -> str:
    return str(s3.put_object(**PLACE, Body=body, **options)["VersionId"])


def told(sent: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Type, reason, kind of deletion and version of each event since the last call."""
    found: list[tuple[str, ...]] = [
        (
            event["detail-type"],
            event["detail"].get("reason", ""),
            event["detail"].get("deletion-type", ""),
            event["detail"]["object"]["version-id"],
        )
        for event in sent
    ]
    sent.clear()
    return found


def refused(call: Callable[[], Any]) -> tuple[str, int, dict[str, str]]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response["ResponseMetadata"]
    headers = answer["HTTPHeaders"]
    kept = {name: headers[name] for name in headers if name in MARKER}
    return caught.value.response["Error"]["Code"], answer["HTTPStatusCode"], kept


MARKER = ("x-amz-delete-marker", "x-amz-version-id")


def test_markers_and_permanent_deletions_are_told_apart(s3: Any, sent: list[Any]) -> None:
    first, second = put(s3), put(s3)
    told(sent)
    marked = s3.delete_object(**PLACE)
    assert marked["DeleteMarker"]
    marker = marked["VersionId"]
    assert told(sent) == [("Object Deleted", "DeleteObject", "Delete Marker Created", marker)]
    assert s3.delete_object(**PLACE, VersionId=marker)["DeleteMarker"]
    s3.delete_object(**PLACE, VersionId=first)
    gone = "Object Deleted", "DeleteObject", "Permanently Deleted"
    detail = sent[-1]["detail"]
    assert set(detail["object"]) == {"key", "etag", "version-id", "sequencer"}
    sequencers = [event["detail"]["object"]["sequencer"] for event in sent]
    assert sequencers == sorted(set(sequencers))
    assert told(sent) == [(*gone, marker), (*gone, first)]
    s3.delete_object(**PLACE, VersionId=first)
    assert told(sent) == []  # it was gone
    assert s3.head_object(**PLACE)["VersionId"] == second


def test_each_deletion_of_a_batch_is_told(s3: Any, sent: list[Any]) -> None:
    first, second = put(s3), put(s3)
    told(sent)
    key = PLACE["Key"]
    objects = [{"Key": key, "VersionId": first}, {"Key": key}, {"Key": "uploads/never"}]
    deleted = s3.delete_objects(Bucket="lives", Delete={"Objects": objects})["Deleted"]
    assert [each["Key"] for each in deleted] == [key, key, "uploads/never"]
    assert [each[2] for each in told(sent)] == [
        "Permanently Deleted",
        "Delete Marker Created",
        "Delete Marker Created",
    ]
    assert refused(lambda: s3.head_object(**PLACE))[1] == 404
    assert s3.head_object(**PLACE, VersionId=second)["VersionId"] == second


def test_a_lifecycle_rule_expires_what_is_current(
    aws: OfflineAws, s3: Any, sent: list[Any]
) -> None:
    first = put(s3)
    told(sent)
    aws.archive.expire("lives", PLACE["Key"])
    detail = sent[0]["detail"]
    assert (detail["requester"], "source-ip-address" in detail) == ("s3.amazonaws.com", False)
    aws.archive.expire("lives", PLACE["Key"], first)
    expired = [each[:3] for each in told(sent)]
    assert expired == [
        ("Object Deleted", "Lifecycle Expiration", "Delete Marker Created"),
        ("Object Deleted", "Lifecycle Expiration", "Permanently Deleted"),
    ]


def test_a_delete_marker_answers_like_s3(s3: Any) -> None:
    put(s3)
    marker = s3.delete_object(**PLACE)["VersionId"]
    headers = {"x-amz-delete-marker": "true", "x-amz-version-id": marker}
    assert refused(lambda: s3.head_object(**PLACE)) == ("404", 404, headers)
    assert refused(lambda: s3.get_object(**PLACE)) == ("NoSuchKey", 404, headers)
    named = {**PLACE, "VersionId": marker}
    assert refused(lambda: s3.head_object(**named)) == ("405", 405, headers)
    assert refused(lambda: s3.get_object(**named)) == ("MethodNotAllowed", 405, headers)
    missing = {**PLACE, "VersionId": "never"}
    assert refused(lambda: s3.get_object(**missing)) == ("NoSuchVersion", 404, {})


def test_suspended_versioning_overwrites_and_deletes_only_the_null_version(
    s3: Any, sent: list[Any]
) -> None:
    kept = put(s3)
    version(s3, "Suspended")
    told(sent)
    assert [put(s3, b"2", Tagging="a=b"), put(s3, b"3")] == ["null", "null"]
    assert s3.get_object_tagging(**PLACE)["TagSet"] == []
    assert s3.get_object(**PLACE, VersionId="null")["Body"].read() == b"3"
    assert s3.delete_object(**PLACE)["VersionId"] == "null"
    assert refused(lambda: s3.head_object(**PLACE))[1] == 404
    s3.delete_object(**PLACE, VersionId="null")
    assert s3.head_object(**PLACE)["VersionId"] == kept
    created = ("Object Created", "PutObject", "", "null")
    marked = ("Object Deleted", "DeleteObject", "Delete Marker Created", "null")
    gone = ("Object Deleted", "DeleteObject", "Permanently Deleted", "null")
    assert told(sent) == [created, created, marked, gone]


def test_what_was_there_before_versioning_becomes_the_null_version(
    aws: OfflineAws, sent: list[Any]
) -> None:
    client = aws.client("s3")
    client.create_bucket(Bucket="older")
    client.put_object(Bucket="older", Key="a", Body=b"1")
    assert "VersionId" not in client.head_object(Bucket="older", Key="a")
    client.put_bucket_versioning(Bucket="older", VersioningConfiguration={"Status": "Enabled"})
    assert client.head_object(Bucket="older", Key="a")["VersionId"] == "null"
    client.put_object(Bucket="older", Key="a", Body=b"2")
    listed = client.list_object_versions(Bucket="older")["Versions"]
    assert [each["VersionId"] for each in listed][1:] == ["null"]
    assert sent == []  # the bucket sends no events


def test_an_archived_object_can_be_read_after_its_restore(
    aws: OfflineAws, s3: Any, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws.archive, "restores_at_once", False)
    archived = put(s3, StorageClass="GLACIER", Tagging="a=b")
    put(s3, b"newer")
    told(sent)
    named = {**PLACE, "VersionId": archived}
    days = {"Days": 1}
    assert refused(lambda: s3.get_object(**named))[:2] == ("InvalidObjectState", 403)
    assert s3.get_object_tagging(**named)["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert "Restore" not in s3.head_object(**named)
    s3.restore_object(**named, RestoreRequest=days)
    again = refused(lambda: s3.restore_object(**named, RestoreRequest=days))
    assert again[:2] == ("RestoreAlreadyInProgress", 409)
    assert s3.head_object(**named)["Restore"] == 'ongoing-request="true"'
    assert refused(lambda: s3.get_object(**named))[:2] == ("InvalidObjectState", 403)
    aws.archive.complete()
    head = s3.head_object(**named)
    assert (head["StorageClass"], "false" in head["Restore"]) == ("GLACIER", True)
    assert s3.get_object(**named)["Body"].read() == b"1"
    initiated, completed = (event["detail"] for event in sent)
    assert set(initiated["object"]) == {"key", "size", "etag", "version-id"}
    assert initiated["source-storage-class"] == completed["source-storage-class"] == "GLACIER"
    assert completed["requester"] == "s3.amazonaws.com"
    assert completed["restore-expiry-time"].endswith("T00:00:00Z")
    assert told(sent) == [
        ("Object Restore Initiated", "", "", archived),
        ("Object Restore Completed", "", "", archived),
    ]
    assert refused(lambda: s3.restore_object(**PLACE, RestoreRequest=days))[:2] == (
        "InvalidObjectState",
        403,
    )


def in_parts(s3: Any, storage_class: str) -> None:
    upload = s3.create_multipart_upload(**PLACE, StorageClass=storage_class)["UploadId"]
    part = s3.upload_part(**PLACE, UploadId=upload, PartNumber=1, Body=b"1")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    s3.complete_multipart_upload(**PLACE, UploadId=upload, MultipartUpload=parts)


def in_a_form(s3: Any, storage_class: str) -> None:
    signer = boto3.client("s3", config=Config(signature_version="s3v4"))
    field = {"x-amz-storage-class": storage_class}
    form = signer.generate_presigned_post(
        PLACE["Bucket"], PLACE["Key"], Fields=field, Conditions=[field]
    )
    body, content_type = multipart_form(form["fields"], b"1")
    url = f"{s3.meta.endpoint_url}/{PLACE['Bucket']}"
    request = urllib.request.Request(url, body, {"Content-Type": content_type}, method="POST")
    with urllib.request.urlopen(request, timeout=10):
        pass


def in_a_copy(s3: Any, storage_class: str) -> None:
    put(s3)
    s3.copy_object(**PLACE, CopySource=PLACE, StorageClass=storage_class)


def plainly(s3: Any, storage_class: str) -> None:
    put(s3, StorageClass=storage_class)


@pytest.mark.parametrize("way", [plainly, in_parts, in_a_form, in_a_copy])
@pytest.mark.parametrize("storage_class", ["GLACIER_IR", "DEEP_ARCHIVE"])
def test_every_way_to_upload_has_storage_classes(
    aws: OfflineAws, s3: Any, way: Callable[[Any, str], None], storage_class: str
) -> None:
    if way is in_a_form and "amazonaws" in s3.meta.endpoint_url:
        s3 = boto3.client("s3", endpoint_url=aws.s3_url)
    way(s3, storage_class)
    assert s3.head_object(**PLACE)["StorageClass"] == storage_class
    readable = storage_class == "GLACIER_IR"
    if readable:
        assert s3.get_object(**PLACE)["Body"].read() == b"1"
    else:
        assert refused(lambda: s3.get_object(**PLACE))[:2] == ("InvalidObjectState", 403)


def test_a_lifecycle_rule_archives_the_version_that_is_current(
    aws: OfflineAws, s3: Any, sent: list[Any]
) -> None:
    moved = put(s3)
    told(sent)
    aws.archive.transition("lives", PLACE["Key"], "DEEP_ARCHIVE")
    detail = sent[0]["detail"]
    assert detail["destination-storage-class"] == "DEEP_ARCHIVE"
    assert "sequencer" not in detail["object"]
    assert told(sent) == [("Object Storage Class Changed", "", "", moved)]
    assert refused(lambda: s3.get_object(**PLACE))[:2] == ("InvalidObjectState", 403)


def test_a_copy_onto_itself_is_a_new_version(s3: Any, sent: list[Any]) -> None:
    first = put(s3, Metadata={"order": "1"}, Tagging="a=b")
    told(sent)
    copied = s3.copy_object(
        **PLACE, CopySource=PLACE, MetadataDirective="REPLACE", Metadata={"order": "2"}
    )["VersionId"]
    assert copied != first
    assert told(sent) == [("Object Created", "CopyObject", "", copied)]
    assert s3.head_object(**PLACE)["Metadata"] == {"order": "2"}
    assert s3.get_object_tagging(**PLACE)["TagSet"] == [{"Key": "a", "Value": "b"}]


def listing(s3: Any, **options: Any) -> Iterator[tuple[str, str, bool]]:
    """Key, version and whether it is the newest, in S3's order, from pages of two."""
    position: dict[str, str] = {}
    while True:
        page = s3.list_object_versions(Bucket="lives", MaxKeys=2, **position, **options)
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        assert len(found) + len(page.get("CommonPrefixes", [])) <= 2
        for each in found:
            yield each["Key"], each["VersionId"], each["IsLatest"]
        for each in page.get("CommonPrefixes", []):
            yield each["Prefix"], "", False
        if not page["IsTruncated"]:
            return
        position = {"KeyMarker": page["NextKeyMarker"]}
        if "NextVersionIdMarker" in page:
            position["VersionIdMarker"] = page["NextVersionIdMarker"]


def test_versions_are_listed_in_pages_by_key_and_version(s3: Any) -> None:
    versions = {
        key: [s3.put_object(Bucket="lives", Key=key, Body=b"1")["VersionId"] for _ in range(number)]
        for key, number in (("a", 5), ("b", 1), ("c/d", 2), ("c/e", 1), ("f", 1))
    }
    versions["b"].append(s3.delete_object(Bucket="lives", Key="b")["VersionId"])
    expected = {(key, each, each == made[-1]) for key, made in versions.items() for each in made}
    listed = list(listing(s3))
    assert len(listed) == len(expected) == 11
    assert set(listed) == expected
    assert [each[1] for each in listed if each[0] == "a"] == versions["a"][::-1]
    rolled_up = list(listing(s3, Delimiter="/"))
    assert len(rolled_up) == 9
    assert ("c/", "", False) in rolled_up
    s3.delete_object(Bucket="lives", Key="a", VersionId=versions["a"].pop())
    assert ("a", versions["a"][-1], True) in listing(s3, Prefix="a")
    by_key = s3.list_object_versions(Bucket="lives", KeyMarker="a", MaxKeys=1)
    assert [each["Key"] for each in by_key["DeleteMarkers"]] == ["b"]
    alone = refused(lambda: s3.list_object_versions(Bucket="lives", VersionIdMarker="1"))
    assert alone[:2] == ("InvalidArgument", 400)

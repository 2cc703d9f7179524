"""Probes that call AWS's APIs."""

from __future__ import annotations

import json
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.sample import jpeg
from tests.emulators.emulator import create_stack
from tests.emulators.packaged import upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulators.emulator import Emulator

_SECONDS = 90.0


def _code(call: Callable[[], Any]) -> str:
    """Return the code of the error that a call raises."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "no error"


def _uploads(emulator: Emulator) -> str:
    return emulator.outputs["UploadsBucketName"]


def _scratch(emulator: Emulator) -> str:
    """Make a bucket without policies."""
    name = f"scratch-{uuid.uuid4().hex[:12]}"
    emulator.client("s3").create_bucket(Bucket=name)
    return name


def _waited(look: Callable[[], str]) -> str:
    """Wait until something is found, or until that has taken too long."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with suppress(KeyError, IndexError, StopIteration):
            if found := look():
                return found
        time.sleep(0.3)
    return f"nothing within {_SECONDS:.0f} s"


def _record(emulator: Emulator, key: str) -> dict[str, Any]:
    items = emulator.client("dynamodb").scan(TableName=emulator.outputs["ImagesTableName"])["Items"]
    found: dict[str, Any] = next(item for item in items if item.get("key", {}).get("S") == key)
    return found


def _ended_as(emulator: Emulator, key: str) -> str:
    record = _record(emulator, key)
    status = str(record["status"]["S"])
    if status in {"pending", "processing"}:
        return ""
    return " ".join([status, *([record["reason"]["S"]] if "reason" in record else [])])


def _outcome_of(emulator: Emulator, key: str, data: bytes) -> str:
    emulator.client("s3").put_object(Bucket=_uploads(emulator), Key=key, Body=data)
    return _waited(lambda: _ended_as(emulator, key))


def deploys(emulator: Emulator) -> str:
    """Deploy the template as it is written."""
    if emulator.name == "offline AWS":  # it deploys the template when it starts
        return "CREATE_COMPLETE"
    template = upload(emulator.client("s3"), alarms_as_written=True)
    return create_stack(emulator.url, emulator.key, "as-written", template)


def upload_is_processed(emulator: Emulator) -> str:
    """Upload a picture."""
    return _outcome_of(emulator, "uploads/photo.jpg", jpeg())


def broken_upload_is_refused(emulator: Emulator) -> str:
    """Upload what is no picture."""
    return _outcome_of(emulator, "uploads/broken.jpg", b"no picture")


def deleted_upload(emulator: Emulator) -> str:
    """Delete the picture that was uploaded."""
    key = "uploads/photo.jpg"
    emulator.client("s3").delete_object(Bucket=_uploads(emulator), Key=key)

    def look() -> str:
        ended = _ended_as(emulator, key).partition(" ")[0]
        return ended if ended == "deleted" else ""

    return _waited(look)


def _event(emulator: Emulator) -> dict[str, Any]:
    """The event of the first upload, as its execution received it."""
    client = emulator.client("stepfunctions")
    arn = emulator.outputs["StateMachineArn"]
    for each in client.list_executions(stateMachineArn=arn)["executions"]:
        described = client.describe_execution(executionArn=each["executionArn"])
        event: dict[str, Any] = json.loads(described["input"])
        if event["detail"]["object"]["key"] == "uploads/photo.jpg":
            return event
    raise KeyError


def event_names(emulator: Emulator) -> str:
    """Look at the object in the event of the picture."""
    with suppress(KeyError):
        return ", ".join(sorted(_event(emulator)["detail"]["object"]))
    return "no event"


def event_reason(emulator: Emulator) -> str:
    """Look at the reason in the event of the picture."""
    with suppress(KeyError):
        return str(_event(emulator)["detail"]["reason"])
    return "no event"


def same_execution_again(emulator: Emulator) -> str:
    """Start an execution under the name of one that has ended."""
    client = emulator.client("stepfunctions")
    arn = emulator.outputs["StateMachineArn"]
    first = client.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"][0]
    return _code(
        lambda: client.start_execution(stateMachineArn=arn, name=first["name"], input="{}")
    )


def archived_object(emulator: Emulator) -> str:
    """Read an archived object."""
    s3, bucket = emulator.client("s3"), _scratch(emulator)
    s3.put_object(Bucket=bucket, Key="a", Body=b"data", StorageClass="GLACIER")
    return _code(lambda: s3.get_object(Bucket=bucket, Key="a"))


def delete_marker(emulator: Emulator) -> str:
    """Read a delete marker."""
    s3, bucket = emulator.client("s3"), _scratch(emulator)
    enabled = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=enabled)
    s3.put_object(Bucket=bucket, Key="a", Body=b"data")
    marker = s3.delete_object(Bucket=bucket, Key="a")["VersionId"]
    return _code(lambda: s3.get_object(Bucket=bucket, Key="a", VersionId=marker))


def page_of_versions(emulator: Emulator) -> str:
    """List versions in pages."""
    s3, bucket = emulator.client("s3"), _scratch(emulator)
    enabled = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=enabled)
    for _ in range(3):
        s3.put_object(Bucket=bucket, Key="a", Body=b"data")
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 1}
    )
    return f"{len({each['VersionId'] for page in pages for each in page.get('Versions', [])})}"


def wrong_checksum(emulator: Emulator) -> str:
    """Upload with a checksum that does not match."""
    s3, bucket = emulator.client("s3"), _scratch(emulator)
    return _code(
        lambda: s3.put_object(
            Bucket=bucket, Key="a", Body=b"data", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg=="
        )
    )


def other_encryption(emulator: Emulator) -> str:
    """Upload with an encryption that the bucket's policy denies."""
    given = {"Key": "elsewhere/a", "Body": b"data", "ServerSideEncryption": "aws:kms"}
    return _code(lambda: emulator.client("s3").put_object(Bucket=_uploads(emulator), **given))


def acl(emulator: Emulator) -> str:
    """Upload with an ACL."""
    given = {"Key": "elsewhere/a", "Body": b"data", "ACL": "public-read"}
    return _code(lambda: emulator.client("s3").put_object(Bucket=_uploads(emulator), **given))

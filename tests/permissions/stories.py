"""Runs of every path on which a function or the state machine calls AWS."""

from __future__ import annotations

import dataclasses
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.exceptions import EndpointConnectionError

from local.aws.calls import intercepted
from local.aws.event_source_mappings import polling
from local.aws.permissions import Ledger, Need
from tests.integration.story import ask, ended, process, upload
from tests.permissions import requests
from tests.permissions.backfill import backfill
from tests.permissions.commands import command
from tests.support.heif_files import heic
from tests.support.pictures import gradient_file, two_sheets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws

# A picture of its own, because answers are kept by what is shown.
_HATEFUL = gradient_file(size=(400, 310))
_DOUBTFUL = gradient_file(size=(420, 310))


def tell(aws: OfflineAws) -> Ledger:
    """Run every path, and return the calls with the grants that allowed them."""
    ledger = Ledger(aws.deployment)
    with ledger.opened():
        process(aws, "uploads/permissions/one plain little.jpg", gradient_file())
        process(aws, "uploads/permissions/tagged.jpg", gradient_file(), tagging="shop=north")
        process(aws, "uploads/permissions/line\nbreak.heic", heic())
        process(aws, "uploads/permissions/no.jpg", _HATEFUL, local_moderation="Hate Symbols=99")
        process(aws, "uploads/permissions/empty.jpg", b"")
        process(aws, "uploads/permissions/animated.gif", two_sheets())
        requests.uploads(aws)
        _listed(aws)
        _reviewed(aws)
        _upload_is_gone(aws)
        _rejected_upload_is_gone(aws)
        _gone_while_validation_is_broken(aws)
        _converted_picture_is_gone(aws)
        _overtaken(aws)
        _tried_twice(aws)
        _written_late(aws)
        with during(aws, "ImagePipelineStateMachine", "Publish", _no_connection):
            upload_and_wait(aws, "uploads/permissions/untold.jpg", gradient_file())
        command(aws)
        backfill(aws)
        _swept(aws, ledger)
        _posted_in_vain(aws)
        _projected(aws, ledger)
    return ledger


def _posted_in_vain(aws: OfflineAws) -> None:
    """Have one webhook tried as often as it is; nobody listens at its URL."""
    aws.client("sqs").purge_queue(QueueUrl=aws.deployment.ref("WebhooksQueue"))
    process(aws, "uploads/permissions/webhook.jpg", b"")
    aws.queues.settle()


def upload_and_wait(aws: OfflineAws, key: str, data: bytes) -> None:
    """Upload an object and wait for its execution; only the calls matter."""
    ended(aws, upload(aws, key, data))


@contextmanager
def during(
    aws: OfflineAws, caller: str, operation: str, act: Callable[[Call], None], function: str = ""
) -> Iterator[None]:
    """Run `act` before every call of an operation, or before every invocation of a function."""
    name = aws.deployment.alias_arn(function) if function else None

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        if (call.caller, call.operation) == (caller, operation) and (
            name is None or call.parameters["FunctionName"] == name
        ):
            act(call)
        return perform()

    with intercepted(aws.deployment, around):
        yield


def _listed(aws: OfflineAws) -> None:
    """List all images, those with a status, and those of an owner."""
    assert ask(aws, "/images?limit=1")[0] == 200
    assert ask(aws, "/images?status=approved")[0] == 200
    owner = {"jwt": {"claims": {"sub": "somebody", "scope": "images:read"}}}
    request = {"routeKey": "GET /images", "requestContext": {"authorizer": owner}}
    handler = sys.modules["api.handler"]
    tokens = dataclasses.replace(handler.settings, api_auth="JWT")
    with mock.patch.object(handler, "settings", tokens):
        function = aws.deployment.alias_arn("ApiFunction")
        aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(request))


def _reviewed(aws: OfflineAws) -> None:
    """Lease an image in review, look at it, and release it."""
    doubtful = "uploads/permissions/doubtful.jpg"
    process(aws, doubtful, _DOUBTFUL, local_moderation="Explicit Nudity=70")
    image_id = requests.lease(aws)
    assert ask(aws, "/reviews")[0] == 200
    assert ask(aws, f"/reviews/{image_id}")[0] == 200


def _projected(aws: OfflineAws, ledger: Ledger) -> None:
    """Deliver the stream of records, which Lambda reads with the role of the function."""
    for function, action, resource in polling(aws.deployment):
        ledger.allow(Need(function, action, resource), "event source mapping")
    aws.streams.settle()
    assert ask(aws, "/images?q=one+plain+little+jpg")[0] == 200
    assert ask(aws, "/stats")[0] == 200


def _swept(aws: OfflineAws, ledger: Ledger) -> None:
    """Leave uploads without an outcome, so that the sweep restarts them and then gives them up."""
    names = [aws.deployment.functions[each].name for each in ("RejectFunction", "StoreFunction")]

    def broken(call: Call, perform: Callable[[], Any]) -> Any:
        if any(name in call.parameters.get("FunctionName", "") for name in names):
            raise EndpointConnectionError(endpoint_url="lambda")
        return perform()

    sweep = aws.deployment.functions["SweepFunction"]
    variables: Any = sweep.environment
    variables["OVERDUE_SECONDS"] = "0"  # before the function reads it at its cold start
    with intercepted(aws.deployment, broken):
        upload_and_wait(aws, "uploads/permissions/stuck.jpg", b"not a picture")
        upload_and_wait(aws, "uploads/permissions/hopeless.jpg", gradient_file())
        for _ in range(2):
            _scheduled(aws, ledger)
            _wait_for_all(aws)
    _scheduled(aws, ledger)
    _wait_for_all(aws)


def _wait_for_all(aws: OfflineAws) -> None:
    machine = aws.deployment.ref("ImagePipelineStateMachine")
    listed = aws.client("stepfunctions").list_executions(stateMachineArn=machine)
    for execution in listed["executions"]:
        ended(aws, execution["executionArn"])


def _scheduled(aws: OfflineAws, ledger: Ledger) -> None:
    """Invoke the target of each schedule with the role of the schedule."""
    for name, resource in aws.deployment.resources.items():
        if resource.type == "AWS::Scheduler::Schedule":
            arn = resource.properties["Target"]["Arn"]
            if ledger.allow(Need(name, "lambda:InvokeFunction", arn), "Invoke"):
                aws.client("lambda").invoke(FunctionName=arn, Payload="{}")


def _upload_is_gone(aws: OfflineAws) -> None:
    pictures = {
        "ValidateFunction": gradient_file(),
        "ConvertFunction": heic(),
        "ThumbnailFunction": gradient_file(),
        "MetadataFunction": heic(),  # reads the upload too, and leaves a converted picture
        "ModerateFunction": gradient_file("GIF"),  # a format that Rekognition does not read
    }
    s3 = aws.client("s3")
    for function, data in pictures.items():
        key = f"uploads/permissions/gone-{function}"

        def delete(_: Call, key: str = key) -> None:
            _delete_all(s3, aws.deployment.ref("UploadsBucket"), key)

        with during(aws, "ImagePipelineStateMachine", "Invoke", delete, function):
            upload_and_wait(aws, key, data)


def _rejected_upload_is_gone(aws: OfflineAws) -> None:
    key = "uploads/permissions/gone-StoreFunction"

    def delete(_: Call) -> None:
        _delete_all(aws.client("s3"), aws.deployment.ref("UploadsBucket"), key)

    # Its record is finished by then.
    with during(aws, "StoreFunction", "GetObjectTagging", delete):
        ended(aws, upload(aws, key, _HATEFUL, local_moderation="Hate Symbols=99"))


def _gone_while_validation_is_broken(aws: OfflineAws) -> None:
    """Record a failure of ValidateImage, which has claimed nothing."""
    key, s3 = "uploads/permissions/unclaimed", aws.client("s3")

    def deleted_and_broken(_: Call) -> None:
        _delete_all(s3, aws.deployment.ref("UploadsBucket"), key)
        _no_connection(_)

    with during(aws, "ImagePipelineStateMachine", "Invoke", deleted_and_broken, "ValidateFunction"):
        upload_and_wait(aws, key, gradient_file())


def _converted_picture_is_gone(aws: OfflineAws) -> None:
    s3, bucket = aws.client("s3"), aws.deployment.ref("RenditionsBucket")

    def delete(_: Call) -> None:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for found in page.get("Contents", []):
                if "/converted." in found["Key"]:
                    _delete_all(s3, bucket, found["Key"])

    for function in ("ThumbnailFunction", "MetadataFunction", "ModerateFunction"):
        with during(aws, "ImagePipelineStateMachine", "Invoke", delete, function):
            upload_and_wait(aws, f"uploads/permissions/lost-{function}.heic", heic())


def _overtaken(aws: OfflineAws) -> None:
    for function, data in (("ConvertFunction", heic()), ("ThumbnailFunction", gradient_file())):
        key = f"uploads/permissions/overtaken-{function}"
        newer: list[str] = []

        def overtake(_: Call, key: str = key, newer: list[str] = newer) -> None:
            if not newer:
                newer.append("")
                newer[0] = upload(aws, key, b"not a picture")
                ended(aws, newer[0])

        with during(aws, "ImagePipelineStateMachine", "Invoke", overtake, function):
            upload_and_wait(aws, key, data)


def _tried_twice(aws: OfflineAws) -> None:
    """Only a second attempt notes in the record that it decodes."""
    for function in ("ConvertFunction", "ThumbnailFunction"):
        lost = [True]

        def lose_once(call: Call, lost: list[bool] = lost) -> None:
            if lost and lost.pop():
                _no_connection(call)

        with during(aws, "ImagePipelineStateMachine", "Invoke", lose_once, function):
            upload_and_wait(aws, f"uploads/permissions/twice-{function}.heic", heic())


def _written_late(aws: OfflineAws) -> None:
    """Write a rendition once more while the record is finished, as a given-up step does."""
    s3, bucket = aws.client("s3"), aws.deployment.ref("RenditionsBucket")

    def write(_: Call) -> None:
        (newest,) = s3.list_objects_v2(Bucket=bucket, MaxKeys=1)["Contents"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            newest = max([newest, *page["Contents"]], key=lambda each: each["LastModified"])
        s3.put_object(Bucket=bucket, Key=newest["Key"], Body=b"late")

    with during(aws, "StoreFunction", "UpdateItem", write):
        upload_and_wait(aws, "uploads/permissions/late.jpg", gradient_file())


def _delete_all(s3: Any, bucket: str, key: str) -> None:
    found = s3.list_object_versions(Bucket=bucket, Prefix=key)
    for version in found.get("Versions", []):
        s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


def _no_connection(_: Call) -> None:
    raise EndpointConnectionError(endpoint_url="sns")

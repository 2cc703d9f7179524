"""Requests to the API that change images, and what the sweep does when they are stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import EndpointConnectionError

from image_pipeline.history import event
from image_pipeline.records import Records
from local.aws.calls import intercepted
from local.aws.moto_patches import replaced
from tests.integration.story import process
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws

API = "ApiWriteFunction"
FOLDER = "uploads/permissions/commands"


def command(aws: OfflineAws) -> None:
    """Make every request, then stop requests in such a way that the sweep has everything to do."""
    # Not above: it reads the environment that the functions have.
    from image_pipeline import settling

    _review(aws, "rejected", "reject")
    approved = _review(aws, "approved", "approve")
    _ask(aws, "POST /images/{id}/reprocess", approved)
    _delete_pending(aws, "pending")
    with replaced(settling, "LEASE_SECONDS", -1):
        with intercepted(aws.deployment, _unanswered("Publish")):
            repeated = _delete_pending(aws, "repeated")
        _ask(aws, "DELETE /images/{id}", repeated)
        with intercepted(aws.deployment, _unanswered("ListObjectVersions")):
            _delete_pending(aws, "left")
            _review(aws, "also-left", "reject")
    with intercepted(aws.deployment, _throttled):
        _ask(aws, "POST /images/{id}/reprocess", approved, key="throttled")


def _review(aws: OfflineAws, name: str, decision: str) -> str:
    """Decide about an image, and return its id."""
    image_id = _processed(aws, name, local_moderation="Smoking=80")
    revision = _record(aws, image_id)["revision"]
    _ask(aws, "POST /images/{id}/review", image_id, {"decision": decision}, f'"{revision}"')
    return image_id


def _delete_pending(aws: OfflineAws, name: str) -> str:
    """Delete an image that has a version and an upload in parts that is not complete."""
    image_id = _processed(aws, name)
    upload = aws.client("s3").create_multipart_upload(
        Bucket=aws.deployment.ref("UploadsBucket"), Key=f"{FOLDER}/{name}"
    )
    known = _record(aws, image_id)
    _table(aws).amend(known, {"upload_id": upload["UploadId"]}, (), [event("created")])
    _ask(aws, "DELETE /images/{id}", image_id)
    return image_id


def _processed(aws: OfflineAws, name: str, **metadata: str) -> str:
    # A picture of its own for labels of its own, because answers are kept by what is shown.
    data = gradient_file(size=(400, 320 if metadata else 300))
    story = process(aws, f"{FOLDER}/{name}", data, **metadata)
    return str(story.image["image_id"])


def _record(aws: OfflineAws, image_id: str) -> dict[str, Any]:
    record = _table(aws).get(image_id)
    assert record is not None
    return record


def _table(aws: OfflineAws) -> Records:
    return Records(aws.deployment.ref("ImagesTable"))


def _ask(
    aws: OfflineAws, route: str, image_id: str, body: Any = None, tag: str = "", key: str = ""
) -> None:
    headers = {
        "content-type": "application/json",
        "if-match": tag,
        "idempotency-key": key or f"{route} {image_id}",
    }
    request = {
        "version": "2.0",
        "routeKey": route,
        "pathParameters": {"id": image_id},
        "headers": {name: value for name, value in headers.items() if value},
        "body": None if body is None else json.dumps(body),
        "requestContext": {
            "requestId": f"{route} {image_id}",
            "authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/ann"}},
        },
    }
    answer = aws.client("lambda").invoke(
        FunctionName=aws.deployment.alias_arn(API), Payload=json.dumps(request)
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


def _unanswered(operation: str) -> Callable[[Call, Callable[[], Any]], Any]:
    def around(call: Call, perform: Callable[[], Any]) -> Any:
        if (call.caller, call.operation) == (API, operation):
            raise EndpointConnectionError(endpoint_url=call.service)
        return perform()

    return around


def _throttled(call: Call, perform: Callable[[], Any]) -> Any:
    if (call.caller, call.operation) == (API, "GetItem"):
        error = call.client.exceptions.ProvisionedThroughputExceededException
        raise error({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetItem")
    return perform()

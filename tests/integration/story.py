"""The outcome of an upload as users observe it: states, record, API, topic, buckets."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.executions import Execution, look_at

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

PATIENCE = 60.0


@dataclass(frozen=True)
class Story:
    """An upload and its outcome; `image` is the answer of the API."""

    key: str
    version_id: str
    execution: Execution
    image: dict[str, Any]


def upload(
    aws: OfflineAws,
    key: str,
    data: bytes,
    content_type: str = "",
    tagging: str = "",
    **metadata: str,
) -> str:
    """Put an object and return the ARN of its execution.

    Underscores in the names of metadata become hyphens. Tags are written as a query string.
    """
    declared: Any = {"ContentType": content_type} if content_type else {}
    if tagging:
        declared["Tagging"] = tagging
    version = aws.client("s3").put_object(
        Bucket=aws.deployment.ref("UploadsBucket"),
        Key=key,
        Body=data,
        Metadata={name.replace("_", "-"): value for name, value in metadata.items()},
        **declared,
    )["VersionId"]
    # Another event about the same version, such as its deletion, may have started one since.
    arn, *_ = aws.delivery.executions_of(key, version)
    return str(arn)


def ended(aws: OfflineAws, arn: str) -> Execution:
    """Wait for an execution to end."""
    assert aws.progress.await_end(arn, PATIENCE), aws.progress.states(arn)
    return look_at(aws, arn)


def finish(aws: OfflineAws, arn: str) -> Story:
    """Wait for an execution to end, and read its outcome."""
    client = aws.client("stepfunctions")
    execution = ended(aws, arn)
    event = json.loads(client.describe_execution(executionArn=arn)["input"])
    created = event["detail"]["object"]
    status, image = ask(aws, f"/images?key={urllib.parse.quote(created['key'])}")
    assert status == 200, image
    return Story(created["key"], created["version-id"], execution, image)


def process(
    aws: OfflineAws,
    key: str,
    data: bytes,
    content_type: str = "",
    tagging: str = "",
    **metadata: str,
) -> Story:
    """Upload an object and wait for its outcome."""
    return finish(aws, upload(aws, key, data, content_type, tagging, **metadata))


def ask(aws: OfflineAws, path: str) -> tuple[int, Any]:
    """Ask the API over HTTP, and return the status and the body of its answer."""
    return answer_to(aws.api_url + path, {})


def answer_to(url: str, headers: dict[str, str], method: str = "GET") -> tuple[int, Any]:
    """Send a request, and return the status and the body of the answer."""
    request = urllib.request.Request(url, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def download(url: str) -> bytes:
    """Download from a presigned URL."""
    with urllib.request.urlopen(url, timeout=10) as response:
        return bytes(response.read())


def rendition_keys(aws: OfflineAws, image_id: str) -> set[str]:
    """List the keys of an image in the renditions bucket."""
    listing = aws.client("s3").list_objects_v2(
        Bucket=aws.deployment.ref("RenditionsBucket"), Prefix=f"{image_id}/"
    )
    return {item["Key"] for item in listing.get("Contents", [])}


def notification_of(aws: OfflineAws, story: Story) -> dict[str, Any]:
    """Build the notification that subscribers are sent about a story, in full."""
    client = aws.client("stepfunctions")
    event = json.loads(client.describe_execution(executionArn=story.execution.arn)["input"])
    image = story.image
    explanation = {name: image[name] for name in ("reason", "message") if name in image}
    return {
        "attributes": {"status": image["status"], "reason": image.get("reason", "none")},
        "body": {
            "id": f"{image['image_id']}/{story.version_id}/{image['status']}",
            "image_id": image["image_id"],
            "status": image["status"],
            **explanation,
            "key": story.key,
            "version_id": story.version_id,
            "sequencer": event["detail"]["object"]["sequencer"],
            "uploaded_at": event["time"],
            "processed_at": image["processed_at"],
        },
    }


def tags(aws: OfflineAws, story: Story) -> dict[str, str]:
    """Return the tags of the uploaded version."""
    answer = aws.client("s3").get_object_tagging(
        Bucket=aws.deployment.ref("UploadsBucket"), Key=story.key, VersionId=story.version_id
    )
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}

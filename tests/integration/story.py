"""What happened to one upload, told from the outside: states, record, API, topic, buckets."""

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
    """One upload and what became of it; `image` is what the API answers."""

    key: str
    version_id: str
    execution: Execution
    image: dict[str, Any]


def upload(aws: OfflineAws, key: str, data: bytes, content_type: str = "", **metadata: str) -> str:
    """Put an object; the ARN of its execution. Underscores in metadata names become hyphens."""
    declared = {"ContentType": content_type} if content_type else {}
    version = aws.client("s3").put_object(
        Bucket=aws.deployment.ref("UploadsBucket"),
        Key=key,
        Body=data,
        Metadata={name.replace("_", "-"): value for name, value in metadata.items()},
        **declared,
    )["VersionId"]
    (arn,) = aws.delivery.executions_of(key, version)
    return str(arn)


def ended(aws: OfflineAws, arn: str) -> Execution:
    """Wait for an execution to end."""
    assert aws.progress.await_end(arn, PATIENCE), aws.progress.states(arn)
    return look_at(aws, arn)


def finish(aws: OfflineAws, arn: str) -> Story:
    """Wait for an execution to end, and look at what it left."""
    client = aws.client("stepfunctions")
    execution = ended(aws, arn)
    event = json.loads(client.describe_execution(executionArn=arn)["input"])
    created = event["detail"]["object"]
    status, image = ask(aws, f"/images?key={urllib.parse.quote(created['key'])}")
    assert status == 200, image
    return Story(created["key"], created["version-id"], execution, image)


def process(
    aws: OfflineAws, key: str, data: bytes, content_type: str = "", **metadata: str
) -> Story:
    """Upload and finish."""
    return finish(aws, upload(aws, key, data, content_type, **metadata))


def ask(aws: OfflineAws, path: str) -> tuple[int, Any]:
    """The status and the body of the API's answer, over HTTP."""
    return answer_to(aws.api_url + path, {})


def answer_to(url: str, headers: dict[str, str], method: str = "GET") -> tuple[int, Any]:
    """The status and the body of the answer to a request."""
    request = urllib.request.Request(url, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.loads(refusal.read())


def download(url: str) -> bytes:
    """What a presigned URL gives."""
    with urllib.request.urlopen(url, timeout=10) as response:
        return bytes(response.read())


def rendition_keys(aws: OfflineAws, image_id: str) -> set[str]:
    """Everything of an image in the renditions bucket."""
    listing = aws.client("s3").list_objects_v2(
        Bucket=aws.deployment.ref("RenditionsBucket"), Prefix=f"{image_id}/"
    )
    return {item["Key"] for item in listing.get("Contents", [])}


def tags(aws: OfflineAws, story: Story) -> dict[str, str]:
    """The tags of the uploaded version."""
    answer = aws.client("s3").get_object_tagging(
        Bucket=aws.deployment.ref("UploadsBucket"), Key=story.key, VersionId=story.version_id
    )
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}

"""Requests to the API for every path on which its function that writes calls AWS."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

_TEXT = {
    "filename": "text.jpg",
    "content_type": "image/jpeg",
    "bytes": 4,
    "tags": {"shop": "north"},
}


def uploads(aws: OfflineAws) -> None:
    """Announce images; upload one in parts, and complete one whose parts are gone."""
    _ask(aws, "/images", _TEXT)
    for is_gone in (False, True):
        created = _ask(aws, "/images?multipart", _TEXT)
        path = f"/images/{created['image_id']}/upload"
        signed = _ask(aws, f"{path}/parts", {"part_numbers": [1]})
        request = urllib.request.Request(signed["parts"][0]["url"], b"text", method="PUT")
        with urllib.request.urlopen(request, timeout=30) as answer:
            parts = [{"part_number": 1, "etag": answer.headers["ETag"]}]
        if is_gone:
            _abort(aws, created["key"])
        _ask(aws, f"{path}/complete", {"parts": parts})


def lease(aws: OfflineAws) -> str:
    """Lease the next image in review and release it; return its id."""
    image_id: str = _ask(aws, "/reviews/next", {})["image_id"]
    url = f"{aws.api_url}/reviews/{image_id}/lease"
    with urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=30) as answer:
        assert answer.status == 204
    return image_id


def _abort(aws: OfflineAws, key: str) -> None:
    """Abort the upload in parts of a key, as S3's lifecycle rule does."""
    s3, bucket = aws.client("s3"), aws.deployment.ref("UploadsBucket")
    for upload in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]:
        if upload["Key"] == key:
            s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload["UploadId"])


def _ask(aws: OfflineAws, path: str, body: Any) -> Any:
    """Return the answer, which may be an error."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{aws.api_url}{path}", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)

"""Uploads in parts: several connections at once, and a part that broke off is sent again alone.

S3 does not limit the size of a multipart upload, so each URL is signed for the exact size of its
part, as the header Content-Length.
docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from api.errors import ConflictError, Fault
from image_pipeline import aws
from image_pipeline.current import current
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PART_BYTES = 16 * 1024 * 1024
"""Size of every part but the last; S3 requires 5 MiB."""

HIGHEST_PART = 64
"""Number of the last part of the largest MaxUploadBytes; the URLs of all fit into one answer."""


def part_sizes(size: int) -> list[int]:
    """Divide an upload: the size in bytes of each part, the first of which is number 1."""
    return [min(PART_BYTES, size - start) for start in range(0, size, PART_BYTES)]


def begin(bucket: str, key: str, content_type: str, tags: Mapping[str, str]) -> str:
    """Begin an upload in parts, and return its upload id."""
    tagging: Any = {"Tagging": urlencode(tags)} if tags else {}
    answer = aws.s3().create_multipart_upload(
        Bucket=bucket, Key=key, ContentType=content_type, **tagging
    )
    return answer["UploadId"]


def part_urls(
    bucket: str, key: str, upload_id: str, size: int, numbers: Iterable[int], lifetime: int
) -> dict[str, Any]:
    """Sign the URLs of parts.

    Args:
        bucket: the uploads bucket.
        key: of the object.
        upload_id: of the multipart upload.
        size: of the whole object, in bytes.
        numbers: of the parts.
        lifetime: of the URLs, in seconds.

    Returns:
        `{"parts": [{"part_number", "bytes", "url"}], "expires_at"}`.
    """
    expires_at = datetime.now(UTC) + timedelta(seconds=lifetime)
    sizes = part_sizes(size)
    parts = [
        {
            "part_number": number,
            "bytes": sizes[number - 1],
            "url": aws.s3().generate_presigned_url(
                "upload_part",
                Params={
                    "Bucket": bucket,
                    "Key": key,
                    "UploadId": upload_id,
                    "PartNumber": number,
                    "ContentLength": sizes[number - 1],
                },
                ExpiresIn=lifetime,
            ),
        }
        for number in numbers
    ]
    return {"parts": parts, "expires_at": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def complete(bucket: str, key: str, upload_id: str, etags: Sequence[str]) -> None:
    """Put the parts together; if that was done before, do nothing.

    Args:
        bucket: the uploads bucket.
        key: of the object.
        upload_id: of the multipart upload.
        etags: of all parts, in their order.

    Raises:
        ConflictError: S3 has other parts, or the upload was aborted.
    """
    parts: Any = [
        {"PartNumber": number, "ETag": f'"{etag}"'} for number, etag in enumerate(etags, start=1)
    ]
    try:
        aws.s3().complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "InvalidPart":
            fault = Fault("parts", "have ETags that S3 does not know")
            message = "A part was not uploaded, or has another ETag. Upload it again."
            raise ConflictError(message, fault) from error
        if code != "NoSuchUpload":
            raise
        # S3 forgets an upload when it is completed, when it is aborted, and after a day.
        if current(bucket, key) is None:
            raise ConflictError("The upload was aborted.") from error


def require_upload_id(record: Mapping[str, Any]) -> str:
    """Return the id of the multipart upload that an image waits for.

    Raises:
        ConflictError: it waits for none.
    """
    if record["status"] != Status.PENDING or "upload_id" not in record:
        message = "The image waits for no upload in parts: it has none, or it is over."
        raise ConflictError(message)
    return str(record["upload_id"])

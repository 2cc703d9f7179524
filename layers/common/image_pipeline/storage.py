"""Objects in S3: read whole, write, list, delete, tag, and presign URLs."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.models import S3Object
from image_pipeline.refusals import archived, object_deleted
from image_pipeline.upload_notes import OWN_TAGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mypy_boto3_s3.type_defs import TagTypeDef

# Also for a delete marker, and for another content under the version "null".
_GONE = {"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed", "PreconditionFailed", "412"}
_ARCHIVED = "InvalidObjectState"
# Each URL says for how long its answer may be kept.
_CACHE_CONTROL = "private, max-age=0"
# From this size on, several connections are faster (docs/performance.md).
_PART, _PARTS_AT_ONCE = 8 * 1024 * 1024, 4
_READ_IN_PARTS = 2 * _PART
# docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
_TAGS_OF_AN_OBJECT = 10
_STATUS = f"{OWN_TAGS}status"
_TAG: TagTypeDef = {"Key": _STATUS, "Value": "rejected"}
APPROVED: TagTypeDef = {"Key": _STATUS, "Value": "approved"}
"""The tag of renditions that CloudFront may read."""
_WITHDRAWN: TagTypeDef = {"Key": _STATUS, "Value": "withdrawn"}


def read(source: S3Object, size: int) -> bytes:
    """Read an object of `size` bytes.

    Raises:
        ValidationError: the object was deleted (`object_deleted`) or `archived`.
    """
    with unreadable_is_refused():
        if size >= _READ_IN_PARTS:
            return _read_in_parts(source, size)
        return aws.s3().get_object(**content_of(source))["Body"].read()


def _read_in_parts(source: S3Object, size: int) -> bytes:
    """Read an object over several connections into one buffer."""
    whole = io.BytesIO(bytes(size))
    failed = threading.Event()

    def fetch(start: int) -> None:
        if failed.is_set():
            return  # if S3 does not answer, no later part may wait for it again
        try:
            end = min(start + _PART, size)
            answer = aws.s3().get_object(**content_of(source), Range=f"bytes={start}-{end - 1}")
            view[start:end] = answer["Body"].read()
        except BaseException:
            failed.set()
            raise

    with whole.getbuffer() as view, ThreadPoolExecutor(_PARTS_AT_ONCE) as pool:
        for part in [pool.submit(fetch, start) for start in range(0, size, _PART)]:
            part.result()
    return whole.getvalue()  # without a copy, because the buffer has no other owner


def sha256(source: S3Object) -> str:
    """Compute the SHA-256 of an object in hexadecimal, reading it in pieces.

    Raises:
        ValidationError: the object was deleted (`object_deleted`) or `archived`.
    """
    digest = hashlib.sha256()
    with unreadable_is_refused():
        for piece in aws.s3().get_object(**content_of(source))["Body"].iter_chunks(1024 * 1024):
            digest.update(piece)
    return digest.hexdigest()


def write(bucket: str, key: str, data: bytes, content_type: str) -> S3Object:
    """Write an immutable object, verified by S3 with SHA-256, and return its version."""
    answer = aws.s3().put_object(
        Bucket=bucket,
        Key=key,
        Body=data,
        ContentType=content_type,
        CacheControl=_CACHE_CONTROL,
        ChecksumSHA256=base64.b64encode(hashlib.sha256(data).digest()).decode(),
    )
    return S3Object(bucket, key, answer.get("VersionId"))


def delete(versions: Collection[S3Object]) -> None:
    """Delete versions permanently; one that does not exist is not an error."""
    for version in versions:
        aws.s3().delete_object(**_address(version))


def list_versions(bucket: str, prefix: str) -> set[S3Object]:
    """List every version of every object under a prefix."""
    pages = aws.s3().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    return {
        S3Object(bucket, each["Key"], each["VersionId"])
        for page in pages
        for each in page.get("Versions", [])
    }


def tag_rejected(source: S3Object) -> bool:
    """Add a tag to a version, for the lifecycle rule to expire it; its other tags stay.

    Returns:
        Whether the version is tagged or gone; False if it has as many other tags as S3 allows.
    """
    return _set_tag(source, _TAG)


def keep_rejected(source: S3Object) -> None:
    """Change that tag of a version, which is not rejected any more, so that it does not expire."""
    _set_tag(source, {**_TAG, "Value": "kept"})


def is_tagged_rejected(tags: Mapping[str, str]) -> bool:
    """Whether a version with these tags expires."""
    return tags.get(_TAG["Key"]) == _TAG["Value"]


def tag_approved(rendition: S3Object) -> None:
    """Set the tag with which CloudFront may read a rendition; one that is gone is not an error."""
    with _gone_is_ignored():
        aws.s3().put_object_tagging(**_address(rendition), Tagging={"TagSet": [APPROVED]})


def withdraw(rendition: S3Object) -> bool:
    """Change that tag, so that CloudFront may read the rendition no more.

    Returns:
        Whether it has ever had the tag, so that CloudFront may have cached it.
    """
    with _gone_is_ignored():
        tags = aws.s3().get_object_tagging(**_address(rendition))["TagSet"]
        if APPROVED in tags:
            aws.s3().put_object_tagging(**_address(rendition), Tagging={"TagSet": [_WITHDRAWN]})
        return APPROVED in tags or _WITHDRAWN in tags
    return False


def _set_tag(source: S3Object, tag: TagTypeDef) -> bool:
    """Set one tag of a version that exists; return whether there is room for it.

    S3 can only replace a tag set as a whole. It is read immediately before, and not written if it
    has the tag, so that a retry does not undo what others have changed since.
    """
    with _gone_is_ignored():
        tags = aws.s3().get_object_tagging(**_address(source))["TagSet"]
        if tag in tags:
            return True
        others = [each for each in tags if each["Key"] != tag["Key"]]
        if len(others) >= _TAGS_OF_AN_OBJECT:
            return False
        aws.s3().put_object_tagging(**_address(source), Tagging={"TagSet": [*others, tag]})
    return True


@contextmanager
def _gone_is_ignored() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise


def read_tags(source: S3Object) -> dict[str, str]:
    """Return the tags of a version by their names.

    Raises:
        ValidationError: the object was deleted (`object_deleted`) or `archived`.
    """
    with unreadable_is_refused():
        answer = aws.s3().get_object_tagging(**_address(source))
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def presigned_url(source: S3Object, lifetime: int) -> str:
    """Make a URL that reads one version of an object for `lifetime` seconds.

    Only the reader's own cache may keep the answer, and for no longer than that.
    """
    caching = f"private, max-age={lifetime}, immutable"
    return aws.s3().generate_presigned_url(
        "get_object",
        Params={**_address(source), "ResponseCacheControl": caching},
        ExpiresIn=lifetime,
    )


def _address(source: S3Object) -> Any:
    address = {"Bucket": source.bucket, "Key": source.key}
    return address if source.version_id is None else {**address, "VersionId": source.version_id}


def content_of(source: S3Object) -> Any:
    """Return the address of an object to read, and which content it has to have."""
    content = {"IfMatch": f'"{source.etag}"'} if source.etag else {}
    return {**_address(source), **content}


@contextmanager
def unreadable_is_refused() -> Iterator[None]:
    """Context manager in which S3's errors about an object that cannot be read are refusals."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == _ARCHIVED:
            raise archived() from error
        if code not in _GONE:
            raise
        raise object_deleted() from error

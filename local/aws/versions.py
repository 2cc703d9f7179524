"""Versions of objects as S3 keeps them: delete markers and suspended versioning.

moto sends no event for a delete marker or for one deleted version of several. It treats suspended
versioning as none, which loses the older versions, and answers a GET of a delete marker as if there
had never been an object.
Source: docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html.
"""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from moto.s3 import notifications
from moto.s3.exceptions import (
    AccessDeniedByLock,
    MethodNotAllowed,
    MissingVersion,
)
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, S3Backend, s3_backends
from moto.s3.responses import S3Response

from local.aws.listings import list_object_versions
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NULL = "null"
_SUSPENDED = "Suspended"
_ABOUT_OBJECTS = {"tagging", "acl", "legal-hold", "retention", "attributes"}
_EVENTS = notifications.S3NotificationEvent
_changing = threading.RLock()  # two changes at once would lose one version
_numbers: dict[tuple[str, str], Iterator[int]] = defaultdict(count)
_BACKEND: Any = S3Backend
_KEY: Any = FakeKey
_RESPONSE: Any = S3Response


@contextmanager
def versioned() -> Iterator[None]:
    """Context manager in which moto's S3 keeps versions as S3 does."""
    _numbers.clear()
    with ExitStack() as patches:
        for owner, name, replacement in (
            (FakeBucket, "is_versioned", property(lambda bucket: bool(bucket.versioning_status))),
            (FakeKey, "__init__", _naming(_KEY.__init__)),
            (S3Backend, "put_object", _putting(_BACKEND.put_object)),
            (S3Backend, "put_bucket_versioning", _put_bucket_versioning),
            (S3Backend, "delete_object", delete_object),
            (S3Backend, "list_object_versions", list_object_versions),
            (S3Response, "_get_key", _getting(_RESPONSE._get_key)),
            (S3Response, "key_response", _telling_of_markers(_RESPONSE.key_response)),
        ):
            patches.enter_context(replaced(owner, name, replacement))
        yield


def _naming(genuine: Callable[..., None]) -> Callable[..., None]:
    def make(made: Any, *arguments: Any, **options: Any) -> None:
        genuine(made, *arguments, **options)
        if made._is_versioned:
            bucket = s3_backends[made.account_id][made.partition].get_bucket(made.bucket_name)
            made._version_id = _next_version(bucket, made.name)

    return make


def _next_version(bucket: Any, key: str) -> str:
    """Derive a version id from bucket, key and number."""
    if bucket.versioning_status == _SUSPENDED:
        return _NULL
    number = next(_numbers[bucket.name, key])
    named = f"{bucket.name}/{key}/{number}".encode(errors="surrogatepass")
    return hashlib.sha256(named).hexdigest()[:32]


def forget_versions(bucket_name: str, prefix: str) -> None:
    """Name the versions of objects from the beginning again; nothing may remember them."""
    for bucket, key in list(_numbers):
        if bucket == bucket_name and key.startswith(prefix):
            del _numbers[bucket, key]


def _putting(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def put(backend: Any, bucket_name: str, key_name: str, *rest: Any, **options: Any) -> Any:
        with _changing:
            bucket = backend.get_bucket(bucket_name)
            kept = [
                each
                for each in bucket.keys.getlist(key_name, [])
                if bucket.versioning_status != _SUSPENDED or each.version_id != _NULL
            ]
            made = genuine(backend, bucket_name, key_name, *rest, **options)
            if bucket.versioning_status:
                bucket.keys.setlist(key_name, [*kept, made])
            return made

    return put


def _put_bucket_versioning(backend: Any, bucket_name: str, status: str) -> None:
    bucket = backend.get_bucket(bucket_name)
    with _changing:
        bucket.versioning_status = status
        for _, versions in bucket.keys.iterlists():
            for each in versions:
                each._is_versioned = True  # those of before are named "null" from now on


def delete_object(
    backend: Any,
    bucket_name: str,
    key_name: str,
    version_id: str | None = None,
    bypass: bool = False,
    *,
    expired: bool = False,
) -> tuple[bool, dict[str, str]]:
    """Delete an object or one version of it, and announce that.

    Args:
        backend: moto's.
        bucket_name: where it is.
        key_name: its key.
        version_id: to delete permanently; without it, a bucket with versioning gets a marker.
        bypass: the object lock in governance mode.
        expired: by a lifecycle rule.

    Returns:
        Whether there was something to delete, and the headers of S3's answer without `x-amz-`.
    """
    with _changing:
        bucket = backend.get_bucket(bucket_name)
        versions = bucket.keys.getlist(key_name, [])
        if version_id is None and bucket.versioning_status:
            marker = _mark(backend, bucket, key_name, versions)
            _announce(backend, bucket, marker, expired=expired, marked=True)
            return True, {"version-id": marker.version_id, "delete-marker": "true"}
        answer = {} if version_id is None else {"version-id": version_id}
        named = [each for each in versions if each.version_id == (version_id or _NULL)]
        if not named:
            return False, answer
        _remove(backend, bucket, key_name, named[0], bypass=bypass)
        _announce(backend, bucket, named[0], expired=expired, marked=False)
    is_marker = isinstance(named[0], FakeDeleteMarker)
    return True, answer | ({"delete-marker": "true"} if is_marker else {})


def _mark(backend: Any, bucket: Any, key_name: str, versions: list[Any]) -> Any:
    known: Any = SimpleNamespace(name=key_name)
    marker = FakeDeleteMarker(versions[-1] if versions else known)
    marker._version_id = _next_version(bucket, key_name)
    if marker.version_id == _NULL:
        for each in [each for each in versions if each.version_id == _NULL]:
            _remove(backend, bucket, key_name, each)
    bucket.keys.setlist(key_name, [*bucket.keys.getlist(key_name, []), marker])
    return marker


def _remove(
    backend: Any, bucket: Any, key_name: str, removed: Any, *, bypass: bool = False
) -> None:
    if isinstance(removed, FakeKey):
        if removed.is_locked(governance_bypass=bypass):
            raise AccessDeniedByLock
        backend.tagger.delete_all_tags_for_resource(removed.arn)
    left = [each for each in bucket.keys.getlist(key_name, []) if each is not removed]
    bucket.keys.setlist(key_name, left)
    if not left:
        dict.pop(bucket.keys, key_name)


def _announce(backend: Any, bucket: Any, key: Any, *, expired: bool, marked: bool) -> None:
    event = {
        (False, False): _EVENTS.OBJECT_REMOVED_DELETE_EVENT,
        (False, True): _EVENTS.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT,
        (True, False): _EVENTS.LIFECYCLEEXPIRATION_DELETE_EVENT,
        (True, True): _EVENTS.LIFECYCLE_EXPIRATION_DELETE_MARKER_CREATED_EVENT,
    }[expired, marked]
    notifications.send_event(backend.account_id, event, bucket, key)


def _getting(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def get(response: Any, validate_storage_class: bool = True) -> Any:
        # Tags and ACLs of an archived object can be read.
        reads_data = response.querystring.keys().isdisjoint(_ABOUT_OBJECTS)
        try:
            return genuine(response, validate_storage_class and reads_data)
        except MissingVersion:
            if _marker(response):
                raise MethodNotAllowed from None
            raise

    return get


def _telling_of_markers(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def respond(response: Any, request: Any, *rest: Any) -> Any:
        status, headers, body = genuine(response, request, *rest)
        if request.method == "GET" and status in {404, 405} and (found := _marker(response)):
            headers["x-amz-delete-marker"] = "true"
            headers["x-amz-version-id"] = found.version_id
        return status, headers, body

    return respond


def _marker(response: Any) -> Any:
    """Return the delete marker that a request is about, if any."""
    if response.bucket_name not in response.backend.buckets:
        return None
    found = response.backend.get_object(
        response.bucket_name,
        response.parse_key_name(),
        response.querystring.get("versionId", [None])[0],
        return_delete_marker=True,
    )
    return found if isinstance(found, FakeDeleteMarker) else None

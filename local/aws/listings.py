"""Lists of the versions of objects, page by page as S3 makes them.

moto lists versions of one millisecond in the wrong order, marks the newest version on the version
itself, which every reader shares, and takes a key marker without a version id for another place.
Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.s3.exceptions import InvalidArgumentError
from moto.s3.models import FakeDeleteMarker


@dataclass(frozen=True)
class _Listed:
    """A version in a list."""

    version: Any
    is_latest: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.version, name)


def list_object_versions(
    backend: Any,
    bucket_name: str,
    delimiter: str | None = None,
    key_marker: str | None = None,
    max_keys: int = 1000,
    prefix: str = "",
    version_id_marker: str | None = None,
) -> tuple[list[Any], list[str], list[Any], str | None, str | None]:
    """Return a page as moto does: versions, common prefixes, markers, the next two markers."""
    if version_id_marker and not key_marker:
        message = "A version-id marker cannot be specified without a key marker."
        raise InvalidArgumentError(message, "version-id-marker", version_id_marker)
    # Sorted are only those that are asked for: a bucket of a backfill has tens of thousands.
    keys = dict(backend.get_bucket(bucket_name).keys)
    asked_for = [key for key in keys if key.startswith(prefix) and key >= (key_marker or "")]
    entries: dict[Any, _Listed | None] = {}  # a common prefix has no version
    for key in sorted(asked_for):
        versions = list(keys[key])
        if not versions:
            continue  # deleted while the list is made
        folder = _common_prefix(key, prefix, delimiter)
        if folder:
            if key != key_marker and folder != key_marker:
                entries[folder, None] = None
            continue
        newest_first = [_Listed(each, each is versions[-1]) for each in reversed(versions)]
        if key == key_marker:
            newest_first = _after(newest_first, version_id_marker)
        entries |= {(key, each.version_id): each for each in newest_first}
    page = list(entries)[:max_keys]
    following = page[-1] if page and len(page) < len(entries) else (None, None)
    listed = [each for each in map(entries.get, page) if each]
    markers = [each for each in listed if isinstance(each.version, FakeDeleteMarker)]
    versions = [each for each in listed if each not in markers]
    return versions, [key for key, version in page if not version], markers, *following


def _common_prefix(key: str, prefix: str, delimiter: str | None) -> str:
    if not delimiter or delimiter not in key[len(prefix) :]:
        return ""
    return key[: key.index(delimiter, len(prefix)) + len(delimiter)]


def _after(newest_first: list[_Listed], marker: str | None) -> list[_Listed]:
    """Return the versions after a marker; with no marker, none of this key."""
    if not marker:
        return []
    positions = [index for index, each in enumerate(newest_first) if each.version_id == marker]
    return newest_first[positions[0] + 1 :] if positions else newest_first

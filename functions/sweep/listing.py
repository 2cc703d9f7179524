"""The newest version of every object in the uploads bucket, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from image_pipeline import aws
from image_pipeline.current import Current, iso_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Position:
    """The entry of a listing after which the next page begins; empty for the first page."""

    key: str = ""
    version_id: str = ""


@dataclass(frozen=True)
class Newest:
    """What a key holds: `found` is None if the newest version is a delete marker."""

    key: str
    found: Current | None
    modified: datetime


@dataclass(frozen=True)
class Page:
    """Newest versions; `listed_at` is the time at which S3 listed them, by its own clock."""

    newest: tuple[Newest, ...]
    following: Position
    listed_at: datetime

    @property
    def is_last(self) -> bool:
        """Whether no page follows."""
        return self.following == Position()


def list_newest(bucket: str, prefix: str, after: Position) -> Page:
    """List the newest versions after a position: those among up to 1,000 versions of any age."""
    given: Any = {"KeyMarker": after.key} if after.key else {}
    # Without it, S3 would go on after all versions of the key.
    given |= {"VersionIdMarker": after.version_id} if after.version_id else {}
    listing: Any = aws.s3().list_object_versions(Bucket=bucket, Prefix=prefix, **given)
    following = Position()
    if listing["IsTruncated"]:
        following = Position(listing["NextKeyMarker"], listing.get("NextVersionIdMarker", ""))
    return Page(tuple(_newest(listing)), following, time_of(listing))


def _newest(listing: Any) -> Iterator[Newest]:
    for version in listing.get("Versions", []):
        if version["IsLatest"]:
            modified = version["LastModified"]
            found = Current(
                version["VersionId"],
                version["ETag"].strip('"'),
                version["Size"],
                iso_seconds(modified),
            )
            yield Newest(version["Key"], found, modified)
    for marker in listing.get("DeleteMarkers", []):
        if marker["IsLatest"]:
            yield Newest(marker["Key"], None, marker["LastModified"])


def time_of(answer: Any) -> datetime:
    """Return when a service answered, by its own clock."""
    stated = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(stated) if stated else datetime.now(UTC)

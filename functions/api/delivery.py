"""The URLs of renditions. Nothing else in the API knows how renditions are delivered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from api.expiry import as_text
from image_pipeline import storage
from image_pipeline.models import S3Object

if TYPE_CHECKING:
    from collections.abc import Iterable


class Link(NamedTuple):
    """A URL that reads one version of one rendition, and when it stops working (ISO 8601, UTC)."""

    url: str
    expires_at: str


class Delivery(Protocol):
    """Makes the URLs of renditions."""

    @property
    def lifetime(self) -> int:
        """For how many seconds URLs are valid."""

    def links(self, renditions: Iterable[dict[str, Any]]) -> list[Link]:
        """Return the URL of each rendition, given as the record has it; all expire together."""


class Presigned(NamedTuple):
    """Presigned URLs of S3.

    Args:
        bucket: where the renditions are.
        lifetime: of the URLs, in seconds.
    """

    bucket: str
    lifetime: int

    def links(self, renditions: Iterable[dict[str, Any]]) -> list[Link]:
        """Return the URL of each rendition."""
        expires_at = as_text(int(time.time()) + self.lifetime)
        return [Link(self._url(rendition), expires_at) for rendition in renditions]

    def _url(self, rendition: dict[str, Any]) -> str:
        source = S3Object(self.bucket, rendition["key"], rendition.get("version_id"))
        return storage.presigned_url(source, self.lifetime)


def delivery_of(
    bucket: str, lifetime: int, base_url: str | None, public_key_id: str | None, secret: str | None
) -> Delivery:
    """Return the way in which a stack delivers renditions.

    Args:
        bucket: where the renditions are.
        lifetime: of the URLs, in seconds.
        base_url: of the CloudFront distribution; None for presigned URLs of S3.
        public_key_id: with which CloudFront checks URLs, if there is a distribution.
        secret: name of the one with the private key, if there is a distribution.
    """
    if base_url is None:
        return Presigned(bucket, lifetime)
    # Only here: without a distribution, a cold start does not pay for it.
    from api.cloudfront import CloudFront

    return CloudFront(base_url, public_key_id or "", secret or "", lifetime)

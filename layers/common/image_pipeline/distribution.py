"""What CloudFront may read, and what it has to forget; only where a stack delivers through it.

The policy of the renditions bucket lets the distribution read versions with the tag
`image-pipeline-status=approved`, and nothing else. Whoever approves an image tags its renditions;
converted pictures and renditions without a verdict never have the tag.

Before an approved version is deleted, the tag changes to `withdrawn`: from then on CloudFront can
read it no more, and an invalidation removes what it has cached. It is deleted last, so that a retry
after an error anywhere in between still knows that something may be cached.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from image_pipeline import aws, storage
from image_pipeline.errors import Throttled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from image_pipeline.models import S3Object


def approve(versions: Iterable[S3Object]) -> None:
    """Let the distribution read versions; idempotent."""
    for version in versions:
        storage.tag_approved(version)


def withdraw(distribution_id: str, versions: Collection[S3Object]) -> None:
    """Make versions of one image unreadable through the distribution, in its caches too.

    Raises:
        Throttled: too many invalidations are in progress; the versions still have to be deleted.
    """
    readable = [version for version in versions if storage.withdraw(version)]
    if readable:
        image_id = readable[0].key.partition("/")[0]
        _invalidate(distribution_id, f"/{image_id}/*")


def _invalidate(distribution_id: str, path: str) -> None:
    # A reference of its own, because CloudFront answers a repeated one without doing anything.
    batch = {"Paths": {"Quantity": 1, "Items": [path]}, "CallerReference": uuid.uuid4().hex}
    try:
        aws.cloudfront().create_invalidation(
            DistributionId=distribution_id,
            InvalidationBatch=batch,  # type: ignore[arg-type]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "TooManyInvalidationsInProgress":
            raise
        raise Throttled(str(error)) from error

"""Events in any order, and uploads replaced or deleted on the way, for both workflow types."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from image_pipeline.identity import image_id
from local.aws import events
from local.aws.moto_patches import replaced
from tests.faults.in_express import is_express
from tests.faults.matrix import sites
from tests.faults.trial import Trial
from tests.faults.uploads import jpeg, uploads
from tests.integration.story import ended, rendition_keys

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws
    from tests.faults.trial import Site

ORDERS = [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 2)]
"""Orders in which three events arrive."""

STATES = ["ValidateFunction", "ConvertFunction", "ThumbnailFunction", "StoreFunction"]


def overwrite(aws: OfflineAws, key: str, times: int) -> list[Any]:
    """Put an object several times; return the events that S3 would send, undelivered, in order."""
    kept: list[Any] = []
    with replaced(events, "publish", lambda event, _account="": kept.append(event)):
        for number in range(times):
            aws.client("s3").put_object(
                Bucket=aws.deployment.ref("UploadsBucket"), Key=key, Body=jpeg(100 + number)
            )
    return kept


def settled(aws: OfflineAws, key: str) -> dict[str, Any]:
    """Wait for all executions for any version of a key; return its record."""
    if is_express(aws):
        aws.queues.settle()
        return Trial(aws, key).look().record
    for started in list(aws.delivery.started):
        if started.key == key:
            ended(aws, started.arn)
    return Trial(aws, key).look().record


def check_newest(aws: OfflineAws, key: str, delivered: list[Any]) -> None:
    """Check that the record and the renditions are of the version of the last event."""
    newest = delivered[-1]["detail"]["object"]["version-id"]
    record = settled(aws, key)
    assert record["status"] == "approved"
    assert record["source"]["version_id"] == newest
    kept = rendition_keys(aws, image_id(key))
    assert kept == {rendition["key"] for rendition in record["renditions"]}
    assert len(kept) == 4
    assert all(newest in rendition for rendition in kept)


def shuffled(aws: OfflineAws, key: str, times: int) -> tuple[list[Any], list[Any]]:
    """Put an object several times; return its events in order, and in another with some twice."""
    delivered = overwrite(aws, key, times)
    mixed = [*delivered, *delivered[:5]]
    random.Random(times).shuffle(mixed)
    return delivered, mixed


def check_order(aws: OfflineAws, order: tuple[int, ...]) -> None:
    """Check that the newest of three versions stays, and that none is announced twice."""
    key = f"uploads/reordered/{order}.jpg"
    delivered = overwrite(aws, key, 3)
    for number in order:
        events.publish(delivered[number])
        settled(aws, key)
    check_newest(aws, key, delivered)
    versions = [message["version_id"] for message in Trial(aws, key).look().messages]
    assert len(versions) == len(set(versions))


def check_overwritten_before(aws: OfflineAws, state: str) -> None:
    """Check that an upload overwritten before a step ends as its newest version."""
    key = f"uploads/changing/{state}"
    newer: list[str] = []

    def before(site: Site) -> None:
        if site.target == state and not newer:
            newer.append("")
            put = aws.client("s3").put_object(
                Bucket=aws.deployment.ref("UploadsBucket"), Key=key, Body=jpeg()
            )
            newer[0] = put["VersionId"]

    Trial(aws, key, before=before).upload(uploads()["converted"])
    record = settled(aws, key)
    assert (record["status"], record["source"]["version_id"]) == ("approved", newer[0])
    assert all(newer[0] in rendition for rendition in rendition_keys(aws, image_id(key)))


def check_deleted_before_any_call(aws: OfflineAws) -> None:
    """Check that an upload deleted before any of its calls ends as deleted."""
    bucket, s3 = aws.deployment.ref("UploadsBucket"), aws.client("s3")
    for number, site in enumerate(sites(aws, "converted")):
        key = f"uploads/deleted/{number}"

        def before(now: Site, site: Site = site, key: str = key) -> None:
            found = s3.list_object_versions(Bucket=bucket, Prefix=key)
            if now == site:
                for version in found.get("Versions", []):
                    s3.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])

        Trial(aws, key, before=before).upload(uploads()["converted"])
        settled(aws, key)
        left = Trial(aws, key).look()
        assert (left.record["status"], left.renditions) == ("deleted", set()), str(site)
        told = [message["status"] for message in left.messages]
        assert told in (["deleted"], ["approved", "deleted"]), (str(site), told)

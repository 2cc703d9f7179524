"""Events that arrive late, twice, out of order or at once; uploads replaced on the way."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.identity import image_id
from local.aws.environment import isolated

with isolated():
    from local.aws import events
    from local.aws.moto_patches import replaced
    from tests.faults.matrix import sites
    from tests.faults.trial import Trial
    from tests.faults.uploads import jpeg, uploads
    from tests.integration.story import ended, rendition_keys

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws
    from tests.faults.trial import Site

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
    for started in list(aws.delivery.started):
        if started.key == key:
            ended(aws, started.arn)
    return Trial(aws, key).look().record


def check_newest(aws: OfflineAws, key: str, delivered: list[Any]) -> None:
    newest = delivered[-1]["detail"]["object"]["version-id"]
    record = settled(aws, key)
    assert record["status"] == "approved"
    assert record["source"]["version_id"] == newest
    kept = rendition_keys(aws, image_id(key))
    assert kept == {rendition["key"] for rendition in record["renditions"]}
    assert len(kept) == 4
    assert all(newest in rendition for rendition in kept)


@pytest.mark.parametrize("times", [10, pytest.param(40, marks=pytest.mark.faults)])
def test_of_many_concurrent_overwrites_in_any_order_the_newest_stays(
    aws: OfflineAws, times: int
) -> None:
    key = f"uploads/overwritten/{times}.jpg"
    delivered = overwrite(aws, key, times)
    shuffled = [*delivered, *delivered[:5]]  # some of them twice
    random.Random(times).shuffle(shuffled)
    with ThreadPoolExecutor(times) as pool:
        list(pool.map(events.publish, shuffled))
    check_newest(aws, key, delivered)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 2)], ids=str)
def test_the_order_of_events_does_not_matter(aws: OfflineAws, order: tuple[int, ...]) -> None:
    key = f"uploads/reordered/{order}.jpg"
    delivered = overwrite(aws, key, 3)
    for number in order:
        events.publish(delivered[number])
        settled(aws, key)
    check_newest(aws, key, delivered)
    versions = [message["version_id"] for message in Trial(aws, key).look().messages]
    assert len(versions) == len(set(versions))


@pytest.mark.parametrize("state", STATES)
def test_an_upload_overwritten_before_a_step_ends_as_its_newest_version(
    aws: OfflineAws, state: str
) -> None:
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


@pytest.mark.faults
def test_an_upload_deleted_before_any_call_ends_as_deleted(aws: OfflineAws) -> None:
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

"""Events late, doubled, out of order and at once; objects that change on the way."""

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
    from tests.faults.invariants import holes
    from tests.faults.matrix import sites
    from tests.faults.uploads import Trial, jpeg, pictures
    from tests.integration.story import ended, rendition_keys

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws
    from tests.faults.uploads import Site

STATES = ["ValidateFunction", "ConvertFunction", "ThumbnailFunction", "StoreFunction"]


def overwrite(aws: OfflineAws, key: str, times: int) -> list[Any]:
    """Put an object several times; the events that S3 would send, in order, kept back."""
    kept: list[Any] = []
    with replaced(events, "publish", lambda event, _account="": kept.append(event)):
        for number in range(times):
            aws.client("s3").put_object(
                Bucket=aws.deployment.ref("UploadsBucket"), Key=key, Body=jpeg(100 + number)
            )
    return kept


def settled(aws: OfflineAws, key: str) -> dict[str, Any]:
    """The record of a key when all executions for any version of it have ended."""
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
def test_of_many_overwrites_at_once_in_any_order_the_newest_stays(
    aws: OfflineAws, times: int
) -> None:
    key = f"uploads/overwritten/{times}.jpg"
    delivered = overwrite(aws, key, times)
    shuffled = [*delivered, *delivered[:5]]  # and some of them twice
    random.Random(times).shuffle(shuffled)
    with ThreadPoolExecutor(times) as pool:
        list(pool.map(events.publish, shuffled))
    check_newest(aws, key, delivered)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 2)], ids=str)
def test_the_order_of_arrival_does_not_matter(aws: OfflineAws, order: tuple[int, ...]) -> None:
    key = f"uploads/reordered/{order}.jpg"
    delivered = overwrite(aws, key, 3)
    for number in order:
        events.publish(delivered[number])
        settled(aws, key)
    check_newest(aws, key, delivered)
    told = [message["version_id"] for message in Trial(aws, key).look().messages]
    assert len(told) == len(set(told))


@pytest.mark.parametrize("state", STATES)
def test_an_object_overwritten_on_the_way_ends_as_its_newest_version(
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

    Trial(aws, key, before=before).upload(pictures()["converted"])
    record = settled(aws, key)
    assert (record["status"], record["source"]["version_id"]) == ("approved", newer[0])
    assert all(newer[0] in rendition for rendition in rendition_keys(aws, image_id(key)))


@pytest.mark.faults
def test_an_object_deleted_before_any_call_has_one_ending(aws: OfflineAws) -> None:
    bucket, s3 = aws.deployment.ref("UploadsBucket"), aws.client("s3")
    found = {}
    for number, site in enumerate(sites(aws, "converted")):
        key = f"uploads/deleted/{number}"

        def before(now: Site, site: Site = site, key: str = key) -> None:
            if now == site:
                for version in s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]:
                    s3.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])

        left = Trial(aws, key, before=before).upload(pictures()["converted"])
        assert left.record["status"] in {"approved", "rejected"}, (str(site), left.record)
        found[str(site)] = holes(left, may_repeat=False)
    assert not any(found.values()), found

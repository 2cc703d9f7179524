"""What CloudFront may read, and that what is deleted is forgotten there, whatever fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from image_pipeline import aws, storage
from image_pipeline.errors import Throttled
from image_pipeline.renditions_bucket import RenditionsBucket

from .conftest import RENDITIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_pipeline.models import S3Object

    from .conftest import Account

NAMES = ("large.webp", "medium.webp")


@pytest.fixture
def bucket(account: Account) -> RenditionsBucket:
    origin = {
        "Id": "a",
        "DomainName": "a.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    config: Any = {
        "CallerReference": "one",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "a", "ViewerProtocolPolicy": "https-only"},
    }
    made = boto3.client("cloudfront").create_distribution(DistributionConfig=config)
    return RenditionsBucket(RENDITIONS, made["Distribution"]["Id"])


@pytest.fixture
def written(account: Account) -> list[S3Object]:
    return [
        storage.write(RENDITIONS, f"image/version/{name}", b"pixels", "image/webp")
        for name in NAMES
    ]


def as_recorded(versions: list[S3Object]) -> list[dict[str, Any]]:
    return [{"key": each.key, "version_id": each.version_id} for each in versions]


def tags(version: S3Object) -> dict[str, str]:
    return storage.read_tags(version)


def left() -> set[S3Object]:
    return storage.list_versions(RENDITIONS, "image/")


def invalidated(bucket: RenditionsBucket) -> list[list[str]]:
    client, distribution = boto3.client("cloudfront"), str(bucket.distribution_id)
    listed = client.list_invalidations(DistributionId=distribution)["InvalidationList"]
    return [
        client.get_invalidation(DistributionId=distribution, Id=each["Id"])["Invalidation"][
            "InvalidationBatch"
        ]["Paths"]["Items"]
        for each in listed.get("Items", [])
    ]


class Refusing:
    """Refuses one call of an operation with an error of AWS."""

    def __init__(self, client: Any, operation: str, code: str) -> None:
        self._event = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"
        self._client, self._operation, self._code = client, operation, code

    def __enter__(self) -> None:
        self._client.meta.events.register(self._event, self._refuse)

    def __exit__(self, *_: object) -> None:
        self._client.meta.events.unregister(self._event, self._refuse)

    def _refuse(self, **_: Any) -> None:
        error = self._client.exceptions.from_code(self._code)
        raise error({"Error": {"Code": self._code, "Message": "no"}}, self._operation)


def test_without_a_distribution_nothing_is_tagged_and_nothing_asked(
    account: Account, written: list[S3Object], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = RenditionsBucket(RENDITIONS)

    def unexpected(*_: Any, **__: Any) -> None:
        pytest.fail("a call that a stack without a distribution does not make")

    for name in ("get_object_tagging", "put_object_tagging"):
        monkeypatch.setattr(aws.s3(), name, unexpected)
    bucket.approve(as_recorded(written))
    bucket.delete(written)
    assert left() == set()


def test_approved_renditions_are_tagged_by_version(
    account: Account, bucket: RenditionsBucket, written: list[S3Object]
) -> None:
    later = storage.write(RENDITIONS, written[0].key, b"without a verdict", "image/webp")
    for _ in range(2):
        bucket.approve(as_recorded(written))
    assert [tags(each) for each in written] == [{"image-pipeline-status": "approved"}] * 2
    assert tags(later) == {}


def test_a_rendition_that_is_gone_needs_no_approval(
    account: Account, bucket: RenditionsBucket, written: list[S3Object]
) -> None:
    storage.delete(written[:1])
    bucket.approve(as_recorded(written))
    assert tags(written[1]) == {"image-pipeline-status": "approved"}


def test_deleting_what_was_approved_invalidates_the_image_once(
    account: Account, bucket: RenditionsBucket, written: list[S3Object]
) -> None:
    bucket.approve(as_recorded(written))
    bucket.delete(written)
    assert left() == set()
    assert invalidated(bucket) == [["/image/*"]]
    bucket.delete(written)  # as a retry does
    assert len(invalidated(bucket)) == 1


def test_deleting_what_was_never_approved_invalidates_nothing(
    account: Account, bucket: RenditionsBucket, written: list[S3Object]
) -> None:
    bucket.delete(written)
    bucket.delete([])
    assert left() == set()
    assert invalidated(bucket) == []


@pytest.fixture(params=["read", "withdraw", "invalidate", "delete"])
def broken(request: pytest.FixtureRequest) -> Callable[[], Refusing]:
    operations = {
        "read": (aws.s3, "GetObjectTagging"),
        "withdraw": (aws.s3, "PutObjectTagging"),
        "invalidate": (aws.cloudfront, "CreateInvalidation"),
        "delete": (aws.s3, "DeleteObject"),
    }
    client, operation = operations[request.param]
    return lambda: Refusing(client(), operation, "InternalError")


def test_a_retry_after_any_error_forgets_the_image_and_deletes_it(
    account: Account,
    bucket: RenditionsBucket,
    written: list[S3Object],
    broken: Callable[[], Refusing],
) -> None:
    bucket.approve(as_recorded(written))
    with broken(), pytest.raises(ClientError):
        bucket.delete(written)
    assert left() == set(written)  # nothing is deleted that CloudFront may still show
    bucket.delete(written)
    assert left() == set()
    assert invalidated(bucket)[-1] == ["/image/*"]


def test_too_many_invalidations_are_waited_for_like_any_throttle(
    account: Account, bucket: RenditionsBucket, written: list[S3Object]
) -> None:
    bucket.approve(as_recorded(written))
    refusing = Refusing(aws.cloudfront(), "CreateInvalidation", "TooManyInvalidationsInProgress")
    with refusing, pytest.raises(Throttled):
        bucket.delete(written)
    # CloudFront can read them no more, even if it has not forgotten them yet.
    assert [tags(each) for each in written] == [{"image-pipeline-status": "withdrawn"}] * 2
    bucket.delete(written)
    assert (left(), invalidated(bucket)) == (set(), [["/image/*"]])

"""Only renditions of approved images leave through CloudFront, to whom the API gives a URL."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated
from tests.support.heif_files import heic
from tests.support.pictures import gradient_file

from .requests import Answer, changed, get, parameters, signed

with isolated():
    from local import key_pairs
    from tests.integration.story import Story, ask, ended, finish, process, upload

    from .conftest import KEYS

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws


@pytest.fixture
def key() -> str:
    return f"uploads/{uuid.uuid4().hex}.jpg"


@pytest.fixture(scope="module")
def approved(aws: OfflineAws) -> Story:
    story = process(aws, "uploads/module/approved.jpg", gradient_file())
    assert story.image["status"] == "approved"
    return story


def urls(image: dict[str, Any]) -> list[str]:
    return [str(rendition["url"]) for rendition in image["renditions"]]


def refused(answer: Answer, code: str = "AccessDenied") -> bool:
    return answer.status == 403 and f"<Code>{code}</Code>".encode() in answer.body


def versions(aws: OfflineAws, prefix: str) -> list[tuple[str, str]]:
    bucket = aws.deployment.ref("RenditionsBucket")
    found = aws.client("s3").list_object_versions(Bucket=bucket, Prefix=prefix)
    return [(each["Key"], each["VersionId"]) for each in found.get("Versions", [])]


def test_every_rendition_of_an_approved_image_is_read_through_cloudfront(
    aws: OfflineAws, approved: Story
) -> None:
    assert len(approved.image["renditions"]) == 4
    for rendition in approved.image["renditions"]:
        assert rendition["url"].startswith(f"{aws.cloudfront_url}/{approved.image['image_id']}/")
        answer = get(rendition["url"])
        assert answer.status == 200
        assert len(answer.body) == rendition["bytes"]
        assert answer.headers["content-type"] == rendition["content_type"]
        assert get(rendition["url"], method="HEAD").status == 200


def test_one_signature_covers_all_renditions_until_they_expire(approved: Story) -> None:
    signature = ("Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm")
    signatures = {
        tuple(parameters(url)[name] for name in signature) for url in urls(approved.image)
    }
    assert len(signatures) == 1
    assert len({rendition["expires_at"] for rendition in approved.image["renditions"]}) == 1


def test_the_headers_are_for_the_readers_own_cache_and_for_pages(approved: Story) -> None:
    url = urls(approved.image)[0]
    headers = get(url, Origin="https://one.example").headers
    assert headers["cache-control"] == "private, max-age=900, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["access-control-allow-origin"] == "https://one.example"
    assert "access-control-allow-origin" not in get(url, Origin="https://two.example").headers
    asked = {"Origin": "https://one.example", "Access-Control-Request-Method": "GET"}
    preflight = get(url, method="OPTIONS", **asked)
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == "https://one.example"
    assert refused(get(url, method="DELETE"))
    assert refused(get(url, method="PUT"))


def test_an_altered_url_is_refused(aws: OfflineAws, approved: Story) -> None:
    first, second = urls(approved.image)[:2]
    assert refused(get(first.partition("?")[0]), "MissingKey")
    assert refused(get(changed(first, Key_Pair_Id=None)), "MissingKey")
    assert refused(get(changed(first, Signature=None)))
    assert refused(get(changed(first, Hash_Algorithm=None)))
    assert refused(get(changed(first, Key_Pair_Id="K2JCJMDEHXQW5F")))
    assert refused(get(changed(first, Policy="not-base64")), "MalformedPolicy")
    other = signed(aws, KEYS.private, "/other/1/large.webp")
    assert refused(get(changed(first, Policy=parameters(other)["Policy"])))
    assert refused(get(first.replace(approved.image["image_id"], "a" * 26)))
    assert refused(get(first.replace(f"/{approved.version_id}/", "/other/")))
    # Which rendition it is, the signature leaves open; what else the query holds, too.
    assert get(first.replace(first.rpartition("/")[2], second.rpartition("/")[2])).status == 200
    assert get(f"{first}&width=1").status == 200


def test_a_signature_of_another_key_or_time_or_kind_is_refused(
    aws: OfflineAws, approved: Story
) -> None:
    given = urls(approved.image)[0]
    path = given.partition(aws.cloudfront_url or "")[2].partition("?")[0]
    version = parameters(given)["versionId"]
    assert get(signed(aws, KEYS.private, path, version)).status == 200
    assert refused(get(signed(aws, key_pairs.made().private, path, version)))
    assert refused(get(signed(aws, KEYS.private, path, version, seconds=-1)))
    later = {"DateGreaterThan": {"AWS:EpochTime": int(time.time()) + 60}}
    assert refused(get(signed(aws, KEYS.private, path, version, conditions=later)))
    elsewhere = f"https://d111111abcdef8.cloudfront.net{path}*"
    assert refused(get(signed(aws, KEYS.private, path, version, resource=elsewhere)))
    # Without a version, nothing is read: the newest may be one without a verdict.
    assert refused(get(signed(aws, KEYS.private, path)))


def test_what_is_not_approved_is_unreachable_even_with_the_right_key(
    aws: OfflineAws, key: str
) -> None:
    story = process(aws, key, gradient_file(), local_moderation="Explicit Nudity=70")
    assert story.image["status"] == "review"
    found = versions(aws, f"{story.image['image_id']}/")
    assert len(found) == 4
    for name, version in found:
        assert refused(get(signed(aws, KEYS.private, f"/{name}", version)))
        assert refused(get(signed(aws, KEYS.private, f"/{name}")))


def test_a_converted_picture_is_unreachable_while_it_exists(aws: OfflineAws, key: str) -> None:
    story = process(aws, f"{key}.heic", heic())
    assert story.image["status"] == "approved"
    bucket, name = (
        aws.deployment.ref("RenditionsBucket"),
        f"{story.image['image_id']}/1/converted.jpg",
    )
    version = aws.client("s3").put_object(Bucket=bucket, Key=name, Body=b"converted")["VersionId"]
    assert refused(get(signed(aws, KEYS.private, f"/{name}", version)))
    assert get(urls(story.image)[0]).status == 200


def test_a_deleted_image_is_gone_from_the_cache_at_once(aws: OfflineAws, key: str) -> None:
    story = process(aws, key, gradient_file())
    url = urls(story.image)[0]
    assert [get(url).headers["x-cache"] for _ in range(2)] == [
        "Miss from cloudfront",
        "Hit from cloudfront",
    ]
    delete(aws, key)
    assert ask(aws, f"/images/{story.image['image_id']}")[1]["status"] == "deleted"
    assert refused(get(url))
    assert invalidated(aws, story.image["image_id"]) == [f"/{story.image['image_id']}/*"]


def delete(aws: OfflineAws, key: str) -> None:
    """Delete an upload and wait until the pipeline knows."""
    bucket = aws.deployment.ref("UploadsBucket")
    marker = aws.client("s3").delete_object(Bucket=bucket, Key=key)["VersionId"]
    for execution in aws.delivery.executions_of(key, marker):
        ended(aws, execution)


def invalidated(aws: OfflineAws, image_id: str) -> list[str]:
    """Return the paths of an image that were invalidated."""
    client, distribution = aws.client("cloudfront"), aws.deployment.ref("RenditionsDistribution")
    listed = client.list_invalidations(DistributionId=distribution)["InvalidationList"]
    paths = [
        path
        for each in listed.get("Items", [])
        for path in client.get_invalidation(DistributionId=distribution, Id=each["Id"])[
            "Invalidation"
        ]["InvalidationBatch"]["Paths"]["Items"]
    ]
    return [path for path in paths if image_id in path]


def test_a_replaced_picture_and_a_rejected_one_are_gone_too(aws: OfflineAws, key: str) -> None:
    first = process(aws, key, gradient_file())
    assert get(urls(first.image)[0]).status == 200
    doubtful = process(aws, key, gradient_file("PNG"), local_moderation="Explicit Nudity=70")
    assert doubtful.image["last_approved"]["version_id"] == first.version_id
    assert get(urls(doubtful.image)[0]).status == 200  # still the last approved one
    second = process(aws, key, gradient_file("GIF"))
    assert refused(get(urls(first.image)[0]))
    assert get(urls(second.image)[0]).status == 200
    process(aws, key, gradient_file(), local_moderation="Hate Symbols=99")
    assert refused(get(urls(second.image)[0]))
    assert len(invalidated(aws, first.image["image_id"])) == 2


def test_a_picture_that_was_never_approved_costs_no_invalidation(aws: OfflineAws, key: str) -> None:
    story = process(aws, key, gradient_file(), local_moderation="Hate Symbols=99")
    assert story.image["status"] == "rejected"
    assert versions(aws, story.image["image_id"]) == []
    assert invalidated(aws, story.image["image_id"]) == []


def test_an_image_that_is_judged_again_stays_readable_meanwhile(aws: OfflineAws, key: str) -> None:
    """The new renditions have the same keys, and no verdict yet."""
    story = process(aws, key, gradient_file())
    url = urls(story.image)[0]
    name = url.partition(f"{aws.cloudfront_url}/")[2].partition("?")[0]
    bucket = aws.deployment.ref("RenditionsBucket")
    aws.client("s3").put_object(Bucket=bucket, Key=name, Body=b"without a verdict")
    answer = get(url)
    assert answer.status == 200
    assert answer.body != b"without a verdict"
    assert finish(aws, upload(aws, key, gradient_file("PNG"))).image["status"] == "approved"

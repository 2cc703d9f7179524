"""`python -m ops tag`: what was approved before the distribution existed becomes readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated
from tests.support.pictures import gradient_file

from .requests import get, signed
from .test_cloudfront import refused, urls, versions

with isolated():
    from ops.aws import Aws
    from ops.tag import approved_renditions, tag
    from tests.integration.story import process

    from .conftest import KEYS

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws


def test_only_renditions_of_approved_images_become_readable(aws: OfflineAws) -> None:
    story = process(aws, "uploads/tag/approved.jpg", gradient_file())
    doubtful = process(
        aws, "uploads/tag/doubtful.jpg", gradient_file(), local_moderation="Explicit Nudity=70"
    )
    bucket = aws.deployment.ref("RenditionsBucket")
    for name, version in versions(aws, f"{story.image['image_id']}/"):
        aws.client("s3").delete_object_tagging(Bucket=bucket, Key=name, VersionId=version)
    assert all(refused(get(url)) for url in urls(story.image))
    lines: list[str] = []
    for _ in range(2):
        assert tag(Aws("us-east-1", None, None), aws.deployment.stack, lines.append) == 0
    assert lines[0] == lines[1]
    assert lines[0].endswith("renditions are tagged")
    assert {get(url).status for url in urls(story.image)} == {200}
    for name, version in versions(aws, f"{doubtful.image['image_id']}/"):
        assert refused(get(signed(aws, KEYS.private, f"/{name}", version)))


@pytest.mark.parametrize(
    ("record", "keys"),
    [
        ({"status": "approved", "renditions": [{"key": "a"}]}, ["a"]),
        ({"status": "review", "renditions": [{"key": "a"}]}, []),
        (
            {
                "status": "processing",
                "renditions": [{"key": "a"}],
                "last_approved": {"renditions": [{"key": "b"}]},
            },
            ["b"],
        ),
        ({"image_id": "sweep"}, []),
    ],
)
def test_the_renditions_that_readers_may_see(record: dict[str, object], keys: list[str]) -> None:
    assert [each["key"] for each in approved_renditions(record)] == keys

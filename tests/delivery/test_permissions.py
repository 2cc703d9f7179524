"""The roles of a stack with a distribution grant what it takes more, and nothing unused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_pipeline.attribute_values import encode
from local.aws.environment import isolated
from tests.support.pictures import gradient_file

from .requests import get
from .test_cloudfront import delete, refused, urls, versions

with isolated():
    from tests.integration.story import Story, process

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws
    from local.aws.permissions import Grant, Ledger

TAGGED = [{"Key": "image-pipeline-status", "Value": "approved"}]


def is_about_delivery(grant: Grant) -> bool:
    tags_renditions = "Tagging" in grant.action and "renditionsbucket" in grant.resource
    return tags_renditions or "private-key" in grant.resource or "cloudfront:" in grant.action


def test_every_permission_for_the_delivery_is_used(aws: OfflineAws, ledger: Ledger) -> None:
    key = "uploads/permissions/delivery.jpg"
    process(aws, key, gradient_file())
    story = process(aws, key, gradient_file("PNG"))
    assert get(urls(story.image)[0]).status == 200
    _left_behind(aws, story)
    delete(aws, key)
    unused = [grant for grant in ledger.unused() if is_about_delivery(grant)]
    assert [grant for grant in unused if grant.role != "ApiWriteFunctionRole"] == []
    assert ledger.refused == []


def _left_behind(aws: OfflineAws, story: Story) -> None:
    """Leave a rendition that CloudFront may read and no record names, for the sweep to delete."""
    image_id = story.image["image_id"]
    where = {
        "Bucket": aws.deployment.ref("RenditionsBucket"),
        "Key": f"{image_id}/earlier/large.webp",
    }
    s3 = aws.client("s3")
    version = s3.put_object(Body=b"left behind", **where)["VersionId"]
    s3.put_object_tagging(**where, VersionId=version, Tagging={"TagSet": TAGGED})
    aws.client("dynamodb").update_item(
        TableName=aws.deployment.ref("ImagesTable"),
        Key={"image_id": encode(image_id)},
        UpdateExpression="SET displaced = :displaced, #open = :open",
        ExpressionAttributeNames={"#open": "open"},
        ExpressionAttributeValues={
            ":displaced": encode([story.execution.arn]),
            ":open": encode(image_id[0]),
        },
    )
    function = aws.deployment.alias_arn("SweepFunction")
    answer = aws.client("lambda").invoke(FunctionName=function, Payload="{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert not [name for name, _ in versions(aws, image_id) if "/earlier/" in name]
    assert get(urls(story.image)[0]).status == 200
    assert refused(get(f"{aws.cloudfront_url}/{where['Key']}"), "MissingKey")

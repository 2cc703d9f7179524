"""The roles of a stack with a distribution grant what it takes more, and nothing unused."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

from api import cloudfront
from image_pipeline import stack_secrets
from image_pipeline.attribute_values import encode
from local.aws.environment import isolated
from tests.support.pictures import gradient_file

from .requests import get
from .test_cloudfront import delete, refused, urls, versions

with isolated():
    from local.aws.permissions import Ledger
    from tests.integration.story import Story, ask, process
    from tests.permissions import report

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

TAGGED = [{"Key": "image-pipeline-status", "Value": "approved"}]


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


def command(aws: OfflineAws, method: str, path: str, **body: Any) -> int:
    """Send a command to the API, about the image as it is now, and return the status."""
    about = f"/images/{path.split('/')[2]}"
    with urllib.request.urlopen(f"{aws.api_url}{about}", timeout=10) as answer:
        etag = answer.headers["etag"]
    request = urllib.request.Request(
        aws.api_url + path,
        data=json.dumps(body).encode() if body else None,
        headers={"content-type": "application/json", "if-match": etag},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def what_people_do(aws: OfflineAws) -> None:
    """Decide about one image twice and delete another, through the API."""
    story = process(
        aws, "uploads/people/one.jpg", gradient_file(), local_moderation="Explicit Nudity=70"
    )
    image_id = story.image["image_id"]
    review = f"/images/{image_id}/review"
    assert command(aws, "POST", review, decision="approve", reason="fine", note="seen") == 200
    approved = ask(aws, f"/images/{image_id}")[1]
    assert approved["status"] == "approved"
    assert {get(url).status for url in urls(approved)} == {200}
    assert command(aws, "POST", review, decision="reject", reason="appeal", note="not fine") == 200
    assert all(refused(get(url)) for url in urls(approved))

    other = process(aws, "uploads/people/two.jpg", gradient_file())
    assert get(urls(other.image)[0]).status == 200
    assert command(aws, "DELETE", f"/images/{other.image['image_id']}") == 202
    assert all(refused(get(url)) for url in urls(other.image))
    assert versions(aws, other.image["image_id"]) == []


def tell(aws: OfflineAws) -> Ledger:
    """Run every path on which a delivery is allowed or ends, and return the calls."""
    # As in a new execution environment: other tests have had the private key read.
    stack_secrets.read.cache_clear()
    cloudfront._signer.cache_clear()
    ledger = Ledger(aws.deployment)
    with ledger.opened():
        key = "uploads/permissions/delivery.jpg"
        process(aws, key, gradient_file())
        what_people_do(aws)
        story = process(aws, key, gradient_file("PNG"))
        assert get(urls(story.image)[0]).status == 200
        _left_behind(aws, story)
        delete(aws, key)
    return ledger


def test_every_permission_for_the_delivery_is_used_and_on_the_page(aws: OfflineAws) -> None:
    assert report.faults(report.DISTRIBUTION, tell(aws)) == []

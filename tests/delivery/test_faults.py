"""Whatever fails on the way, an approved image is readable and a deleted one is not."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local.aws.environment import isolated
from tests.support.pictures import gradient_file

from .requests import get
from .test_cloudfront import delete, invalidated, refused, urls, versions

with isolated():
    from local.aws.calls import Killed, intercepted
    from tests.integration.story import ask, process

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws


def no_connection(_: Call) -> BaseException:
    return EndpointConnectionError(endpoint_url="offline")


def too_many(call: Call) -> BaseException:
    code = "TooManyInvalidationsInProgress"
    answer: Any = {"Error": {"Code": code, "Message": "no more"}}
    error: type[ClientError] = call.client.exceptions.from_code(code)
    return error(answer, call.operation)


def killed(_: Call) -> BaseException:
    return Killed("Runtime.ExitError")


pytestmark = pytest.mark.faults


class Failing:
    """Fails the first calls of an operation by a function."""

    def __init__(
        self, caller: str, operation: str, error: Callable[[Call], BaseException], times: int = 1
    ) -> None:
        self._about, self._error = (caller, operation), error
        self.left = times

    def __call__(self, call: Call, perform: Callable[[], Any]) -> Any:
        if (call.caller, call.operation) != self._about or not self.left:
            return perform()
        self.left -= 1
        raise self._error(call)


@pytest.fixture
def key() -> str:
    return f"uploads/{uuid.uuid4().hex}.jpg"


@pytest.mark.parametrize("error", [no_connection, killed])
def test_an_image_is_approved_though_tagging_fails(
    aws: OfflineAws, key: str, error: Callable[[Call], BaseException]
) -> None:
    failing = Failing("StoreFunction", "PutObjectTagging", error)
    with intercepted(aws.deployment, failing):
        story = process(aws, key, gradient_file())
    assert failing.left == 0
    assert story.image["status"] == "approved"
    assert {get(url).status for url in urls(story.image)} == {200}


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("GetObjectTagging", no_connection),
        ("PutObjectTagging", killed),
        ("CreateInvalidation", no_connection),
        ("CreateInvalidation", too_many),
        ("CreateInvalidation", killed),
        ("DeleteObject", killed),
    ],
)
def test_an_image_is_gone_though_its_deletion_fails_on_the_way(
    aws: OfflineAws, key: str, operation: str, error: Callable[[Call], BaseException]
) -> None:
    story = process(aws, key, gradient_file())
    url = urls(story.image)[0]
    assert get(url).status == 200
    failing = Failing("RejectFunction", operation, error)
    with intercepted(aws.deployment, failing):
        delete(aws, key)
    assert failing.left == 0
    image_id = story.image["image_id"]
    assert ask(aws, f"/images/{image_id}")[1]["status"] == "deleted"
    assert refused(get(url))
    assert versions(aws, f"{image_id}/") == []
    assert invalidated(aws, image_id)


def test_invalidations_are_waited_for_longer_than_other_errors(aws: OfflineAws, key: str) -> None:
    """CloudFront has room for 15 of an image each at a time."""
    story = process(aws, key, gradient_file())
    failing = Failing("StoreFunction", "CreateInvalidation", too_many, times=20)
    with intercepted(aws.deployment, failing):
        second = process(aws, key, gradient_file("PNG"))
    assert failing.left == 0
    assert second.image["status"] == "approved"
    assert refused(get(urls(story.image)[0]))
    assert get(urls(second.image)[0]).status == 200

"""Functions that Lambda stops for time or memory: whose fault it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from local.aws.calls import intercepted
from tests.integration.failing import named, raising, then_as_before
from tests.integration.story import process, tags
from tests.support.heif_files import heic

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws

pytestmark = pytest.mark.slow

KILLS = ["Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown"]
STEPS = {"ValidateFunction", "ConvertFunction", "ThumbnailFunction", "MetadataFunction"}
THUMBNAIL, CONVERT = "thumbnail.handler.render", "convert.handler.convert_picture"


@pytest.fixture(autouse=True)
def warm(aws: OfflineAws) -> None:
    """Import every module that is patched."""
    process(aws, "uploads/warm.heic", heic())


@pytest.mark.parametrize(
    ("where", "kill", "kills", "status"),
    [
        (THUMBNAIL, "Runtime.ExitError", 1, "approved"),
        *((THUMBNAIL, kill, 2, "rejected") for kill in KILLS),
        (CONVERT, "Runtime.OutOfMemory", 1, "approved"),
        (CONVERT, "Lambda.Unknown", 2, "rejected"),
    ],
)
def test_a_picture_that_kills_its_decoder_twice_is_rejected(
    aws: OfflineAws,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    kill: str,
    kills: int,
    status: str,
) -> None:
    monkeypatch.setattr(where, then_as_before(where, raising(named(kill), times=kills)))
    story = process(aws, f"uploads/{where}-{kill}-{kills}", heic())
    reason = "too_expensive" if status == "rejected" else None
    assert (story.image["status"], story.image.get("reason")) == (status, reason)
    assert tags(aws, story) == {}  # it does not expire: another attempt may accept it


@pytest.mark.parametrize(
    ("where", "kills", "status"),
    [
        ("validate.handler.examine", 5, "approved"),
        ("validate.handler.examine", 6, "failed"),
        ("convert.handler.identify", 2, "failed"),
        ("convert.handler.publish", 2, "failed"),
        ("thumbnail.handler.identify", 2, "failed"),
        ("thumbnail.handler.publish", 2, "failed"),
        ("metadata.handler.extract", 5, "approved"),
        ("metadata.handler.extract", 6, "failed"),
        ("store.handler.finalize", 5, "approved"),
    ],
)
def test_a_kill_without_decoding_is_not_the_pictures_fault(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch, where: str, kills: int, status: str
) -> None:
    failing = raising(named("Sandbox.Timedout"), times=kills)
    monkeypatch.setattr(where, then_as_before(where, failing))
    story = process(aws, f"uploads/{where}-{kills}", heic())
    assert (story.image["status"], story.image.get("reason")) == (
        status, "internal_error" if status == "failed" else None,
    )  # fmt: skip
    assert tags(aws, story) == {}


def test_one_kill_while_decoding_and_one_elsewhere_reject_nothing(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A throttle comes first, so that the first attempt that is killed notes that it decodes."""
    plan = [
        ("thumbnail.handler.identify", "ThrottlingException"),
        ("thumbnail.handler.render", "Runtime.ExitError"),
        ("thumbnail.handler.stage", "Runtime.ExitError"),
    ]
    left = list(plan)

    def failing_at(where: str) -> Callable[..., Any]:
        def fail() -> None:
            if left and left[0][0] == where:
                raise named(left.pop(0)[1])

        return then_as_before(where, fail)

    for where, _ in plan:
        monkeypatch.setattr(where, failing_at(where))
    story = process(aws, "uploads/unlucky.heic", heic())
    assert left == []
    assert (story.image["status"], story.image["reason"]) == ("failed", "internal_error")


@pytest.mark.parametrize(
    ("functions", "outage", "status"),
    [
        (STEPS, 5, "approved"),
        ({"ValidateFunction"}, 6, "failed"),
        ({"ThumbnailFunction"}, 6, "failed"),
    ],
    ids=["until the last attempts", "validate", "thumbnail"],
)
def test_a_picture_outlives_an_s3_that_does_not_answer(
    aws: OfflineAws, functions: set[str], outage: int, status: str
) -> None:
    """The first call of each attempt gives up in time: its timeout is below the function's."""
    left = dict.fromkeys(functions, outage)

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        if call.service == "s3" and left.get(call.caller):
            left[call.caller] -= 1
            raise ReadTimeoutError(endpoint_url="s3")
        return perform()

    with intercepted(aws.deployment, around):
        story = process(aws, f"uploads/unanswered-{outage}-{len(functions)}", heic())
    assert set(left.values()) == {0}
    assert (story.image["status"], story.image.get("reason")) == (
        status, "internal_error" if status == "failed" else None,
    )  # fmt: skip
    assert tags(aws, story) == {}

"""A function without time for its next step gives up before Lambda kills it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.budget import STEP_MILLISECONDS, Budget
from image_pipeline.errors import OutOfTime, Reason, ValidationError
from tests.support.heif_files import heic
from tests.support.pictures import plain_file

from .step_calls import call, image_of

if TYPE_CHECKING:
    from .conftest import Account, Context


@pytest.mark.parametrize(
    ("function", "data", "format_name"),
    [
        ("thumbnail", plain_file("JPEG"), "JPEG"),
        ("moderate", plain_file("WEBP"), "WEBP"),
        ("convert", heic(), "HEIF"),
    ],
)
def test_a_function_without_time_gives_up_and_leaves_nothing(
    account: Account, context: Context, function: str, data: bytes, format_name: str
) -> None:
    image = image_of(account, data, format_name)
    late = dataclasses.replace(context, milliseconds_left=3_000)

    with pytest.raises(ValidationError) as refusal:
        call(function, image, late)

    assert refusal.value.reason is Reason.TOO_SLOW
    assert "make it smaller" in refusal.value.message
    assert account.rendition_keys() == set()


@dataclasses.dataclass(frozen=True)
class SlowDownload:
    """An invocation at whose start there is all the time, and later almost none."""

    memory_limit_in_mb: int = 512
    function_name: str = "function"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "request"
    left: list[int] = dataclasses.field(default_factory=lambda: [60_000])

    def get_remaining_time_in_millis(self) -> int:
        return self.left.pop(0) if self.left else 3_000


@pytest.mark.parametrize(
    ("function", "data", "format_name"),
    [
        ("thumbnail", plain_file("JPEG"), "JPEG"),
        ("moderate", plain_file("WEBP"), "WEBP"),
        ("convert", heic(), "HEIF"),
    ],
)
def test_a_slow_download_is_not_the_fault_of_the_picture(
    account: Account, function: str, data: bytes, format_name: str
) -> None:
    image = image_of(account, data, format_name)
    context: Any = SlowDownload()
    with pytest.raises(OutOfTime, match="needs 25000 ms; 3000 are left after 57000 of waiting"):
        call(function, image, context)
    assert account.rendition_keys() == set()


@pytest.mark.parametrize(
    ("left", "error"),
    [
        ([60_000, 60_000, 4_000], ValidationError),  # all of the time went into decoding
        ([60_000, 50_000, 4_000], OutOfTime),
        ([60_000, 59_001, 4_000], ValidationError),  # without the wait, it would be late as well
        ([60_000, 59_000, 4_000], OutOfTime),
    ],
)
def test_the_wait_before_decoding_does_not_count(left: list[int], error: type[Exception]) -> None:
    budget = Budget(lambda: left.pop(0), left.pop(0))
    with budget.stage("Decode"):
        pass
    with pytest.raises(error), budget.stage("Resize"):
        pytest.fail("began a step without the time for it")


def test_a_function_with_time_continues(account: Account, context: Context) -> None:
    answer = call("thumbnail", image_of(account, plain_file("JPEG"), "JPEG"), context)
    assert len(answer["renditions"]) == len(account.rendition_keys()) == 2


def test_the_time_left_is_checked_before_each_step() -> None:
    left = [30_000, 4_000]
    budget = Budget(lambda: left.pop(0))
    with budget.stage("Decode"):
        pass
    with pytest.raises(ValidationError, match="too_slow"), budget.stage("Resize"):
        pytest.fail("began a step without the time for it")


def test_no_step_needs_more_than_the_shortest_timeout() -> None:
    assert max(STEP_MILLISECONDS.values()) < 60_000

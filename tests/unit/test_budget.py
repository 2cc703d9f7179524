"""A function without time for its next step refuses the picture before Lambda kills it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from image_pipeline.errors import Reason, ValidationError
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


def test_a_function_with_time_continues(account: Account, context: Context) -> None:
    answer = call("thumbnail", image_of(account, plain_file("JPEG"), "JPEG"), context)
    assert len(answer["renditions"]) == len(account.rendition_keys()) == 2


def test_the_time_left_is_checked_before_each_step() -> None:
    from image_pipeline.budget import Budget

    left = [30_000, 4_000]
    budget = Budget(lambda: left.pop(0))
    with budget.stage("Decode"):
        pass
    with pytest.raises(ValidationError, match="too_slow"), budget.stage("Resize"):
        pytest.fail("began a step without the time for it")


def test_no_step_needs_more_than_the_shortest_timeout() -> None:
    from image_pipeline.budget import STEP_MILLISECONDS

    assert max(STEP_MILLISECONDS.values()) < 60_000

"""Who has no time left for the next step refuses the picture, before Lambda kills the function."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.errors import Reason, ValidationError
from image_pipeline.events import claim_for, upload_from
from image_pipeline.models import to_dict
from image_pipeline.records import Records
from tests.support.heif_files import heic
from tests.support.pictures import plain_file

from .conftest import EXECUTION, TABLE

if TYPE_CHECKING:
    from .conftest import Account, Context


def image_of(account: Account, data: bytes, format_name: str) -> dict[str, Any]:
    """What the function after `ValidateImage` is given for an upload."""
    upload = upload_from(account.created(account.upload("uploads/a", data), len(data)))
    claim = claim_for(upload, EXECUTION, b"")
    Records(TABLE).claim(claim, upload)
    return {
        "claim": to_dict(claim),
        "upload": to_dict(upload),
        "facts": {"format": format_name, "content_type": "image/x", "width": 40, "height": 30},
        "picture": {
            "object": to_dict(upload.object),
            "format": format_name,
            "bytes": len(data),
        },
    }


def call(function: str, image: dict[str, Any], context: Context) -> Any:
    import importlib

    return importlib.import_module(f"{function}.handler").handler({"image": image}, context)


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


def test_a_function_with_time_goes_on(account: Account, context: Context) -> None:
    answer = call("thumbnail", image_of(account, plain_file("JPEG"), "JPEG"), context)
    assert len(answer["renditions"]) == len(account.rendition_keys()) == 2


def test_each_step_is_asked_about_anew() -> None:
    from image_pipeline.budget import Budget

    left = [30_000, 4_000]
    budget = Budget(lambda: left.pop(0))
    with budget.stage("Decode"):
        pass
    with pytest.raises(ValidationError, match="too_slow"), budget.stage("Resize"):
        pytest.fail("began a step without the time for it")


def test_no_step_needs_more_than_a_function_has_in_all() -> None:
    from image_pipeline.budget import STEP_MILLISECONDS

    assert max(STEP_MILLISECONDS.values()) < 60_000

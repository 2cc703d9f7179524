"""A step that decodes notes when it does, from the second attempt on."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.errors import Superseded
from image_pipeline.models import Claim, from_dict
from image_pipeline.records import Records
from image_pipeline.status import Status
from tests.support.heif_files import heic
from tests.support.pictures import plain_file

from .conftest import TABLE
from .step_calls import image_of

if TYPE_CHECKING:
    from .conftest import Account, Context

records = Records(TABLE)
STEPS = {
    "thumbnail": (plain_file("JPEG"), "JPEG", "thumbnail.handler.render"),
    "convert": (heic(), "HEIF", "convert.handler.convert_picture"),
}
steps = pytest.mark.parametrize("step", STEPS)


class Killed(BaseException):
    """Ends a function as Lambda does, past every error handler."""


def run(step: str, image: dict[str, Any], retry: int, context: Context) -> None:
    handler = importlib.import_module(f"{step}.handler").handler
    handler({"image": image, "retry": retry}, context)


def noted(image: dict[str, Any]) -> bool | None:
    note: bool | None = (records.get(image["claim"]["image_id"]) or {}).get("decoding")
    return note


def watched(monkeypatch: pytest.MonkeyPatch, where: str, seen: list[Any], look: Any) -> None:
    """Look at something whenever a function is called."""
    module, _, name = where.rpartition(".")
    genuine = getattr(importlib.import_module(module), name)

    def call(*args: Any, **options: Any) -> Any:
        seen.append(look())
        return genuine(*args, **options)

    monkeypatch.setattr(where, call)


@steps
@pytest.mark.parametrize(
    ("retry", "during", "afterwards"), [(0, None, None), (1, True, False), (2, True, False)]
)
def test_a_later_attempt_notes_that_it_decodes(
    account: Account,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    retry: int,
    during: bool | None,
    afterwards: bool | None,
) -> None:
    data, format_name, decoder = STEPS[step]
    image = image_of(account, data, format_name)
    seen: list[Any] = []
    watched(monkeypatch, decoder, seen, lambda: noted(image))
    watched(monkeypatch, f"{step}.handler.publish", seen, lambda: noted(image))
    run(step, image, retry, context)
    assert seen == [during, afterwards]


@steps
def test_the_note_of_a_killed_attempt_lasts_until_the_next_one_begins(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    data, format_name, decoder = STEPS[step]
    image = image_of(account, data, format_name)

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(decoder, killed)
        with pytest.raises(Killed):
            run(step, image, 1, context)
    assert noted(image) is True

    seen: list[Any] = []
    watched(monkeypatch, "image_pipeline.storage.read", seen, lambda: noted(image))
    run(step, image, 2, context)
    assert seen == [False]


@steps
def test_a_step_that_has_lost_its_claim_notes_nothing(
    account: Account, context: Context, step: str
) -> None:
    data, format_name, _ = STEPS[step]
    image = image_of(account, data, format_name)
    records.finish(from_dict(Claim, image["claim"]), Status.FAILED, {})
    with pytest.raises(Superseded):
        run(step, image, 1, context)
    assert noted(image) is None


def test_an_execution_that_started_with_an_earlier_release_names_no_attempt(
    account: Account, context: Context
) -> None:
    image = image_of(account, plain_file("JPEG"), "JPEG")
    importlib.import_module("thumbnail.handler").handler({"image": image}, context)
    assert noted(image) is None

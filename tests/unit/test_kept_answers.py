"""A retry of moderation asks Rekognition only about what has no answer yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.errors import Superseded
from image_pipeline.models import Claim, from_dict
from image_pipeline.records import Records
from image_pipeline.status import Status
from tests.support.handlers import load_handler
from tests.support.pictures import two_sheets

from .conftest import ENVIRONMENT, TABLE
from .step_calls import image_of

if TYPE_CHECKING:
    from .conftest import Account, Context

ADAPTER = "arn:aws:rekognition:eu-west-1:123456789012:project/one/version/two/1700000000000"
FIRST = {"Name": "Violence", "ParentName": "", "TaxonomyLevel": 1, "Confidence": 61.25}


@dataclass
class Rekognition:
    """Answers calls by their numbers, from one; throttles or fails those that are told to."""

    errors: dict[int, Exception] = field(default_factory=dict)
    sheets: list[bytes] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)

    def detect_moderation_labels(self, **question: Any) -> dict[str, Any]:
        self.sheets.append(question["Image"]["Bytes"])
        if error := self.errors.get(len(self.sheets)):
            raise error
        self.answered.append(self.sheets[-1])
        labels = [FIRST] if len(self.answered) == 1 else []
        return {"ModerationLabels": labels, "ModerationModelVersion": "7.0"}


class ThrottlingException(ClientError):  # noqa: N818 - as botocore names it
    """A throttle as Rekognition's client raises it."""


def throttled() -> ClientError:
    error: Any = {"Error": {"Code": "ThrottlingException", "Message": ""}}
    return ThrottlingException(error, "DetectModerationLabels")


@dataclass
class Moderation:
    """RunModeration of one animation of two sheets, attempt by attempt."""

    image: dict[str, Any]
    context: Context
    patch: pytest.MonkeyPatch

    def attempt(self, rekognition: Rekognition, **variables: str) -> dict[str, Any]:
        self.patch.setattr("image_pipeline.aws.rekognition", lambda: rekognition)
        module = load_handler("moderate", {**ENVIRONMENT, **variables}, self.patch)
        answer: dict[str, Any] = module.handler({"image": self.image}, self.context)
        return answer

    def throttled_at_the_second(self) -> Rekognition:
        rekognition = Rekognition({2: throttled()})
        with pytest.raises(ClientError, match="ThrottlingException"):
            self.attempt(rekognition)
        return rekognition

    @property
    def claim(self) -> Claim:
        return from_dict(Claim, self.image["claim"])


@pytest.fixture
def moderation(account: Account, context: Context, monkeypatch: pytest.MonkeyPatch) -> Moderation:
    return Moderation(image_of(account, two_sheets(), "GIF"), context, monkeypatch)


def test_a_throttled_call_alone_is_repeated(moderation: Moderation) -> None:
    first = moderation.throttled_at_the_second()

    for _ in range(3):
        again = Rekognition({1: throttled()})
        with pytest.raises(ClientError, match="ThrottlingException"):
            moderation.attempt(again)
        assert again.sheets == first.sheets[1:]

    last = Rekognition()
    moderation.attempt(last)
    assert last.sheets == first.sheets[1:]
    assert len(first.answered) + len(last.answered) == 2


def test_a_kept_answer_counts_for_the_verdict(moderation: Moderation) -> None:
    moderation.throttled_at_the_second()
    rekognition = Rekognition()
    rekognition.answered.append(b"")  # so that its next answer has no label

    verdict = moderation.attempt(rekognition)

    assert verdict["verdict"] == "review"
    assert verdict["reason"] == "moderation_review"
    assert [label["name"] for label in verdict["labels"]] == ["Violence"]
    assert verdict["labels"][0]["confidence"] == 61.25


@pytest.mark.parametrize(
    "variables",
    [{"MODERATION_ADAPTER_ARN": ADAPTER}, {"MODERATION_REVIEW_CONFIDENCE": "50"}],
    ids=["adapter", "confidence"],
)
def test_an_answer_to_another_question_does_not_count(
    moderation: Moderation, variables: dict[str, str]
) -> None:
    first = moderation.throttled_at_the_second()
    second = Rekognition()

    moderation.attempt(second, **variables)

    assert second.sheets == first.sheets


def test_an_answer_about_other_bytes_does_not_count(
    account: Account, moderation: Moderation
) -> None:
    moderation.throttled_at_the_second()
    other = two_sheets(range(30, 270, 40))
    uploaded = account.upload("uploads/a", other)
    moderation.image["picture"]["object"]["version_id"] = uploaded.version_id
    moderation.image["picture"]["bytes"] = len(other)
    rekognition = Rekognition()

    moderation.attempt(rekognition)

    assert len(rekognition.sheets) == 2


@pytest.mark.parametrize("damage", [{"ModerationLabels": []}, "text"])
def test_a_damaged_answer_does_not_count(moderation: Moderation, damage: Any) -> None:
    first = moderation.throttled_at_the_second()
    records = Records(TABLE)
    kept = records.require_open_claim(moderation.claim)["moderation_answers"]
    assert len(kept) == 1
    records.note(moderation.claim, {"moderation_answers": dict.fromkeys(kept, damage)})
    rekognition = Rekognition()

    moderation.attempt(rekognition)

    assert rekognition.sheets == first.sheets


def test_without_the_claim_nothing_is_asked(account: Account, moderation: Moderation) -> None:
    Records(TABLE).finish(moderation.claim, Status.FAILED, {})
    rekognition = Rekognition()

    with pytest.raises(Superseded):
        moderation.attempt(rekognition)

    assert rekognition.sheets == []


def test_a_finished_record_holds_no_answers(moderation: Moderation) -> None:
    moderation.throttled_at_the_second()
    records = Records(TABLE)

    records.finish(moderation.claim, Status.REVIEW, {})

    record = records.get(moderation.claim.image_id)
    assert record
    assert "moderation_answers" not in record


def test_an_answer_that_cannot_be_kept_is_used(
    moderation: Moderation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error would let a retry pay for the answer again."""
    calls: list[str] = []

    def refuse(*_: Any, **__: Any) -> None:
        calls.append("")
        raise throttled()

    monkeypatch.setattr(aws.dynamodb(), "update_item", refuse)
    rekognition = Rekognition()

    assert moderation.attempt(rekognition)["verdict"] == "review"
    assert len(rekognition.answered) == 2
    assert len(calls) == 1

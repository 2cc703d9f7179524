"""Rekognition is not asked twice about the same bytes, and no answer is used for others."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline import aws
from image_pipeline.attribute_values import decode_item, encode
from tests.support.handlers import load_handler
from tests.support.pictures import file_of, quarters
from tests.template.documents import properties

from .claims import claim_for
from .conftest import ENVIRONMENT, RENDITIONS
from .step_calls import image_claimed

if TYPE_CHECKING:
    from .conftest import Account, Context

ANSWERS = "answers"
JPEG = file_of(quarters((120, 90)))
GIF = file_of(quarters((120, 90)), "GIF")
ADAPTER = "arn:aws:rekognition:eu-west-1:123456789012:project/one/version/two/1700000000000"


@dataclass
class Rekognition:
    """Answers each call with one label at the confidence that is set."""

    confidence: float = 70.0
    version: str = "7.0"
    asked: list[dict[str, Any]] = field(default_factory=list)

    def detect_moderation_labels(self, **question: Any) -> dict[str, Any]:
        self.asked.append(question)
        label = {"Name": "Violence", "ParentName": "", "TaxonomyLevel": 1}
        labels = [label | {"Confidence": self.confidence}]
        if self.confidence < question["MinConfidence"]:
            labels = []
        return {"ModerationLabels": labels, "ModerationModelVersion": self.version}


@dataclass
class Moderation:
    """RunModeration of uploads under keys of their own."""

    account: Account
    context: Context
    patch: pytest.MonkeyPatch
    rekognition: Rekognition = field(default_factory=Rekognition)

    def judge(self, key: str, data: bytes = JPEG, **variables: str) -> dict[str, Any]:
        return self._run(self._image(key, data), **variables)

    def judge_converted(self, key: str, data: bytes) -> None:
        image = self._image(key, b"heic")
        self.account.s3.put_object(Bucket=RENDITIONS, Key="id/v/converted.jpg", Body=data)
        where = {"bucket": RENDITIONS, "key": "id/v/converted.jpg"}
        image["picture"] = {"object": where, "format": "JPEG", "bytes": len(data)}
        self._run(image)

    def _image(self, key: str, data: bytes) -> dict[str, Any]:
        event = self.account.created(self.account.upload(f"uploads/{key}", data), len(data))
        format_name = "GIF" if data.startswith(b"GIF") else "JPEG"
        return image_claimed(*claim_for(event), data, format_name)

    def _run(self, image: dict[str, Any], **variables: str) -> dict[str, Any]:
        environment = {**ENVIRONMENT, "ANSWERS_TABLE": ANSWERS, "KEEP_ANSWERS_DAYS": "30"}
        self.patch.setattr("image_pipeline.aws.rekognition", lambda: self.rekognition)
        module = load_handler("moderate", {**environment, **variables}, self.patch)
        verdict: dict[str, Any] = module.handler({"image": image}, self.context)
        return verdict

    def kept(self) -> list[dict[str, Any]]:
        return [decode_item(item) for item in aws.dynamodb().scan(TableName=ANSWERS)["Items"]]


@pytest.fixture
def moderation(account: Account, context: Context, monkeypatch: pytest.MonkeyPatch) -> Moderation:
    table = properties("AnswersTable", KeepAnswersDays="30")
    names = ("BillingMode", "AttributeDefinitions", "KeySchema")
    account.dynamodb.create_table(TableName=ANSWERS, **{name: table[name] for name in names})
    return Moderation(account, context, monkeypatch)


@pytest.mark.parametrize("data", [JPEG, GIF])
def test_the_same_picture_under_another_key_costs_nothing(
    moderation: Moderation, data: bytes
) -> None:
    first, second = moderation.judge("a", data), moderation.judge("b", data)

    assert len(moderation.rekognition.asked) == 1
    assert first.pop("answers") == 1
    assert second.pop("answers") == 0
    assert second == first
    assert second["labels"][0]["name"] == "Violence"


def test_rekognition_reads_the_very_version_that_is_hashed(moderation: Moderation) -> None:
    moderation.judge("a")
    assert moderation.rekognition.asked[0]["Image"]["S3Object"]["Version"]


def test_a_file_without_a_version_is_sent_as_the_bytes_that_are_hashed(
    moderation: Moderation,
) -> None:
    moderation.judge_converted("a.heic", JPEG)
    moderation.judge_converted("b.heic", JPEG)
    assert [question["Image"] for question in moderation.rekognition.asked] == [{"Bytes": JPEG}]


def test_one_other_byte_is_another_picture(moderation: Moderation) -> None:
    moderation.judge("a")
    # In the comment of the file: pixels are not compared, bytes are.
    moderation.judge("b", JPEG[:2] + b"\xff\xfe\x00\x03x" + JPEG[2:])
    assert len(moderation.rekognition.asked) == 2


def test_the_policy_of_today_is_applied_to_kept_labels(moderation: Moderation) -> None:
    assert moderation.judge("a")["verdict"] == "review"
    assert moderation.judge("b", MODERATION_REJECT_CONFIDENCE="65")["verdict"] == "rejected"
    assert moderation.judge("c", MODERATION_IGNORED_LABELS="Violence")["verdict"] == "approved"
    stricter = moderation.judge("d", MODERATION_REVIEW_CONFIDENCE="80")
    assert (stricter["verdict"], stricter["labels"]) == ("approved", [])
    assert len(moderation.rekognition.asked) == 1


def test_an_answer_that_lacks_labels_of_lower_confidence_is_not_enough(
    moderation: Moderation,
) -> None:
    moderation.judge("a", MODERATION_REVIEW_CONFIDENCE="80")
    assert moderation.judge("b")["verdict"] == "review"
    assert len(moderation.rekognition.asked) == 2


def test_answers_of_an_earlier_model_are_not_used(moderation: Moderation) -> None:
    moderation.judge("a")
    moderation.rekognition.version = "8.0"
    moderation.judge("other", GIF)
    assert moderation.judge("b")["model_version"] == "8.0"
    assert len(moderation.rekognition.asked) == 3


def test_an_adapter_has_answers_of_its_own(moderation: Moderation) -> None:
    moderation.judge("a")
    moderation.judge("b", MODERATION_ADAPTER_ARN=ADAPTER)
    assert [question.get("ProjectVersion") for question in moderation.rekognition.asked] == [
        None,
        ADAPTER,
    ]


def test_an_expired_answer_is_not_used(moderation: Moderation) -> None:
    """DynamoDB deletes it within days, not at once."""
    moderation.judge("a")
    for item in moderation.kept():
        assert 29 * 86400 < item["expires"] - time.time() <= 30 * 86400
        aws.dynamodb().update_item(
            TableName=ANSWERS,
            Key={"id": encode(item["id"])},
            UpdateExpression="SET expires = :past",
            ExpressionAttributeValues={":past": encode(int(time.time()) - 1)},
        )
    moderation.judge("b")
    assert len(moderation.rekognition.asked) == 2


def test_a_table_that_does_not_answer_stops_nothing(moderation: Moderation) -> None:
    assert moderation.judge("a", ANSWERS_TABLE="missing")["verdict"] == "review"
    assert len(moderation.rekognition.asked) == 1


def test_nothing_of_a_person_but_labels_is_kept(moderation: Moderation) -> None:
    moderation.judge("holiday.jpg")
    assert moderation.kept()
    assert "holiday" not in json.dumps(moderation.kept())
    assert {name for item in moderation.kept() for name in item} == {
        "id", "expires", "version", "labels", "min_confidence",
    }  # fmt: skip


def test_without_the_parameter_nothing_is_kept(moderation: Moderation) -> None:
    moderation.judge("a", ANSWERS_TABLE="", KEEP_ANSWERS_DAYS="0")
    moderation.judge("b", ANSWERS_TABLE="", KEEP_ANSWERS_DAYS="0")
    assert len(moderation.rekognition.asked) == 2
    assert "S3Object" in moderation.rekognition.asked[0]["Image"]
    assert moderation.kept() == []

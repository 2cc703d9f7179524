"""RunModeration: what Rekognition is asked, and what happens when it does not accept a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from image_pipeline.errors import Throttled
from image_pipeline.fingerprint import of_engine, of_policy
from image_pipeline.models import S3Object
from tests.support.handlers import load_handler
from tests.support.pictures import file_of, quarters

from .claims import claim_for
from .conftest import ENVIRONMENT, RENDITIONS, UPLOADS
from .step_calls import image_claimed, image_of

if TYPE_CHECKING:
    from .conftest import Account, Context

JPEG = file_of(quarters((120, 90)))
ADAPTER = "arn:aws:rekognition:eu-west-1:123456789012:project/one/version/two/1700000000000"


@dataclass
class Rekognition:
    """A stand-in that objects to nothing; it refuses objects in S3 by an error, if there is one."""

    in_place: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)

    def detect_moderation_labels(self, **question: Any) -> dict[str, Any]:
        self.asked.append(question)
        if self.in_place and "S3Object" in question["Image"]:
            error: Any = {"Error": {"Code": self.in_place, "Message": ""}}
            raise ClientError(error, "DetectModerationLabels")
        return {"ModerationLabels": [], "ModerationModelVersion": "7.0"}


def moderate(
    image: dict[str, Any],
    rekognition: Rekognition,
    context: Context,
    patch: pytest.MonkeyPatch,
    **variables: str,
) -> dict[str, Any]:
    patch.setattr("image_pipeline.aws.rekognition", lambda: rekognition)
    module = load_handler("moderate", {**ENVIRONMENT, **variables}, patch)
    answer: dict[str, Any] = module.handler({"image": image}, context)
    return answer


@pytest.mark.parametrize("code", ["InvalidImageFormatException", "ImageTooLargeException"])
def test_a_file_that_rekognition_does_not_accept_is_rendered(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    rekognition = Rekognition(in_place=code)

    verdict = moderate(image_of(account, JPEG, "JPEG"), rekognition, context, monkeypatch)

    assert verdict["verdict"] == "approved"
    in_place, rendered = (question["Image"] for question in rekognition.asked)
    assert "S3Object" in in_place
    assert rendered["Bytes"].startswith(b"\xff\xd8")


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_any_other_error_is_left_to_the_state_machine(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    rekognition = Rekognition(in_place=code)

    with pytest.raises((ClientError, Throttled), match=code):
        moderate(image_of(account, JPEG, "JPEG"), rekognition, context, monkeypatch)

    assert len(rekognition.asked) == 1


def test_without_a_provider_every_picture_is_reviewed_by_a_person(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    rekognition = Rekognition()
    image = image_of(account, JPEG, "JPEG")

    verdict = moderate(image, rekognition, context, monkeypatch, MODERATION_PROVIDER="NONE")

    assert verdict.pop("policy") == of_policy("NONE", 60, 95, ())
    assert verdict.pop("engine") == of_engine(None)
    assert verdict == {"verdict": "review", "labels": [], "reason": "moderation_manual"}
    assert rekognition.asked == []


@pytest.mark.parametrize("data", [JPEG, file_of(quarters((120, 90)), "GIF")])
@pytest.mark.parametrize("adapter", ["", ADAPTER])
def test_the_adapter_is_used_for_objects_and_for_bytes(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch, data: bytes, adapter: str
) -> None:
    rekognition = Rekognition()
    image = image_of(account, data, "GIF" if data.startswith(b"GIF") else "JPEG")

    moderate(image, rekognition, context, monkeypatch, MODERATION_ADAPTER_ARN=adapter)

    (question,) = rekognition.asked
    assert question.get("ProjectVersion", "") == adapter


@pytest.mark.parametrize("announced", [None, "null"])
def test_an_object_without_a_version_of_its_own_is_not_named(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch, announced: str | None
) -> None:
    """Rekognition could read what has replaced it."""
    rekognition = Rekognition()
    account.s3.put_bucket_versioning(
        Bucket=UPLOADS, VersioningConfiguration={"Status": "Suspended"}
    )
    account.s3.put_object(Bucket=UPLOADS, Key="uploads/a", Body=JPEG)
    event = account.created(S3Object(UPLOADS, "uploads/a", announced), len(JPEG))
    upload, claim = claim_for(event)
    image = image_claimed(upload, claim, JPEG, "JPEG")

    verdict = moderate(image, rekognition, context, monkeypatch)

    assert verdict["verdict"] == "approved"
    (question,) = rekognition.asked
    assert question["Image"]["Bytes"].startswith(b"\xff\xd8")


def test_a_converted_picture_is_read_by_rekognition_itself(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key names the version that it was made from."""
    rekognition = Rekognition()
    image = image_of(account, JPEG, "JPEG")
    account.s3.put_object(Bucket=RENDITIONS, Key="id/v/converted.jpg", Body=JPEG)
    image["picture"]["object"] = {"bucket": RENDITIONS, "key": "id/v/converted.jpg"}

    verdict = moderate(image, rekognition, context, monkeypatch)

    assert verdict["verdict"] == "approved"
    (question,) = rekognition.asked
    assert question["Image"] == {"S3Object": {"Bucket": RENDITIONS, "Name": "id/v/converted.jpg"}}

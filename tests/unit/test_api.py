from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.identity import comparable_sequencer, image_id
from image_pipeline.models import Claim, S3Object, Upload
from image_pipeline.records import Records
from image_pipeline.status import Status

if TYPE_CHECKING:
    from .conftest import Account, Context

KEY = "uploads/a+b c%20é/ü.jpg"
FACTS: dict[str, Any] = {
    "source": {"format": "JPEG", "bytes": 3},
    "metadata": {"width": 8, "exposure": {"f_number": 1.8}},
    "moderation": {"verdict": "approved", "labels": []},
    "renditions": [
        {"name": "large", "key": "id/v/large.webp", "version_id": "3x", "width": 8, "bytes": 2}
    ],
}


def ask(context: Context, **request: Any) -> tuple[int, dict[str, Any]]:
    from api.handler import handler

    answer = handler({"version": "2.0", **request}, context)  # type: ignore[arg-type]
    assert answer["headers"]["content-type"] == "application/json"
    return answer["statusCode"], json.loads(answer["body"])


def record(status: Status | None, reason: str | None = None) -> None:
    claim = Claim(image_id(KEY), comparable_sequencer("0A"), "one")
    upload = Upload(S3Object("uploads", KEY, "v"), 3, "0A", "2026-05-01T12:00:00Z")
    Records("images").claim(claim, upload)
    if status:
        facts = FACTS | ({"reason": reason} if reason else {})
        Records("images").finish(claim, status, facts)


def test_an_approved_image_is_shown_whole(account: Account, context: Context) -> None:
    record(Status.APPROVED)
    status, image = ask(context, pathParameters={"id": image_id(KEY)})
    assert status == 200
    assert image["key"] == KEY
    assert image["metadata"] == FACTS["metadata"]
    (rendition,) = image["renditions"]
    assert rendition["url"].split("?")[0].endswith("/id/v/large.webp")
    assert rendition["expires_at"].endswith("Z")
    assert "versionId=3x&" in rendition["url"]
    assert rendition.keys() == {"name", "width", "bytes", "url", "expires_at"}
    assert "execution" not in image
    assert "sequencer" not in image


def test_an_image_is_found_by_its_key_as_well(account: Account, context: Context) -> None:
    record(Status.APPROVED)
    status, image = ask(context, queryStringParameters={"key": KEY})
    assert (status, image["image_id"]) == (200, image_id(KEY))


@pytest.mark.parametrize("status", [Status.REVIEW, Status.REJECTED, Status.FAILED])
def test_only_approved_images_have_renditions(
    account: Account, context: Context, status: Status
) -> None:
    record(status, "some_reason")
    _, image = ask(context, pathParameters={"id": image_id(KEY)})
    assert (image["status"], image["reason"]) == (status, "some_reason")
    assert "renditions" not in image


def test_nothing_but_the_status_is_shown_before_a_verdict(
    account: Account, context: Context
) -> None:
    record(None)
    _, image = ask(context, pathParameters={"id": image_id(KEY)})
    assert image == {
        "image_id": image_id(KEY),
        "status": "processing",
        "key": KEY,
        "uploaded_at": "2026-05-01T12:00:00Z",
    }


def test_an_unknown_image_is_not_found(account: Account, context: Context) -> None:
    status, body = ask(context, pathParameters={"id": "a" * 26})
    assert (status, body["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    "request_",
    [
        {"pathParameters": {"id": "../etc/passwd"}},
        {"pathParameters": {"id": ""}},
        {"pathParameters": {"id": "A" * 26}},
        {"queryStringParameters": {"key": ""}},
        {},
    ],
)
def test_a_malformed_request_is_told_so(
    account: Account, context: Context, request_: dict[str, Any]
) -> None:
    status, body = ask(context, **request_)
    assert (status, body["error"]) == (400, "bad_request")
    assert body["message"]

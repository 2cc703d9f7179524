"""POST /images: the record, the form, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from api.content_types import CONTENT_TYPES
from api.create_image import ROUTE
from api.upload_parts import HIGHEST_PART, PART_BYTES, part_sizes
from image_pipeline.history import rebuilt
from image_pipeline.identity import image_id
from image_pipeline.records import Records
from pictures.formats import FORMATS
from tests.template.documents import written

from .conftest import TABLE

if TYPE_CHECKING:
    from .conftest import Account, Context

BODY = {"filename": "photo.jpg", "content_type": "image/jpeg", "bytes": 1000}
TOKEN = {"jwt": {"claims": {"sub": "anna", "scope": "images:write"}}}


def create(context: Context, body: Any, **request: Any) -> tuple[int, dict[str, Any]]:
    from apiwrite.handler import handler

    event = {
        "routeKey": "POST /images",
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
        **request,
    }
    answer = handler(event, context)  # type: ignore[arg-type]
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.usefixtures("account")
def test_the_record_is_pending_and_expires_a_day_after_the_form(context: Context) -> None:
    status, created = create(context, BODY | {"tags": {"shop": "north"}})
    assert status == 201
    record = Records(TABLE).get(created["image_id"])
    assert record is not None
    assert created["image_id"] == record["image_id"] == image_id(record["key"])
    assert record["expected"] == {"content_type": "image/jpeg", "bytes": 1000}
    assert record["upload"] == {"tags": {"shop": "north"}}
    assert "owner" not in record
    (event,) = record["history"]
    assert (event["type"], event["by"]) == ("created", "anybody")
    facts = rebuilt(record["history"])
    assert facts == {name: value for name, value in record.items() if name in facts}


@pytest.mark.usefixtures("account")
def test_an_image_belongs_to_the_subject_of_the_token(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apiwrite import handler

    monkeypatch.setattr(handler, "settings", replace(handler.settings, api_auth="JWT"))
    status, created = create(context, BODY, requestContext={"authorizer": TOKEN})
    assert status == 201
    record = Records(TABLE).get(created["image_id"])
    assert record is not None
    assert (record["owner"], record["history"][0]["by"]) == ("anna", "anna")


def test_no_two_images_have_the_same_key(account: Account, context: Context) -> None:
    keys = {create(context, BODY)[1]["key"] for _ in range(5)}
    assert len(keys) == 5


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"bytes": 0}, "bytes"),
        ({"bytes": -1}, "bytes"),
        ({"bytes": 1.5}, "bytes"),
        ({"bytes": True}, "bytes"),
        ({"bytes": "1000"}, "bytes"),
        ({"bytes": 1_000_001}, "bytes"),  # MAX_UPLOAD_BYTES is a million here
        ({"content_type": "image/svg+xml"}, "content_type"),
        ({"content_type": "text/html"}, "content_type"),
        ({"content_type": "image/jpeg; a=b"}, "content_type"),
        ({"filename": ""}, "filename"),
        ({"filename": "a" * 256}, "filename"),
        ({"filename": "a\x00.jpg"}, "filename"),
        ({"filename": "a\tb.jpg"}, "filename"),
        ({"tags": {"image-pipeline-status": "rejected"}}, "tags"),
        ({"tags": {"aws:a": "b"}}, "tags"),
        ({"tags": {"AWS:a": "b"}}, "tags"),
        ({"tags": {"": "b"}}, "tags"),
        ({"tags": {"a": "b;c"}}, "tags.a"),
        ({"tags": {"a\n": "b"}}, "tags"),
        ({"tags": {"a": "b\n"}}, "tags.a"),
        ({"tags": {"a": 1}}, "tags.a"),
        ({"tags": {"a" * 129: "b"}}, "tags"),
        ({"tags": {"a": "b" * 257}}, "tags.a"),
        ({"tags": {"\U00020000" * 65: "b"}}, "tags"),
        ({"tags": {"a": "\U00020000" * 129}}, "tags"),
        ({"tags": {str(number): "" for number in range(10)}}, "tags"),
        ({"tags": {f"{number}" * 128: "写" * 256 for number in range(9)}}, "tags"),
        ({"key": "uploads/mine.jpg"}, "key"),
    ],
)
def test_another_body_is_refused_with_its_field(
    account: Account, context: Context, changed: dict[str, Any], field: str
) -> None:
    status, problem = create(context, BODY | changed)
    assert status == 400, problem
    assert problem["errors"][0]["field"] == field
    assert account.dynamodb.scan(TableName=TABLE)["Items"] == []


@pytest.mark.parametrize(
    "tags",
    [
        {"a": ""},
        {"Größe +-=._:/@": "写真"},
        {"\U00020000" * 64: "\U00020000" * 128},
        {f"{number}" * 128: "b" * 256 for number in range(9)},
    ],
)
def test_the_tags_that_s3_accepts_are_accepted(
    account: Account, context: Context, tags: dict[str, str]
) -> None:
    assert create(context, BODY | {"tags": tags})[0] == 201


def test_every_type_that_the_pipeline_reads_may_be_announced() -> None:
    known = {each for known in FORMATS.values() for each in known.content_types}
    assert set(CONTENT_TYPES) == known | {"application/octet-stream"}


def test_the_document_tells_the_default_limit_of_uploads() -> None:
    assert ROUTE.body is not None
    documented = ROUTE.body.schema["properties"]["bytes"]["maximum"]
    assert documented == int(written()["Parameters"]["MaxUploadBytes"]["Default"])


@pytest.mark.parametrize("size", [1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_the_parts_of_an_upload_are_all_of_it(size: int) -> None:
    sizes = part_sizes(size)
    assert (sum(sizes), set(sizes[:-1]) | {PART_BYTES}) == (size, {PART_BYTES})
    assert 0 < sizes[-1] <= PART_BYTES


def test_the_largest_upload_has_as_many_parts_as_fit_into_an_answer() -> None:
    largest = written()["Parameters"]["MaxUploadBytes"]["MaxValue"]
    assert len(part_sizes(largest)) == HIGHEST_PART

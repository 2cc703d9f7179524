"""The answers of the API, and the table of routes."""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from api.delivery import Presigned
from api.parameters import IDEMPOTENCY_KEY
from api.routes import READS
from api.view import present
from api.write_routes import WRITES
from image_pipeline.history import event
from image_pipeline.identity import image_id
from image_pipeline.models import Claim
from image_pipeline.records import Records
from image_pipeline.status import Status
from tests.template.documents import ROOT, written

if TYPE_CHECKING:
    from api.routing import Route

    from .conftest import Account, Context

ROUTES = READS | WRITES
KEY = "uploads/a+b c%20é/ü.jpg"
FACTS: dict[str, Any] = {
    "source": {"format": "JPEG", "bytes": 3},
    "metadata": {"width": 8, "exposure": {"f_number": 1.8}},
    "moderation": {"verdict": "approved", "labels": []},
    "placeholder": {"blurhash": "L0M^#RfQ", "dominant_color": "#c81e3c"},
    "renditions": [
        {"name": "large", "key": "id/v/large.webp", "version_id": "3x", "width": 8, "bytes": 2}
    ],
}


def ask(context: Context, **request: Any) -> tuple[int, dict[str, Any]]:
    from api.handler import handler

    route = "GET /images/{id}" if "pathParameters" in request else "GET /images"
    event = {"version": "2.0", "routeKey": route, "requestContext": {"requestId": "one"}, **request}
    answer = handler(event, context)  # type: ignore[arg-type]
    kind = "json" if answer["statusCode"] < 400 else "problem+json"
    assert answer["headers"]["content-type"] == f"application/{kind}"
    return answer["statusCode"], json.loads(answer["body"])


NOTES = {"metadata": {"order": "17"}, "tags": {"shop": "north"}}


def record(status: Status | None, reason: str | None = None) -> None:
    claim = Claim(image_id(KEY), "0A", "one")
    claimed = {
        "image_id": claim.image_id,
        "status": "processing",
        "key": KEY,
        "uploaded_at": "2026-05-01T12:00:00Z",
        "sequencer": claim.sequencer,
        "execution": claim.execution,
        "upload": NOTES,
    }
    Records("images").replace(claimed, None, [event("claimed")])
    if status:
        facts = FACTS | ({"reason": reason} if reason else {})
        Records("images").finish(claim, status, facts)


def test_an_approved_image_is_shown_in_full(account: Account, context: Context) -> None:
    record(Status.APPROVED)
    status, image = ask(context, pathParameters={"id": image_id(KEY)})
    assert status == 200
    assert image["key"] == KEY
    assert image["metadata"] == FACTS["metadata"]
    assert image["placeholder"] == FACTS["placeholder"]
    (rendition,) = image["renditions"]
    assert rendition["url"].split("?")[0].endswith("/id/v/large.webp")
    assert rendition["expires_at"].endswith("Z")
    assert "versionId=3x&" in rendition["url"]
    assert rendition.keys() == {"name", "width", "bytes", "url", "expires_at"}
    assert "execution" not in image
    assert "sequencer" not in image


@pytest.mark.parametrize("path", ["/images", "/images/by-key"])
def test_an_image_is_found_by_its_key(account: Account, context: Context, path: str) -> None:
    record(Status.APPROVED)
    query = {"key": KEY}
    status, image = ask(context, routeKey=f"GET {path}", queryStringParameters=query)
    assert (status, image["image_id"]) == (200, image_id(KEY))


@pytest.mark.parametrize("status", [Status.REVIEW, Status.REJECTED, Status.FAILED])
def test_only_approved_images_can_be_seen(
    account: Account, context: Context, status: Status
) -> None:
    record(status, "some_reason")
    _, image = ask(context, pathParameters={"id": image_id(KEY)})
    assert (image["status"], image["reason"]) == (status, "some_reason")
    assert not {"renditions", "placeholder"} & image.keys()


def test_before_a_verdict_only_the_status_and_the_words_of_the_uploader_are_shown(
    account: Account, context: Context
) -> None:
    record(None)
    _, image = ask(context, pathParameters={"id": image_id(KEY)})
    assert image.pop("created_at").endswith("Z")
    assert image == {
        "image_id": image_id(KEY),
        "status": "processing",
        "key": KEY,
        "upload": NOTES,
        "uploaded_at": "2026-05-01T12:00:00Z",
    }


@pytest.mark.parametrize("status", Status)
def test_what_is_shown_depends_on_the_status_alone(account: Account, status: Status) -> None:
    everything: dict[str, Any] = {"image_id": "a", "status": status, "key": KEY, "upload": NOTES}
    everything |= FACTS
    shown = present(everything, Presigned("renditions", 60))
    expected = {"image_id", "status", "key", "upload"}
    if status not in {Status.PENDING, Status.PROCESSING}:
        expected |= {"source", "metadata", "moderation"}
    if status == Status.APPROVED:
        expected |= {"renditions", "placeholder"}
    assert shown.keys() == expected
    assert everything["renditions"] == FACTS["renditions"]  # the record is not changed


def test_an_unknown_image_is_not_found(account: Account, context: Context) -> None:
    status, body = ask(context, pathParameters={"id": "a" * 26})
    assert (status, body["error"]) == (404, "not_found")


BY_ID = "An image id has 26 characters, each of a-z or 2-7."
BY_KEY = "Name an image by its id in the path, or by ?key=uploads/…."
ROUTE_BY_KEY = {"routeKey": "GET /images/by-key"}


@pytest.mark.parametrize(
    ("request_", "field", "message"),
    [
        ({"pathParameters": {"id": "../etc/passwd"}}, "id", BY_ID),
        ({"pathParameters": {"id": ""}}, "id", BY_ID),
        ({"pathParameters": {"id": "A" * 26}}, "id", BY_ID),
        ({"pathParameters": {"id": "a" * 25}}, "id", BY_ID),
        ({"pathParameters": {"id": "a" * 27}}, "id", BY_ID),
        ({"pathParameters": {"id": "a" * 25 + "1"}}, "id", BY_ID),
        ({"pathParameters": {"id": "a" * 26 + "\n"}}, "id", BY_ID),
        ({"pathParameters": {"id": "../" * 9}}, "id", BY_ID),
        (ROUTE_BY_KEY | {"queryStringParameters": {"key": ""}}, "key", BY_KEY),
        (ROUTE_BY_KEY | {"queryStringParameters": {"other": "uploads/a.jpg"}}, "key", BY_KEY),
        (ROUTE_BY_KEY, "key", BY_KEY),
    ],
)
def test_a_malformed_request_is_refused_with_what_to_do(
    account: Account, context: Context, request_: dict[str, Any], field: str, message: str
) -> None:
    status, body = ask(context, **request_)
    assert status == 400
    assert body == {
        "type": "urn:problem-type:image-pipeline:bad_request",
        "title": "Bad Request",
        "status": 400,
        "detail": message,
        "code": "bad_request",
        "request_id": "one",
        "errors": [{"field": field, "detail": message}],
        "error": "bad_request",
        "message": message,
    }


def test_the_answer_to_an_unknown_image_says_so(account: Account, context: Context) -> None:
    _, body = ask(context, queryStringParameters={"key": "uploads/never.jpg"})
    assert (body["error"], body["message"]) == ("not_found", "There is no image with this id.")
    assert "errors" not in body


def test_an_unknown_route_is_not_found(account: Account, context: Context) -> None:
    status, body = ask(context, routeKey="DELETE /images/{id}")
    assert (status, body["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("function", "table"), [("ApiFunction", READS), ("ApiWriteFunction", WRITES)]
)
def test_the_template_has_the_routes_of_the_table_and_no_others(
    function: str, table: dict[str, Route]
) -> None:
    events = written()["Resources"][function]["Properties"].get("Events", {}).values()
    deployed = [
        f"{each['Properties']['Method']} {each['Properties']['Path']}"
        for each in events
        if each["Type"] == "HttpApi"
    ]
    assert sorted(deployed) == sorted(table)


def test_every_module_of_a_route_is_in_the_table() -> None:
    modules = {
        source.stem
        for source in (ROOT / "functions" / "api").glob("*.py")
        if re.search(r"^ROUTE\b", source.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert modules == {route.answer.__module__.removeprefix("api.") for route in ROUTES.values()}


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_every_route_is_described(route: Route) -> None:
    places = {parameter.name: parameter.place for parameter in route.parameters}
    in_path = {name for name, place in places.items() if place == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", route.path))
    assert set(places.values()) <= {"path", "query", "header"}
    assert list(inspect.signature(route.answer).parameters)[1:] == ["request"]
    assert all(each.description.endswith(".") for each in route.responses.values())
    assert all(parameter.description.endswith(".") for parameter in route.parameters)
    assert route.responses.keys() >= ({400} if places else {200})
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", route.operation_id)
    assert (IDEMPOTENCY_KEY in route.parameters) == (route.method == "POST")
    assert route.summary
    assert route.description.endswith(".")


def test_health_is_told_without_asking_anything(context: Context) -> None:
    assert ask(context, routeKey="GET /health") == (200, {"status": "ok"})

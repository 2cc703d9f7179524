"""GET /stats: the counts of a span of time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from api.errors import BadRequestError
from api.get_stats import span_of
from api.routes import READS
from api.routing import respond

from .projecting import change, project, put, record

if TYPE_CHECKING:
    from .conftest import Account, Context

pytestmark = pytest.mark.usefixtures("transactions")
NOW = datetime(2026, 11, 27, 5, 30, tzinfo=UTC)
ANY_TOKEN = {"jwt": {"claims": {"sub": "me", "scope": "images:read images:write"}}}


def ask(authorizer: Any = None, api_auth: str = "NONE", **query: str) -> tuple[int, dict[str, Any]]:
    from api.handler import reads

    event = {
        "version": "2.0",
        "routeKey": "GET /stats",
        "queryStringParameters": query,
        "requestContext": {"requestId": "one", "authorizer": authorizer or {}},
    }
    answer = respond(event, READS, reads, api_auth)
    return answer["statusCode"], json.loads(answer["body"])


def of(day: str, hour: str) -> str:
    return f"2026-11-{day}T{hour}:59:59.999Z"


def test_images_are_counted_by_hour_status_and_reason(account: Account, context: Context) -> None:
    put(
        context,
        record("a.jpg", created_at=of("27", "05")),
        record("b.jpg", created_at=of("27", "05"), processed_at="2026-11-27T05:00:05Z"),
        record("c.jpg", "rejected", created_at=of("27", "05"), reason="corrupt"),
        record("d.jpg", "processing", created_at=of("26", "23")),
        record("before.jpg", created_at=of("26", "22")),
        record("after.jpg", created_at=of("27", "06")),
    )
    status, body = ask(**{"from": "2026-11-26T23:15:00Z", "to": "2026-11-27T07:00:00+01:00"})
    assert status == 200
    processing = {"status": "processing", "images": 1}
    approved = {"status": "approved", "images": 2, "mean_seconds": 3.5}
    rejected = {"status": "rejected", "reason": "corrupt", "images": 1, "mean_seconds": 2.0}
    assert body == {
        "from": "2026-11-26T23:00:00Z",
        "to": "2026-11-27T06:00:00Z",
        "per": "hour",
        "counts": [
            {"start": "2026-11-26T23:00:00Z", **processing},
            {"start": "2026-11-27T05:00:00Z", **approved},
            {"start": "2026-11-27T05:00:00Z", **rejected},
        ],
        "totals": [approved, processing, rejected],
    }


def test_images_are_counted_by_day_for_up_to_a_year(account: Account, context: Context) -> None:
    put(
        context,
        record("a.jpg", created_at=of("26", "05")),
        record("b.jpg", created_at=of("27", "23")),
        record("c.jpg", created_at=of("27", "00")),
    )
    year = {"from": "2025-11-28T00:00:00Z", "to": "2026-11-28T00:00:00Z", "per": "day"}
    status, body = ask(**year)
    assert status == 200
    found = [(each["start"], each["images"]) for each in body["counts"]]
    assert found == [("2026-11-26T00:00:00Z", 1), ("2026-11-27T00:00:00Z", 2)]
    assert [each["images"] for each in body["totals"]] == [3]


def test_nothing_is_left_of_a_status_that_no_image_has(account: Account, context: Context) -> None:
    before, after = record("a.jpg", "processing"), record("a.jpg", revision=2)
    put(context, before)
    project(context, change(before, after))
    span = {"from": "2026-11-27T00:00:00Z", "to": "2026-11-28T00:00:00Z"}
    _, body = ask(**span)
    assert [each["status"] for each in body["counts"]] == ["approved"]


def test_a_token_needs_the_scope_of_reviewers(account: Account) -> None:
    assert ask(ANY_TOKEN, "JWT")[0] == 403
    reviewer = {"jwt": {"claims": {"sub": "me", "scope": "images:review"}}}
    assert ask(reviewer, "JWT")[0] == 200
    assert ask({"iam": {"userArn": "arn:aws:iam::123456789012:user/me"}}, "IAM")[0] == 200


def test_by_default_the_last_day_is_counted() -> None:
    span = span_of(None, None, "hour", NOW)
    assert span.names == ("2026-11-26T05", "2026-11-27T05")
    assert span_of(None, None, "day", NOW).names == ("2026-11-26", "2026-11-27")
    assert span_of("2026-11-26", "2026-11-26", "hour", NOW).names == (
        *("2026-11-26T00", "2026-11-26T23"),
    )
    at_midnight = span_of("2026-11-26T00:00:00Z", "2026-11-27T00:00:00Z", "day", NOW)
    assert at_midnight.names == ("2026-11-26", "2026-11-26")


@pytest.mark.parametrize(
    ("start", "end", "per"),
    [
        ("2026-11-27T00:00:00Z", "2026-11-27T00:00:00Z", "hour"),
        ("2026-11-27T00:00:01Z", "2026-11-27T00:00:00Z", "hour"),
        ("2026-10-27T00:00:00Z", "2026-11-27T00:00:01Z", "hour"),
        ("2025-11-26T00:00:00Z", "2026-11-27T00:00:01Z", "day"),
        ("2030-01-01T00:00:00Z", None, "hour"),
        (None, "0001-01-01T00:00:00Z", "hour"),
        ("9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z", "day"),
        ("9999-12-31T23:00:00Z", "9999-12-31T23:59:59-12:00", "hour"),
        (None, "9999-12-31", "day"),
    ],
)
def test_spans_that_are_refused(start: str | None, end: str | None, per: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        span_of(start, end, per, NOW)
    assert refused.value.faults[0].field == "from"


@pytest.mark.parametrize(
    "query", [{"from": "yesterday"}, {"to": "2026-02-30"}, {"per": "minute"}, {"from": ""}]
)
def test_parameters_that_are_refused(account: Account, query: dict[str, str]) -> None:
    status, body = ask(**query)
    assert (status, body["code"]) == (400, "bad_request")
    assert [each["field"] for each in body["errors"]] == list(query)

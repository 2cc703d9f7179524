"""GET /stats: the counts of a span of time."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import BadRequestError
from api.get_stats import span_of
from api.routes import READS
from api.routing import respond
from image_pipeline.attribute_values import encode_item
from image_pipeline.read_model.contribution import contribution, order_of
from image_pipeline.read_model.histogram import bucket_of, quantile
from image_pipeline.read_model.projection import Projection, State

from .conftest import READ_MODEL
from .projecting import change, project, put, record

if TYPE_CHECKING:
    from .conftest import Account, Context

pytestmark = pytest.mark.usefixtures("transactions")
NOW = datetime(2026, 11, 27, 5, 30, tzinfo=UTC)
DAY = {"from": "2026-11-27T00:00:00Z", "to": "2026-11-28T00:00:00Z"}
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
        record("a.jpg", created_at=of("27", "05"), cost_usd=0.00130141),
        record("b.jpg", created_at=of("27", "05"), processed_at="2026-11-27T05:00:05Z"),
        record("c.jpg", "rejected", created_at=of("27", "05"), reason="corrupt"),
        record("d.jpg", "processing", created_at=of("26", "23")),
        record("before.jpg", created_at=of("26", "22")),
        record("after.jpg", created_at=of("27", "06")),
    )
    status, body = ask(**{"from": "2026-11-26T23:15:00Z", "to": "2026-11-27T07:00:00+01:00"})
    assert status == 200
    processing = {"status": "processing", "images": 1}
    two_seconds = {"median_seconds": 2.048, "p95_seconds": 2.048}
    approved = {
        "status": "approved",
        "images": 2,
        "mean_seconds": 3.5,
        "median_seconds": 2.048,
        "p95_seconds": 4.871,
        "cost_usd": 0.00130141,
    }
    rejected = {
        "status": "rejected",
        "reason": "corrupt",
        "images": 1,
        "mean_seconds": 2.0,
        **two_seconds,
    }
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
        "overall": {
            "images": 4,
            "mean_seconds": 3.0,
            "median_seconds": 2.048,
            "p95_seconds": 4.871,
            "cost_usd": 0.00130141,
        },
    }


def test_counts_of_a_release_without_histograms_tell_the_mean(
    account: Account, context: Context
) -> None:
    kinds = ("images", "timed", "milliseconds")
    old = dict(zip((f"approved#none#{kind}" for kind in kinds), (3, 3, 6000), strict=True))
    account.dynamodb.put_item(
        TableName=READ_MODEL,
        Item=encode_item({"pk": "count#3", "sk": "hour#2026-11-27T05", **old}),
    )
    _, body = ask(**DAY)
    mean = {"images": 3, "mean_seconds": 2.0}
    assert (body["totals"], body["overall"]) == ([{"status": "approved", **mean}], mean)
    put(context, record("new.jpg", processed_at="2026-11-27T05:00:09Z"))
    _, body = ask(**DAY)
    assert body["overall"] == {
        "images": 4,
        "mean_seconds": 3.75,
        "median_seconds": 8.933,
        "p95_seconds": 8.933,
    }


def test_of_an_image_that_an_earlier_release_counted_no_time_is_taken_away(
    account: Account, context: Context
) -> None:
    before = record("a.jpg")
    counted = contribution(before)._replace(bucket=None, nanodollars=None)
    Projection(READ_MODEL).apply({before["image_id"]: State(order_of(before), counted)})
    assert "median_seconds" not in ask(**DAY)[1]["overall"]
    project(context, change(before, record("a.jpg", "deleted", 2)))
    _, body = ask(**DAY)
    assert body["overall"] == {"images": 1}


def test_nothing_is_counted_in_an_empty_span(account: Account) -> None:
    _, body = ask(**DAY)
    assert (body["counts"], body["totals"], body["overall"]) == ([], [], {"images": 0})


@given(st.lists(st.integers(0, 86_400_000), min_size=1, max_size=50), st.sampled_from([0.5, 0.95]))
def test_a_quantile_is_within_five_percent(times: list[int], share: float) -> None:
    found = quantile(Counter(map(bucket_of, times)), share)
    true = sorted(times)[math.ceil(share * len(times)) - 1]
    assert found == pytest.approx(max(true, 1), rel=0.05)


def test_counts_that_are_not_positive_have_no_quantile() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({8: 0, 9: -1}, 0.5) is None
    assert quantile({8: -1, 80: 1}, 0.5) == 1024.0


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

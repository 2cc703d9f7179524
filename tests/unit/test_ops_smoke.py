"""What the smoke test accepts and what it reports, without a stack."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from PIL import Image

from image_pipeline import aws, storage
from image_pipeline.models import S3Object
from ops.aws import Aws
from ops.smoke.checks import Host, message_problems, record_problems, rendition_problem
from ops.smoke.pictures import DELETED, Expected, pictures
from ops.smoke.report import Row
from ops.smoke.stages import EXECUTION, in_order, seconds_by_state
from ops.smoke.subscriber import Message
from ops.smoke.trial import Change

APPROVED = Expected("approved")
CORRUPT = Expected("rejected", "corrupt")
BODY = {"status": "rejected", "reason": "corrupt", "key": "uploads/a.jpg", "version_id": "v1"}


def test_a_message_is_read_with_and_without_the_envelope_of_sns() -> None:
    envelope = {
        "Type": "Notification",
        "Message": json.dumps(BODY),
        "MessageAttributes": {"status": {"Type": "String", "Value": "rejected"}},
    }
    raw = {
        "Body": json.dumps(BODY),
        "MessageAttributes": {"status": {"DataType": "String", "StringValue": "rejected"}},
    }
    for received in ({"Body": json.dumps(envelope)}, raw):
        message = Message.read(received)
        assert (message.body, message.attributes) == (BODY, {"status": "rejected"})


def test_a_message_of_another_outcome_is_a_problem() -> None:
    attributes = {"status": "rejected", "reason": "corrupt"}
    message = Message(dict(BODY), attributes, 0.0)
    assert list(message_problems(message, CORRUPT, "v1")) == []
    (other,) = message_problems(message, APPROVED, "v1")
    assert "announced as rejected (corrupt), not approved" in other
    (version,) = message_problems(message, CORRUPT, "v2")
    assert "v1, not v2" in version
    silent = Message(dict(BODY), {}, 0.0)
    assert len(list(message_problems(silent, CORRUPT, "v1"))) == 2


def test_an_answer_of_another_outcome_is_a_problem() -> None:
    image = {"status": "approved", "source": {"version_id": "v1"}, "renditions": [{}]}
    assert list(record_problems(image, APPROVED, "v1")) == []
    assert len(list(record_problems(image, APPROVED, "v2"))) == 1
    assert len(list(record_problems(image, CORRUPT, "v1"))) == 2
    assert len(list(record_problems(None, APPROVED, "v1"))) == 1
    assert len(list(record_problems({**image, "renditions": []}, APPROVED, "v1"))) == 1


@pytest.mark.parametrize(
    ("endpoint", "url", "fine"),
    [
        ("s3.eu-west-1.amazonaws.com", "https://b.s3.eu-west-1.amazonaws.com/k?X", True),
        ("s3.eu-west-1.amazonaws.com", "https://b.s3.amazonaws.com/k?X", False),
        ("s3.eu-west-1.amazonaws.com", "https://b.s3.us-east-1.amazonaws.com/k?X", False),
        ("s3.eu-west-1.amazonaws.com", "https://s3.eu-west-1.amazonaws.com/b/k?X", False),
        ("s3.cn-north-1.amazonaws.com.cn", "https://b.s3.cn-north-1.amazonaws.com.cn/k", True),
        ("127.0.0.1:4566", "http://127.0.0.1:4566/b/k?X", True),
        ("localhost:4566", "http://127.0.0.1:4566/b/k?X", True),
        ("127.0.0.1:4566", "http://b.s3.us-east-1.amazonaws.com/k?X", False),
    ],
)
def test_only_the_regional_host_of_the_bucket_is_accepted(
    endpoint: str, url: str, fine: bool
) -> None:
    assert (Host("b", endpoint).problem(url) is None) is fine


def test_only_the_host_of_the_distribution_is_accepted_where_there_is_one() -> None:
    host = Host("b", "s3.eu-west-1.amazonaws.com", "d1.cloudfront.net")
    assert host.problem("https://d1.cloudfront.net/image/version/large.webp?Policy=a") is None
    problem = host.problem("https://b.s3.eu-west-1.amazonaws.com/image/version/large.webp")
    assert problem == "a URL names b.s3.eu-west-1.amazonaws.com, not d1.cloudfront.net"


def test_a_rendition_that_is_not_what_the_api_says_is_a_problem() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 3)).save(buffer, "WEBP")
    data = buffer.getvalue()
    declared: dict[str, Any] = {
        "name": "card",
        "content_type": "image/webp",
        "width": 4,
        "height": 3,
        "bytes": len(data),
    }
    assert rendition_problem(declared, 200, data) is None
    assert rendition_problem(declared, 403, b"") == "the URL of card answers 403"
    for changed in ({"width": 5}, {"bytes": 1}, {"content_type": "image/jpeg"}):
        assert rendition_problem({**declared, **changed}, 200, data)
    assert "cannot be decoded" in str(rendition_problem(declared, 200, data[:-20]))


def test_without_a_moderation_service_pictures_are_expected_in_review() -> None:
    by_label = {each.label: each for each in pictures({"ModerationProvider": "NONE"})}
    assert len(by_label) == 5
    assert by_label["good"].expected == Expected("review", "moderation_manual")
    assert by_label["broken"].expected == CORRUPT
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(by_label["broken"].data)).load()
    with Image.open(io.BytesIO(by_label["animated"].data)) as animation:
        assert getattr(animation, "n_frames", 1) == 3


def test_the_seconds_of_a_state_that_is_entered_twice_are_added() -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)

    def event(seconds: float, kind: str, name: str = "") -> dict[str, Any]:
        details = "stateEnteredEventDetails" if "Entered" in kind else "stateExitedEventDetails"
        return {
            "timestamp": start + timedelta(seconds=seconds),
            "type": kind,
            details: {"name": name},
        }

    history = [
        event(0, "ExecutionStarted"),
        event(1, "TaskStateEntered", "A"),
        event(1, "TaskStateEntered", "B"),
        event(3, "TaskStateExited", "A"),
        event(4, "TaskStateEntered", "A"),
        event(4.5, "TaskStateExited", "A"),
        event(6, "ExecutionAborted"),
    ]
    assert seconds_by_state(history) == {"A": 2.5, "B": 0.0, EXECUTION: 6.0}


def test_states_of_several_histories_are_listed_in_the_order_of_the_workflow() -> None:
    rows = [["Validate", "Store", "Notify"], ["Validate", "Convert", "Store"], [], ["Reject"]]
    assert in_order(rows) == ["Reject", "Validate", "Convert", "Store", "Notify"]


@pytest.mark.parametrize("region", ["us-east-1", "eu-south-2", "cn-north-1", "us-gov-west-1"])
def test_the_urls_that_the_pipeline_signs_name_the_expected_host(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    monkeypatch.setattr(aws, "_session", botocore.session.get_session)
    monkeypatch.setattr(aws, "s3", aws.s3.__wrapped__)
    url = storage.presigned_url(S3Object("bucket", "a/1/card.webp", "v1"), 60)
    assert Host("bucket", Aws(region, None, None).s3_netloc()).problem(url) is None


@pytest.mark.parametrize(
    ("version", "expected", "message", "told"),
    [
        ("v2", APPROVED, {"version_id": "v2", "status": "review"}, True),
        ("v2", APPROVED, {"version_id": "v1", "status": "approved"}, False),
        (None, DELETED, {"status": "deleted"}, True),
        (None, DELETED, {"version_id": "v2", "status": "approved"}, False),
        # Where versioning is suspended, the outcome of an upload is any but a deletion.
        (None, APPROVED, {"version_id": "null", "status": "rejected"}, True),
        (None, APPROVED, {"status": "deleted"}, False),
    ],
)
def test_each_change_is_told_by_its_own_message(
    version: str | None, expected: Expected, message: dict[str, Any], told: bool
) -> None:
    change = Change("uploads/a.jpg", expected, 10.0, version, Row("a", "a.jpg", str(expected)))
    assert change.is_told_by(Message({"key": "uploads/a.jpg", **message}, {}, 11.0)) is told
    assert not change.is_told_by(Message({"key": "uploads/b.jpg", **message}, {}, 11.0))
    assert not change.is_told_by(Message({"key": "uploads/a.jpg", **message}, {}, 9.0))

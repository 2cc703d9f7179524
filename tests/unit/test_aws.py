"""How patient the AWS clients are, and which signature they use."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from urllib3 import HTTPResponse

from image_pipeline import aws

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS: dict[str, tuple[int, Callable[[], Any]]] = {
    "s3": (3, lambda: aws.s3().list_objects_v2(Bucket="uploads")),
    "dynamodb": (3, lambda: aws.dynamodb().describe_table(TableName="images")),
    "stepfunctions": (3, lambda: aws.stepfunctions().list_state_machines()),
    # Waiting in the state machine costs less than waiting in the function.
    "rekognition": (
        1,
        lambda: aws.rekognition().detect_moderation_labels(Image={"Bytes": b"1"}),
    ),
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.parametrize("service", CALLS)
def test_every_client_tries_a_few_times_and_then_gives_up(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts, call = CALLS[service]
    monkeypatch.setattr("time.sleep", lambda _: None)
    sent: list[str] = []

    def unavailable(request: Any, **_: Any) -> AWSResponse:
        sent.append(request.url)
        return AWSResponse(request.url, 503, {}, HTTPResponse(io.BytesIO()))  # type: ignore[arg-type]

    events = getattr(aws, service)().meta.events
    events.register_first("before-send", unavailable)
    with pytest.raises(ClientError):
        call()
    events.unregister("before-send", unavailable)
    assert len(sent) == attempts


@pytest.mark.parametrize("service", CALLS)
def test_every_client_is_made_once_with_short_timeouts(service: str) -> None:
    client = getattr(aws, service)()
    assert getattr(aws, service)() is client
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (3, 20)
    assert config.tcp_keepalive is True


def test_s3_signs_with_version_4() -> None:
    url = aws.s3().generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url

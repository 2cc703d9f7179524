"""The webhook function on real messages of a queue, with a real receiver."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.errors import ConfigError
from local.aws.clients import client_of
from tests.support.handlers import load_handler
from tests.support.webhook_receivers import Received, Reply, receiving
from webhook import secret as secrets
from webhook.signature import signed_headers
from webhook.waits import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Account, Context

NOTIFICATION = {"id": "image/one/approved", "status": "approved", "key": "uploads/a.jpg"}
KEYS = [base64.b64encode(letter * 32).decode() for letter in (b"a", b"b")]


class Webhooks:
    """The function, its queue and its secret."""

    def __init__(self, patch: pytest.MonkeyPatch, context: Context) -> None:
        self.sqs, self.secrets = client_of("sqs"), client_of("secretsmanager")
        self.queue = self.sqs.create_queue(
            QueueName="webhooks", Attributes={"VisibilityTimeout": "360"}
        )["QueueUrl"]
        self.secret = self.secrets.create_secret(Name="webhook", SecretString=KEYS[0])["ARN"]
        self._patch, self._context = patch, context

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=body)

    def event(self, attempt: int = 1) -> dict[str, Any]:
        """Receive all messages, as Lambda passes them on."""
        found = self.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, AttributeNames=["All"]
        )
        return {
            "Records": [
                {
                    "messageId": each["MessageId"],
                    "receiptHandle": each["ReceiptHandle"],
                    "body": each["Body"],
                    "attributes": each["Attributes"] | {"ApproximateReceiveCount": str(attempt)},
                }
                for each in found.get("Messages", [])
            ]
        }

    def load(self, url: str) -> Any:
        variables = {
            "WEBHOOK_URL": url,
            "WEBHOOKS_QUEUE_URL": self.queue,
            "WEBHOOK_SECRET_ARN": self.secret,
        }
        return load_handler("webhook", variables, self._patch)

    def run(self, url: str, event: dict[str, Any]) -> list[str]:
        """Run the function; the ids of the messages that stay in the queue."""
        answer = self.load(url).handler(event, self._context)
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


@pytest.fixture
def webhooks(account: Account, context: Context, monkeypatch: pytest.MonkeyPatch) -> Webhooks:
    return Webhooks(monkeypatch, context)


@pytest.fixture
def waits(webhooks: Webhooks) -> Iterator[list[int]]:
    """The visibility timeouts that the function sets."""
    found: list[int] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        found.append(params["VisibilityTimeout"])

    events, name = aws.sqs().meta.events, "provide-client-params.sqs.ChangeMessageVisibility"
    events.register(name, note)
    yield found
    events.unregister(name, note)


def signatures(request: Received, *keys: str) -> list[str]:
    """The signatures that a request must have, one for each key."""
    signed = (
        f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
        + request.body
    )
    digests = (hmac.digest(base64.b64decode(key), signed, hashlib.sha256) for key in keys)
    return [f"v1,{base64.b64encode(digest).decode()}" for digest in digests]


def test_a_delivered_message_is_done(webhooks: Webhooks, waits: list[int]) -> None:
    webhooks.send(json.dumps(NOTIFICATION))
    with receiving() as receiver:
        assert webhooks.run(receiver.url, webhooks.event()) == []
    (request,) = receiver.requests
    assert json.loads(request.body)["data"] == NOTIFICATION
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == NOTIFICATION["id"]
    assert abs(time.time() - int(request.headers["webhook-timestamp"])) < 60
    assert request.headers["webhook-signature"].split(" ") == signatures(request, KEYS[0])
    assert waits == []


@pytest.mark.parametrize(
    ("reply", "low", "high"),
    [
        (Reply(500), 10, 13),
        (Reply(404), 10, 13),
        (Reply(410), 10, 13),
        (Reply(302, {"location": "/elsewhere"}), 10, 13),
        (Reply(200, body=b"x" * 100_000), 10, 13),
        (Reply(429, {"retry-after": "600"}), 600, 750),
        (Reply(503, {"retry-after": "1"}), 10, 13),
        (Reply(503, {"retry-after": "9999999"}), 7200, 9000),
    ],
)
def test_a_message_that_is_not_delivered_waits_in_the_queue(
    reply: Reply, low: int, high: int, webhooks: Webhooks, waits: list[int]
) -> None:
    webhooks.send(json.dumps(NOTIFICATION))
    event = webhooks.event()
    with receiving(lambda _: reply) as receiver:
        failed = webhooks.run(receiver.url, event)
    assert failed == [event["Records"][0]["messageId"]]
    assert len(receiver.requests) == 1
    (wait,) = waits
    assert low <= wait <= high


def test_only_the_failed_messages_of_a_batch_stay(webhooks: Webhooks, waits: list[int]) -> None:
    bodies = [json.dumps(NOTIFICATION | {"id": f"image/{number}/x"}) for number in range(4)]
    webhooks.send(*bodies, "not a notification")
    event = webhooks.event()

    def answer(request: Received) -> Reply:
        return Reply(500 if request.headers["webhook-id"] == "image/2/x" else 200)

    with receiving(answer) as receiver:
        failed = webhooks.run(receiver.url, event)
    bad = ["not a notification", bodies[2]]
    assert sorted(failed) == sorted(
        each["messageId"] for each in event["Records"] if each["body"] in bad
    )
    assert len(receiver.requests) == 4
    # What is no notification becomes none by waiting.
    assert min(waits) == 0
    assert max(waits) >= 10


def test_the_last_attempt_waits_for_nothing(webhooks: Webhooks, waits: list[int]) -> None:
    webhooks.send(json.dumps(NOTIFICATION))
    with receiving(lambda _: Reply(500)) as receiver:
        assert len(webhooks.run(receiver.url, webhooks.event(ATTEMPTS))) == 1
    assert waits == [0]


def test_what_a_receiver_says_and_where_it_is_are_not_logged(
    webhooks: Webhooks, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    webhooks.send(json.dumps(NOTIFICATION))
    with receiving(lambda _: Reply(500, {"x-inside": "secret-1"}, b"secret-2")) as receiver:
        webhooks.run(f"{receiver.url}?token=secret-3", webhooks.event())
    logged = f"{capsys.readouterr().out} {[vars(record) for record in caplog.records]}"
    assert "the receiver answered 500" in logged
    assert "secret-" not in logged
    assert KEYS[0] not in logged


def test_a_new_secret_signs_along_with_the_one_before(webhooks: Webhooks) -> None:
    webhooks.secrets.put_secret_value(SecretId=webhooks.secret, SecretString=f"whsec_{KEYS[1]}")
    webhooks.send(json.dumps(NOTIFICATION))
    with receiving() as receiver:
        webhooks.run(receiver.url, webhooks.event())
    (request,) = receiver.requests
    assert request.headers["webhook-signature"].split(" ") == signatures(request, *KEYS[::-1])


def test_the_secret_is_read_again_when_it_is_five_minutes_old(webhooks: Webhooks) -> None:
    now = time.time()
    secret = secrets.Secret(webhooks.secret, lambda: now)
    first = secret.keys()
    webhooks.secrets.put_secret_value(SecretId=webhooks.secret, SecretString=KEYS[1])
    now += 299
    assert secret.keys() == first
    now += 2
    assert secret.keys() == (b"b" * 32, b"a" * 32)
    now += 25 * 3600
    assert secret.keys() == (b"b" * 32,)


def test_a_secret_that_cannot_be_read_again_is_kept(webhooks: Webhooks) -> None:
    now = time.time()
    secret = secrets.Secret(webhooks.secret, lambda: now)
    first = secret.keys()
    webhooks.secrets.delete_secret(SecretId=webhooks.secret, ForceDeleteWithoutRecovery=True)
    now += 1000
    assert secret.keys() == first


@pytest.mark.parametrize("value", [None, "not base64!"])
def test_without_a_secret_nothing_is_sent_and_messages_wait(
    value: str | None, webhooks: Webhooks, waits: list[int]
) -> None:
    if value is None:
        webhooks.secrets.delete_secret(SecretId=webhooks.secret, ForceDeleteWithoutRecovery=True)
    else:
        webhooks.secrets.put_secret_value(SecretId=webhooks.secret, SecretString=value)
    webhooks.send(json.dumps(NOTIFICATION))
    with receiving() as receiver, pytest.raises((ConfigError, ClientError)):
        webhooks.run(receiver.url, webhooks.event())
    assert receiver.requests == []
    (wait,) = waits
    assert 10 <= wait <= 13


def test_a_receipt_that_is_out_of_date_is_no_error(webhooks: Webhooks) -> None:
    webhooks.send(json.dumps(NOTIFICATION))
    event = webhooks.event()
    event["Records"][0]["receiptHandle"] = "out of date"
    with receiving(lambda _: Reply(500)) as receiver:
        assert len(webhooks.run(receiver.url, event)) == 1


def test_a_name_that_is_not_resolved_in_time_is_no_answer(
    webhooks: Webhooks, waits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time limit of the receiver begins to work with the connection."""
    over = threading.Event()

    def resolve(*_: Any, **__: Any) -> Any:
        over.wait()
        raise OSError("too late")

    webhooks.send(json.dumps(NOTIFICATION))
    event = webhooks.event()
    module = webhooks.load("https://slow.example/")
    monkeypatch.setattr(module, "receiver", replace(module.receiver, seconds=0.1))
    monkeypatch.setattr("webhook.batch._SECONDS_FOR_NAMES", 0.1)
    monkeypatch.setattr("socket.getaddrinfo", resolve)
    try:
        failed = module.handler(event, webhooks._context)["batchItemFailures"]
    finally:
        over.set()
    assert len(failed) == len(waits) == 1


def test_a_fault_of_the_function_costs_only_the_message_that_it_happens_to(
    webhooks: Webhooks, waits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [json.dumps(NOTIFICATION | {"id": name}) for name in ("good", "bad")]
    webhooks.send(*bodies)
    event = webhooks.event()

    def sign(keys: Any, webhook_id: str, *rest: Any) -> dict[str, str]:
        if webhook_id == "bad":
            raise ZeroDivisionError
        return signed_headers(keys, webhook_id, *rest)

    monkeypatch.setattr("webhook.delivery.signed_headers", sign)
    with receiving() as receiver:
        failed = webhooks.run(receiver.url, event)
    (message,) = (each["messageId"] for each in event["Records"] if each["body"] == bodies[1])
    assert failed == [message]
    assert [each.headers["webhook-id"] for each in receiver.requests] == ["good"]
    assert len(waits) == 1

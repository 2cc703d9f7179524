"""Outcomes on their way from the topic to a receiver: delivered, tried again, given up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated
from tests.integration.story import process
from tests.support.pictures import gradient_file
from tests.support.webhook_receivers import Received, Receiver, Reply
from webhook.waits import ATTEMPTS

with isolated():
    from ops.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.offline import OfflineAws

EVENT = Path(__file__).parents[2] / "events" / "webhook.json"


class Webhooks:
    """What becomes of webhooks from now on."""

    def __init__(self, aws: OfflineAws, receiver: Receiver) -> None:
        self._aws, self._receiver = aws, receiver
        self._sqs = aws.client("sqs")
        self.settle()  # what other tests have left
        while self.dead:
            pass
        receiver.requests.clear()
        aws.queues.waits.clear()

    def settle(self, answer: Callable[[Received], Reply] = lambda _: Reply()) -> list[Received]:
        """Deliver what waits; return the requests."""
        self._receiver.answer = answer
        self._aws.queues.settle()
        return self._receiver.requests

    def send(self, body: str) -> None:
        queue = self._aws.deployment.ref("WebhooksQueue")
        self._sqs.send_message(QueueUrl=queue, MessageBody=body)

    @property
    def waits(self) -> list[int]:
        return [each.seconds for each in self._aws.queues.waits]

    @property
    def dead(self) -> list[str]:
        queue = self._aws.deployment.ref("WebhooksDeadLetterQueue")
        found = self._sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        messages = found.get("Messages", [])
        for each in messages:
            self._sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        return [each["Body"] for each in messages]


@pytest.fixture
def webhooks(aws: OfflineAws, receiver: Receiver) -> Iterator[Webhooks]:
    made = Webhooks(aws, receiver)
    yield made
    made.settle()


@pytest.mark.parametrize(
    ("data", "status"), [(gradient_file(), "approved"), (b"", "rejected")], ids=str
)
def test_an_outcome_is_posted_as_it_is_announced(
    aws: OfflineAws,
    webhooks: Webhooks,
    messages: Callable[[], list[dict[str, Any]]],
    data: bytes,
    status: str,
) -> None:
    process(aws, f"uploads/webhooks/{status}.jpg", data)
    (request,) = webhooks.settle()
    (announced,) = messages()
    body = json.loads(request.body)
    assert body["data"] == announced["body"]
    assert body["type"] == f"image.{status}"
    assert request.headers["webhook-id"] == announced["body"]["id"]
    assert webhooks.dead == []


def test_a_receiver_that_is_down_for_a_while_gets_the_same_webhook(
    aws: OfflineAws, webhooks: Webhooks
) -> None:
    process(aws, "uploads/webhooks/later.jpg", b"")
    answers = iter([Reply(500), Reply(302, {"location": "/"}), Reply(429, {"retry-after": "100"})])
    requests = webhooks.settle(lambda _: next(answers, Reply(200)))
    assert len(requests) == 4
    assert len({(each.body, each.headers["webhook-id"]) for each in requests}) == 1
    assert {each.path for each in requests} == {"/hooks"}
    first, second, third = webhooks.waits
    assert 10 <= first <= 13
    assert 20 <= second <= 25
    assert 100 <= third <= 125


def test_a_receiver_that_stays_down_gets_no_more_after_a_day(
    aws: OfflineAws, webhooks: Webhooks
) -> None:
    process(aws, "uploads/webhooks/never.jpg", b"")
    requests = webhooks.settle(lambda _: Reply(503))
    assert len(requests) == ATTEMPTS
    assert 24 * 3600 <= sum(webhooks.waits) <= 32 * 3600
    (dead,) = webhooks.dead
    assert json.loads(dead) == json.loads(requests[0].body)["data"]
    assert len(webhooks.settle()) == ATTEMPTS


def test_what_is_no_notification_is_a_dead_letter_at_once(webhooks: Webhooks) -> None:
    webhooks.send("no notification")
    assert webhooks.settle() == []
    assert sum(webhooks.waits) == 0
    assert webhooks.dead == ["no notification"]


def test_the_sample_event_is_delivered(aws: OfflineAws, webhooks: Webhooks) -> None:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.deployment.ref("WebhookFunction"), Payload=EVENT.read_bytes()
    )
    assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}
    (request,) = webhooks.settle()
    (record,) = json.loads(EVENT.read_text())["Records"]
    assert json.loads(request.body)["data"] == json.loads(record["body"])


def test_a_replay_sends_the_same_webhook_again(
    aws: OfflineAws, webhooks: Webhooks, capsys: pytest.CaptureFixture[str]
) -> None:
    story = process(aws, "uploads/webhooks/again.jpg", b"")
    (first,) = webhooks.settle()
    since = story.image["processed_at"]
    assert main(["webhooks", "replay", "--since", since, "--rate", "1000"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 sent"
    first, again = webhooks.settle()
    assert again.body == first.body
    assert again.headers["webhook-id"] == first.headers["webhook-id"]


def test_a_stack_that_is_not_there_is_told_in_one_line(
    aws: OfflineAws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["webhooks", "replay", "--since", "1h", "--stack", "elsewhere"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("python -m ops webhooks: there is no stack elsewhere")

"""Webhooks: they exist only with a URL; nothing is lost, and nothing is tried without end."""

from __future__ import annotations

import re
from typing import Any

import pytest

from local.aws.parameters import check_overrides
from local.errors import TemplateError
from tests.template.documents import ROOT, of_type, outputs, properties, resources, written
from webhook.waits import ATTEMPTS, seconds_until_next

URL = "https://hooks.example/"
DAY = 24 * 3600


def is_of_webhooks(name: str) -> bool:
    return name.startswith("Webhook")


def test_without_a_url_nothing_of_them_exists() -> None:
    without, having = resources(WebhookUrl=""), resources(WebhookUrl=URL)
    assert not any(map(is_of_webhooks, without))
    assert set(having) - set(without) == set(filter(is_of_webhooks, having))
    assert len(set(having) - set(without)) >= 14
    assert "WebhookSecretArn" not in outputs(WebhookUrl="")
    assert outputs(WebhookUrl=URL)["WebhookSecretArn"] == "WebhookSecret"


@pytest.mark.parametrize("queue", ["WebhooksQueue", "WebhooksDeadLetterQueue"])
def test_the_topic_alone_may_write_to_the_queues(queue: str) -> None:
    """A topic may be encrypted with alias/aws/sns, a queue that it writes to not with aws/sqs.

    docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html
    """
    assert properties(queue)["SqsManagedSseEnabled"] is True
    assert "KmsMasterKeyId" not in properties(queue)
    (policy,) = [
        found for found in of_type("AWS::SQS::QueuePolicy").values() if found["Queues"] == [queue]
    ]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "AllowOutcomesTopic",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": f"{queue}.Arn",
            "Condition": {"ArnEquals": {"aws:SourceArn": "OutcomesTopic"}},
        }
    ]


def test_the_queue_receives_every_outcome_as_it_is_published() -> None:
    (subscription,) = [
        found for found in of_type("AWS::SNS::Subscription").values() if found["Protocol"] == "sqs"
    ]
    assert subscription == {
        "TopicArn": "OutcomesTopic",
        "Protocol": "sqs",
        "Endpoint": "WebhooksQueue.Arn",
        "RawMessageDelivery": True,
        # What SNS cannot hand over is not lost, either.
        "RedrivePolicy": {"deadLetterTargetArn": "WebhooksDeadLetterQueue.Arn"},
    }
    assert set(resources()["WebhooksSubscription"]["DependsOn"]) == {
        "WebhooksQueuePolicy",
        "WebhooksDeadLetterQueuePolicy",
    }


def test_a_message_is_tried_for_a_day_and_is_then_a_dead_letter() -> None:
    queue = properties("WebhooksQueue")
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": "WebhooksDeadLetterQueue.Arn",
        "maxReceiveCount": ATTEMPTS,
    }
    attempts = range(1, queue["RedrivePolicy"]["maxReceiveCount"])
    assert sum(seconds_until_next(each, None, lambda low, _: low) for each in attempts) >= DAY
    longest = sum(seconds_until_next(each, 1e9, lambda _, high: high) for each in attempts)
    # No message expires before it is given up, and none soon after that: it keeps its age.
    retention = queue["MessageRetentionPeriod"]
    assert longest < retention / 2
    assert retention + 4 * DAY <= properties("WebhooksDeadLetterQueue")["MessageRetentionPeriod"]


def test_lambda_reads_the_queue_by_its_own_recommendations() -> None:
    """docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html."""
    ((name, source),) = (
        (name, found)
        for name, found in of_type("AWS::Lambda::EventSourceMapping").items()
        if found["EventSourceArn"] == "WebhooksQueue.Arn"
    )
    assert source == {
        "EventSourceArn": "WebhooksQueue.Arn",
        "FunctionName": "WebhookFunctionAliaslive",
        "BatchSize": 10,
        "ScalingConfig": {"MaximumConcurrency": 5},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    assert resources()[name]["Condition"] == "WebhooksAreSent"
    function = properties("WebhookFunction", StepsConcurrency="2")
    assert properties("WebhooksQueue")["VisibilityTimeout"] >= 6 * function["Timeout"]
    # Less than the maximum concurrency would count throttles as attempts.
    assert "ReservedConcurrentExecutions" not in function


def test_the_secret_is_one_of_standard_webhooks() -> None:
    """Base64 needs a multiple of four characters, of which letters and digits are a part."""
    rule = properties("WebhookSecret")["GenerateSecretString"]
    assert rule == {"PasswordLength": 48, "ExcludePunctuation": True}
    assert rule["PasswordLength"] % 4 == 0
    assert 24 <= rule["PasswordLength"] * 3 // 4 <= 64


ACCEPTED = [
    "",
    "https://a.example",
    "https://a.example/",
    "https://a.example:8443/in?of=images&x=%20",
    "https://192.0.2.1/in",
    "https://[2001:db8::1]:8443/in",
]
REFUSED = [
    "http://a.example/",
    "http://127.0.0.1:8000/",
    "http://localhost/",
    "https://",
    "https:///in",
    "https://user:password@a.example/",
    "https://a.example/in here",
    "https://a.example/#in",
    "https://a.example/{{resolve:ssm:token}}",
    "https://ä.example/",
    "https://a.example/\n",
    "ftp://a.example/",
    "a.example",
]


@pytest.mark.parametrize("url", ACCEPTED)
def test_a_url_is_accepted(url: str) -> None:
    assert re.fullmatch(pattern(), url)


@pytest.mark.parametrize("url", REFUSED)
def test_another_url_is_refused(url: str) -> None:
    # CloudFormation has Java's `$`, which is before a final line break, too, but matches the whole.
    assert not re.fullmatch(pattern(), url)


def pattern() -> Any:
    return written()["Parameters"]["WebhookUrl"]["AllowedPattern"]


@pytest.mark.parametrize(
    ("url", "is_accepted"),
    [
        ("http://127.0.0.1:8000/in", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000/", True),
        ("http://127.0.0.1.example/", False),
        ("http://localhost.example/", False),
        ("http://localhost@a.example/", False),
        ("http://a.example/", False),
        ("ftp://127.0.0.1/", False),
    ],
)
def test_offline_a_receiver_on_this_machine_needs_no_certificate(
    url: str, is_accepted: bool
) -> None:
    try:
        check_overrides(ROOT / "template.yaml", {"WebhookUrl": url})
    except TemplateError:
        assert not is_accepted
    else:
        assert is_accepted

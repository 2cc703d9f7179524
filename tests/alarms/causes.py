"""Causes of alarms: faults, and time that passes by the clock of the recorded metrics."""

from __future__ import annotations

import importlib
import json
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.responses import DynamoHandler
from moto.rekognition.responses import RekognitionResponse
from moto.sqs.models import sqs_backends

from local.aws import events
from local.aws.calls import intercepted
from local.aws.environment import ACCOUNT, REGION
from local.aws.moto_patches import replaced
from tests.faults.uploads import jpeg
from tests.integration.failing import raising
from tests.integration.story import answer_to, ended, process, upload
from tests.runbook import situations as caused
from tests.support.heif_files import heic
from tests.support.webhook_receivers import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.calls import Call
    from tests.runbook.situations import World

HOUR = 3600.0


class Clock:
    """The time of the recorded metrics, which a test lets pass."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def passes(world: World, seconds: float) -> None:
    """Let time pass."""
    clock: Any = world.aws.monitoring.recorded.clock
    clock.ahead += seconds


def at_moto(owner: Any, name: str, code: str, times: int) -> Any:
    """Return a context manager in which a service refuses the first requests of an operation."""
    genuine, left = getattr(owner, name), [times]

    def respond(response: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise JsonRESTError(code, "on purpose")
        return genuine(response)

    return replaced(owner, name, respond)


def executions_timed_out(world: World) -> None:
    """Let an execution wait for a function until its deadline, which is a second here."""
    client, arn = (
        world.aws.client("stepfunctions"),
        world.aws.deployment.ref("ImagePipelineStateMachine"),
    )
    definition = client.describe_state_machine(stateMachineArn=arn)["definition"]
    short = {**json.loads(definition), "TimeoutSeconds": 1}
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(short))

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        if call.caller == "MetadataFunction":
            world.aws.progress.await_end(world.aws.delivery.started[-1].arn, 30)
        return perform()

    with intercepted(world.aws.deployment, around):
        ended(world.aws, upload(world.aws, "uploads/timed_out.jpg", jpeg()))
    client.update_state_machine(stateMachineArn=arn, definition=definition)


def upload_events_lost(world: World) -> None:
    """Refuse executions, and let nobody send to the dead-letter queue."""
    queue, sqs = world.aws.deployment.ref("UploadDeadLetterQueue"), world.aws.client("sqs")
    names = ["Policy"]
    policy = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    nobody = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": []})}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=nobody)
    caused.upload_dead_letters(world)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=policy)


def webhooks_waiting(world: World) -> None:
    process(world.aws, "uploads/waiting.jpg", jpeg())
    passes(world, 2 * HOUR)


def webhooks_late(world: World) -> None:
    """Let the receiver refuse a webhook that was sent two hours ago."""
    process(world.aws, "uploads/late_webhook.jpg", jpeg())
    name = world.aws.deployment.resources["WebhooksQueue"].attributes["QueueName"]
    held: list[Any] = sqs_backends[ACCOUNT][REGION].get_queue(name)._messages
    for message in held:
        message.sent_timestamp = int(message.sent_timestamp or 0) - 2 * 3_600_000
    answers = iter([Reply(503)])
    world.receiver.answer = lambda _: next(answers, Reply())
    world.aws.queues.settle()


def webhook_errors(world: World) -> None:
    secret = world.aws.client("secretsmanager")
    name = world.aws.deployment.ref("WebhookSecret")
    before = secret.get_secret_value(SecretId=name)["SecretString"]
    caused.webhook_errors(world)
    secret.put_secret_value(SecretId=name, SecretString=before)
    caused.forget_secret(world)


def projection_lag(world: World) -> None:
    """Let the read model get a change a quarter of an hour late."""
    process(world.aws, "uploads/lagging.jpg", jpeg())
    passes(world, HOUR / 4)
    world.aws.streams.settle()


def oldest_in_work(world: World) -> None:
    """Let an image wait for capacity for seven hours."""
    world.stuck("uploads/old.jpg")
    table, client = world.aws.deployment.ref("ImagesTable"), world.aws.client("dynamodb")
    long_ago = (datetime.now(UTC) - timedelta(hours=7)).isoformat(timespec="milliseconds")
    for item in client.scan(TableName=table)["Items"]:
        if item.get("status", {}).get("S") == "processing":
            client.update_item(
                TableName=table,
                Key={"image_id": item["image_id"]},
                UpdateExpression="SET claimed_at = :then",
                ExpressionAttributeValues={":then": {"S": long_ago}},
            )
    world.sweep()


def sweep_silent(world: World) -> None:
    world.sweep()
    passes(world, HOUR)
    for _ in range(4):
        passes(world, HOUR / 4)
        caused.sweep_silent(world)


def sweep_errors(world: World) -> None:
    for _ in range(2):
        caused.sweep_errors(world)
        passes(world, HOUR / 4)


def late_outcomes(world: World) -> None:
    """Let events arrive ten minutes late."""
    genuine = events._text

    def earlier(time: datetime) -> str:
        return genuine(time - timedelta(minutes=10))

    with replaced(events, "_text", earlier):
        for number in range(2):
            process(world.aws, f"uploads/late/{number}.jpg", jpeg())


def step_errors(world: World) -> None:
    """Let a step raise an error at every attempt, for three minutes."""
    for minute in range(3):
        with broken("metadata.handler.extract"):
            for number in range(3):
                ended(world.aws, upload(world.aws, f"uploads/{minute}/{number}.jpg", jpeg()))
        passes(world, 60)


@contextmanager
def broken(where: str) -> Iterator[None]:
    """Context manager in which a function of the code raises an error, whenever it is called."""
    module, _, name = where.rpartition(".")
    with replaced(importlib.import_module(module), name, raising(KeyError("broken"))):
        yield


def slow_answers(world: World) -> None:
    """Let a function of the API take five seconds by its own clock."""
    timing = importlib.import_module("api.timing")
    readings = iter([0.0, 5.0])
    slow = SimpleNamespace(perf_counter=lambda: next(readings, 5.0))
    with replaced(timing, "time", slow):
        world.ask("/images")


def table_throttles(world: World) -> None:
    """Let DynamoDB refuse writes and reads within each of three periods."""
    code = "ProvisionedThroughputExceededException"
    for number in range(3):
        with ExitStack() as refusing:
            refusing.enter_context(at_moto(DynamoHandler, "update_item", code, 1))
            refusing.enter_context(at_moto(DynamoHandler, "get_item", code, 1))
            process(world.aws, f"uploads/throttled/{number}.jpg", jpeg())
        if number < 2:
            passes(world, 300)


def rekognition_throttles(world: World) -> None:
    code = "ProvisionedThroughputExceededException"
    with at_moto(RekognitionResponse, "detect_moderation_labels", code, 1):
        process(world.aws, "uploads/rekognition.jpg", jpeg())


def daily_cost(world: World) -> None:
    for number in range(9):
        process(world.aws, f"uploads/costly/{number}.jpg", jpeg())


def everything_else(world: World) -> None:
    """Let every function run, and every outcome be, that no alarm needs."""
    process(world.aws, "uploads/review.jpg", jpeg(), local_moderation="Explicit Nudity=70")
    process(world.aws, "uploads/rejected.jpg", jpeg(), local_moderation="Explicit Nudity=97")
    process(world.aws, "uploads/converted.heic", heic())
    answer_to(f"{world.aws.api_url}/images/nowhere/reprocess", {}, "POST")
    rekognition_throttles(world)
    world.sweep()


CAUSES: dict[str, Callable[[World], None]] = {
    "ExecutionsFailedAlarm": caused.executions_failed,
    "BackfillFailedAlarm": caused.backfill_failed,
    "ExecutionsTimedOutAlarm": executions_timed_out,
    "ExecutionsAbortedAlarm": caused.executions_aborted,
    "UploadDeadLetterQueueAlarm": caused.upload_dead_letters,
    "UploadEventsLostAlarm": upload_events_lost,
    "UnsentNotificationsAlarm": caused.unsent_notifications,
    "WebhooksDeadLetterQueueAlarm": caused.webhooks_dead_letters,
    "WebhooksLateAlarm": webhooks_late,
    "WebhooksWaitingAlarm": webhooks_waiting,
    "WebhookErrorsAlarm": webhook_errors,
    "StepErrorsAlarm": step_errors,
    "ServiceErrorsAlarm": caused.api_errors,
    "SweepErrorsAlarm": sweep_errors,
    "TableThrottlesAlarm": table_throttles,
    "ProjectorDeadLetterQueueAlarm": caused.projector_dead_letters,
    "ProjectionLagAlarm": projection_lag,
    "UploadsRestartedAlarm": caused.uploads_restarted,
    "UploadsGivenUpAlarm": caused.uploads_given_up,
    "OldestInWorkAlarm": oldest_in_work,
    "SweepSilentAlarm": sweep_silent,
    "FastBurnHourAlarm": late_outcomes,
    "FastBurnMinutesAlarm": late_outcomes,
    "FastBurnAlarm": late_outcomes,
    "SlowBurnHoursAlarm": late_outcomes,
    "SlowBurnHalfHourAlarm": late_outcomes,
    "SlowBurnAlarm": late_outcomes,
    "ImagesApiServerErrorsAlarm": caused.api_errors,
    "ImagesApiLatencyAlarm": slow_answers,
    "DailyCostAlarm": daily_cost,
}

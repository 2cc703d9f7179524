"""Causes what each alarm of the runbook is about, in an offline AWS."""

from __future__ import annotations

import importlib
import json
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import urlopen

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local.aws import events
from local.aws.calls import BACKFILL, Killed, intercepted
from local.aws.environment import ACCOUNT, REGION
from local.aws.moto_patches import replaced
from ops.cli import main
from tests.faults.kinds import refusal
from tests.faults.trial import Trial
from tests.faults.uploads import jpeg
from tests.integration.failing import raising, then_as_before
from tests.integration.story import ended, process, upload
from tests.support.webhook_receivers import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws
    from tests.faults.trial import Site
    from tests.support.webhook_receivers import Receiver


class World:
    """The offline AWS in which situations are caused, and the receiver of its webhooks."""

    def __init__(self, aws: OfflineAws, receiver: Receiver) -> None:
        self.aws, self.receiver = aws, receiver

    @contextmanager
    def refusing(
        self,
        operation: str,
        code: str = "AccessDeniedException",
        caller: str = "",
        target: str = "",
        times: int = 1_000_000,
    ) -> Iterator[None]:
        """Context manager in which the first calls of an operation are refused."""
        left = [times]

        def around(call: Call, perform: Callable[[], Any]) -> Any:
            is_meant = call.operation == operation and caller in call.caller
            if is_meant and target in json.dumps(call.parameters, default=str) and left[0]:
                left[0] -= 1
                raise refusal(call, code, 400)
            return perform()

        with intercepted(self.aws.deployment, around):
            yield

    @contextmanager
    def without(self, *functions: str) -> Iterator[None]:
        """Context manager in which functions cannot be invoked by executions."""
        with ExitStack() as opened:
            for each in functions:
                target = self.aws.deployment.alias_arn(each)
                opened.enter_context(self.refusing("Invoke", "ServiceException", target=target))
            yield

    @contextmanager
    def broken(self, where: str) -> Iterator[None]:
        """Context manager in which a function of the code raises an error."""
        module, _, name = where.rpartition(".")
        failing = then_as_before(where, raising(KeyError("broken")))
        with replaced(importlib.import_module(module), name, failing):
            yield

    def stuck(self, key: str) -> str:
        """Let the execution of an upload end without an outcome; return its ARN."""
        with self.without("RejectFunction", "StoreFunction"):
            arn = upload(self.aws, key, jpeg())
            ended(self.aws, arn)
        return arn

    def dropped(self, key: str) -> None:
        """Upload without an event."""
        with replaced(events, "publish", lambda *_: None):
            self.aws.client("s3").put_object(
                Bucket=self.aws.deployment.ref("UploadsBucket"), Key=key, Body=jpeg()
            )

    def sweep(self) -> None:
        """Run a sweep, and wait for the executions that it starts."""
        function = self.aws.deployment.functions["SweepFunction"]
        self.aws.client("lambda").invoke(FunctionName=function.name, Payload="{}")
        self.settle()

    def settle(self) -> None:
        """Wait for every execution, stream and queue."""
        client = self.aws.client("stepfunctions")
        machine = self.aws.deployment.ref("ImagePipelineStateMachine")
        for each in client.list_executions(stateMachineArn=machine)["executions"]:
            ended(self.aws, each["executionArn"])
        self.aws.streams.settle()
        self.aws.queues.settle()

    def ask(self, path: str) -> None:
        """Ask the API; it may answer with an error."""
        with suppress(HTTPError), urlopen(self.aws.api_url + path) as answer:
            answer.read()


def executions_failed(world: World) -> None:
    with world.broken("store.handler.outcome_of_results"):
        ended(world.aws, upload(world.aws, "uploads/failed.jpg", jpeg()))


def backfill_failed(world: World) -> None:
    world.dropped("uploads/backfill_failed/picture.jpg")
    with world.broken("store.handler.outcome_of_results"):
        prefix = ("--prefix", "uploads/backfill_failed/")
        assert main(["backfill", "start", *prefix, "--tolerate", "0"]) == 0
        backfill_ended(world)


def backfill_ended(world: World) -> None:
    """Wait for the end of every backfill, and of what it has started."""
    client = world.aws.client("stepfunctions")
    machine = world.aws.deployment.ref(BACKFILL)
    for each in client.list_executions(stateMachineArn=machine)["executions"]:
        ended(world.aws, each["executionArn"])
    world.settle()


def executions_timed_out(world: World) -> None:
    arn = world.stuck("uploads/timed_out.jpg")
    backend: Any = stepfunctions_parser_backends[ACCOUNT][REGION]
    for machine in backend.state_machines:
        for execution in machine.executions:
            if execution.execution_arn == arn:
                execution.exec_status = ExecutionStatus.TIMED_OUT
    throttles(world)
    world.sweep()


def executions_aborted(world: World) -> None:
    client = world.aws.client("stepfunctions")
    machine = world.aws.deployment.ref("ImagePipelineStateMachine")
    stopped: list[str] = []

    def before(site: Site) -> None:
        if site.target == "ValidateFunction" and not stopped:
            running = client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
            stopped.extend(each["executionArn"] for each in running["executions"])
            for arn in stopped:
                client.stop_execution(executionArn=arn)

    Trial(world.aws, "uploads/aborted.jpg", before=before).upload(jpeg())


def upload_dead_letters(world: World) -> None:
    with world.refusing("StartExecution"):
        world.aws.client("s3").put_object(
            Bucket=world.aws.deployment.ref("UploadsBucket"), Key="uploads/dead.jpg", Body=jpeg()
        )


def upload_events_lost(world: World) -> None:
    world.dropped("uploads/lost.jpg")


def uploads_restarted(world: World) -> None:
    world.stuck("uploads/restarted.jpg")
    world.sweep()


def uploads_given_up(world: World) -> None:
    with world.without("RejectFunction", "StoreFunction"):
        ended(world.aws, upload(world.aws, "uploads/given_up.jpg", jpeg()))
        world.sweep()
        world.sweep()


def oldest_in_work(world: World) -> None:
    throttles(world)
    world.stuck("uploads/old.jpg")


def sweep_silent(world: World) -> None:
    with world.refusing("Query", "ThrottlingException", "SweepFunction"):
        world.sweep()


def throttles(world: World) -> None:
    with world.refusing("UpdateItem", "ThrottlingException", "MetadataFunction", times=6):
        process(world.aws, "uploads/throttled.jpg", jpeg())


def step_errors(world: World) -> None:
    with world.broken("metadata.handler.extract"):
        ended(world.aws, upload(world.aws, "uploads/broken_step.jpg", jpeg()))
    left = ["Runtime.ExitError"]

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        if call.caller == "ThumbnailFunction" and left:
            raise Killed(left.pop())
        return perform()

    with intercepted(world.aws.deployment, around):
        process(world.aws, "uploads/killed_step.jpg", jpeg())


def projection(world: World) -> None:
    with world.refusing("TransactWriteItems", caller="ProjectorFunction"):
        process(world.aws, "uploads/not_projected.jpg", jpeg())
        world.aws.streams.settle()


def projector_dead_letters(world: World) -> None:
    projection(world)
    queue = world.aws.deployment.ref("ProjectorDeadLetterQueue")
    if not _messages(world, queue):
        batch = {"DDBStreamBatchInfo": {"shardId": "shard", "batchSize": 1}}
        world.aws.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(batch))


def unsent_notifications(world: World) -> None:
    with world.refusing("Publish"):
        process(world.aws, "uploads/unsent.jpg", jpeg())


def webhooks_late(world: World) -> None:
    answers = iter([Reply(503), Reply(500)])
    world.receiver.answer = lambda _: next(answers, Reply())
    process(world.aws, "uploads/late.jpg", jpeg())
    world.aws.queues.settle()


def webhooks_dead_letters(world: World) -> None:
    world.receiver.answer = lambda _: Reply(503)
    process(world.aws, "uploads/undelivered.jpg", jpeg())
    world.aws.queues.settle()
    world.receiver.answer = lambda _: Reply()


def webhook_errors(world: World) -> None:
    secret = world.aws.deployment.ref("WebhookSecret")
    world.aws.client("secretsmanager").put_secret_value(SecretId=secret, SecretString="short")
    forget_secret(world)
    body = {"id": "one/v1/approved", "image_id": "a" * 26, "status": "approved"}
    event = {"Records": [{"messageId": "1", "receiptHandle": "r", "body": json.dumps(body)}]}
    function = world.aws.deployment.ref("WebhookFunction")
    world.aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))


def forget_secret(world: World) -> None:
    """Let the function read its secret again, as five minutes later."""
    module = importlib.import_module("webhook.handler")
    module.secret._read_at = 0.0


def api_errors(world: World) -> None:
    with world.refusing("Query", "InternalServerError", "ApiFunction"):
        world.ask("/images")


def api_answers(world: World) -> None:
    world.ask("/images")


def daily_cost(world: World) -> None:
    process(world.aws, "uploads/costly.jpg", jpeg())


def _messages(world: World, queue: str) -> int:
    found = world.aws.client("sqs").get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def sweep_errors(world: World) -> None:
    for number in range(2):
        world.dropped(f"uploads/sweep_errors/{number}.jpg")
    with world.refusing("StartExecution", "InternalServerError", target="sweep_errors/1"):
        function = world.aws.deployment.functions["SweepFunction"]
        world.aws.client("lambda").invoke(FunctionName=function.name, Payload="{}")
    world.settle()


def webhook_mended(world: World) -> None:
    """Let the function read the secret that was put, and deliver another webhook."""
    forget_secret(world)
    process(world.aws, "uploads/after_the_secret.jpg", jpeg())
    world.settle()

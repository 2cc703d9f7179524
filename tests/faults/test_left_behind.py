"""The sweep and a redrive finish uploads that are stuck, dropped or given up."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.identity import image_id
from image_pipeline.workflow import Workflow
from local.aws.environment import isolated

with isolated():
    from local.aws import events
    from local.aws.calls import intercepted
    from local.aws.moto_patches import replaced
    from ops.cli import main
    from ops.redrive import redrive
    from tests.faults.kinds import refusal
    from tests.faults.trial import Trial
    from tests.faults.uploads import jpeg
    from tests.integration.story import ended, upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws
    from tests.faults.trial import Site


pytestmark = pytest.mark.faults


@contextmanager
def without(aws: OfflineAws, caller: str) -> Iterator[None]:
    """Refuse invocations of a function while it is open."""

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        name = aws.deployment.alias_arn(caller)
        if call.operation == "Invoke" and call.parameters["FunctionName"] == name:
            raise refusal(call, "ServiceException", 500)
        return perform()

    with intercepted(aws.deployment, around):
        yield


def record(aws: OfflineAws, key: str) -> dict[str, Any]:
    return Trial(aws, key).look().record


def test_the_sweep_restarts_dropped_and_stuck_uploads(
    aws: OfflineAws, sweep: Callable[[], dict[str, int]]
) -> None:
    sweep()  # finishes what other tests left
    with replaced(events, "publish", lambda *_: None):
        aws.client("s3").put_object(
            Bucket=aws.deployment.ref("UploadsBucket"), Key="uploads/dropped", Body=jpeg()
        )
    with without(aws, "RejectFunction"), without(aws, "StoreFunction"):
        ended(aws, upload(aws, "uploads/stuck", jpeg()))
    assert record(aws, "uploads/stuck")["status"] == "processing"
    assert record(aws, "uploads/dropped") == {}
    assert sweep() == {"restarted": 2, "given_up": 0}
    for key in ("uploads/dropped", "uploads/stuck"):
        found = Trial(aws, key).look()
        assert found.record["status"] == "approved", key
        assert {each["key"] for each in found.record["renditions"]} == found.renditions
        assert len(found.messages) == 1
    assert sweep() == {"restarted": 0, "given_up": 0}


def test_the_sweep_restarts_an_upload_once_and_then_gives_it_up(
    aws: OfflineAws, sweep: Callable[[], dict[str, int]]
) -> None:
    sweep()
    with without(aws, "RejectFunction"), without(aws, "StoreFunction"):
        ended(aws, upload(aws, "uploads/hopeless", jpeg()))
        assert sweep() == {"restarted": 1, "given_up": 0}
        assert sweep() == {"restarted": 0, "given_up": 1}
    assert record(aws, "uploads/hopeless")["status"] == "failed"
    assert record(aws, "uploads/hopeless")["reason"] == "stuck"
    # Its execution has lost the claim, so that the key can be deleted or uploaded again.
    ended(aws, upload(aws, "uploads/hopeless", jpeg(101)))
    assert record(aws, "uploads/hopeless")["status"] == "approved"


def test_an_upload_that_cannot_be_restarted_does_not_block_others(
    aws: OfflineAws, sweep: Callable[[], dict[str, int]]
) -> None:
    sweep()
    with replaced(events, "publish", lambda *_: None):
        for number in range(3):
            aws.client("s3").put_object(
                Bucket=aws.deployment.ref("UploadsBucket"),
                Key=f"uploads/awkward/{number}",
                Body=jpeg(),
            )

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        if call.operation == "StartExecution" and "awkward/1" in call.parameters["input"]:
            raise refusal(call, "ThrottlingException", 400)
        return perform()

    with (
        intercepted(aws.deployment, around),
        pytest.raises(AssertionError, match="ExceptionGroup"),
    ):
        sweep()
    assert sweep() == {"restarted": 1, "given_up": 0}
    assert {record(aws, f"uploads/awkward/{number}")["status"] for number in range(3)} == {
        "approved"
    }


def test_the_sweep_restarts_a_stopped_execution(
    aws: OfflineAws, sweep: Callable[[], dict[str, int]]
) -> None:
    sweep()
    client, key = aws.client("stepfunctions"), "uploads/stopped"
    machine = aws.deployment.ref("ImagePipelineStateMachine")
    stopped: list[str] = []

    def before(site: Site) -> None:
        if site.target == "ValidateFunction" and not stopped:
            running = client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
            stopped.extend(each["executionArn"] for each in running["executions"])
            for arn in stopped:
                client.stop_execution(executionArn=arn)

    left = Trial(aws, key, before=before).upload(jpeg())
    assert [each.status for each in left.executions] == ["ABORTED"]
    sweep()
    found = Trial(aws, key).look()
    assert found.record["status"] == "approved"
    assert {each["key"] for each in found.record["renditions"]} == found.renditions
    assert len(found.messages) == 1


def test_a_redrive_deletes_dead_events_only_after_starting_them(aws: OfflineAws) -> None:
    sqs, stepfunctions = aws.client("sqs"), aws.client("stepfunctions")
    queue = aws.deployment.ref("UploadDeadLetterQueue")
    machine = aws.deployment.ref("ImagePipelineStateMachine")
    workflow = Workflow(machine, None, lambda: stepfunctions)
    wrong = workflow._replace(state_machine_arn=machine + "-x")

    def forbidden(call: Call, perform: Callable[[], Any]) -> Any:
        if call.operation == "StartExecution":
            raise refusal(call, "AccessDeniedException", 403)
        return perform()

    with intercepted(aws.deployment, forbidden):
        for number in range(12):
            aws.client("s3").put_object(
                Bucket=aws.deployment.ref("UploadsBucket"),
                Key=f"uploads/dead/{number}",
                Body=jpeg(),
            )
    (refused,) = {each.error is None for each in redrive(sqs, wrong, queue)}
    assert not refused
    for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        sqs.change_message_visibility(
            QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    make_visible(aws, queue)
    started = list(redrive(sqs, workflow, queue))
    assert sorted(each.key for each in started) == sorted(f"uploads/dead/{n}" for n in range(12))
    for each in started:
        assert each.execution
        ended(aws, each.execution)
        assert record(aws, each.key)["status"] == "approved"
    make_visible(aws, queue)
    assert list(redrive(sqs, workflow, queue)) == []


def make_visible(aws: OfflineAws, queue: str) -> None:
    """End the visibility timeout of received messages."""
    from moto.sqs.models import sqs_backends

    (found,) = (
        each
        for each in sqs_backends["123456789012"]["us-east-1"].queues.values()
        if queue.endswith(each.name)
    )
    for message in found._messages:
        message.visible_at = 0


def test_the_command_line_redrives_the_queue(
    aws: OfflineAws, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = aws.deployment.ref("UploadDeadLetterQueue")
    body = {"detail": {"object": {"key": "uploads/dead\nletter"}}}
    aws.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(body))
    aws.client("sqs").send_message(QueueUrl=queue, MessageBody="not an event")
    assert main(["redrive", "--stack", "image-pipeline"]) == 1
    assert capsys.readouterr().out.endswith("1 started, 1 left in the queue\n")
    aws.client("sqs").purge_queue(QueueUrl=queue)


def test_no_image_id_is_the_name_of_the_sweep() -> None:
    assert image_id("sweep") != "sweep"

"""Uploads wait in a queue, and each of their messages is tried up to five times."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from image_pipeline.attribute_values import decode_item
from image_pipeline.identity import image_id
from image_pipeline.tries import TRIES, try_of
from local.aws.calls import intercepted
from local.aws.permissions import Ledger
from local.executions import follow
from ops.aws import Aws
from ops.cli import main
from ops.redrive import replay
from tests.integration.story import rendition_keys
from tests.permissions import report
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws

    Told = Callable[[], list[dict[str, Any]]]

LONG_AGO = "2026-05-01T12:00:00.000Z"


def upload(aws: OfflineAws, key: str, data: bytes | None = None) -> None:
    """Upload a picture, and wait for everything that follows."""
    body = gradient_file() if data is None else data
    aws.client("s3").put_object(Bucket=aws.deployment.ref("UploadsBucket"), Key=key, Body=body)
    aws.queues.settle()


def record(aws: OfflineAws, key: str) -> dict[str, Any]:
    found = aws.client("dynamodb").get_item(
        TableName=aws.deployment.ref("ImagesTable"),
        Key={"image_id": {"S": image_id(key)}},
        ConsistentRead=True,
    )
    return decode_item(found["Item"])


def tries(aws: OfflineAws, key: str) -> list[int]:
    """Return the numbers of the tries of the messages about a key, in their order."""
    arns = [each.arn for each in aws.delivery.started if each.key == key]
    return [found.number for arn in arns if (found := try_of(arn))]


def dead(aws: OfflineAws) -> int:
    """Count the messages in the dead-letter queue."""
    return depth(aws, "UploadDeadLetterQueue")


def depth(aws: OfflineAws, queue: str) -> int:
    """Count the messages of a queue, hidden ones included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws.client("sqs").get_queue_attributes(
        QueueUrl=aws.deployment.ref(queue), AttributeNames=names
    )
    return sum(int(found["Attributes"][name]) for name in names)


def drop_dead(aws: OfflineAws) -> None:
    """Empty the dead-letter queue."""
    sqs, url = aws.client("sqs"), aws.deployment.ref("UploadDeadLetterQueue")
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def sweep(aws: OfflineAws) -> dict[str, int]:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.deployment.alias_arn("SweepFunction"), Payload="{}"
    )
    counts: dict[str, int] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, counts
    return counts


def refusing(
    caller: str, times: int, *, operation: str = "", function: str = ""
) -> Callable[[Call, Callable[[], Any]], Any]:
    """Make what fails calls of a caller: of an operation, or invocations of a function."""
    left = [times]

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        invoked = call.parameters.get("FunctionName", "")
        is_meant = call.operation == operation if operation else f"-{function}-" in invoked
        if call.caller == caller and is_meant and left[0]:
            left[0] -= 1
            raise EndpointConnectionError(endpoint_url="fault")
        return perform()

    return around


def losing_one_answer() -> Callable[[Call, Callable[[], Any]], Any]:
    """Make what loses the answer of the first execution that is run."""
    left = [1]

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        answer = perform()
        if call.operation == "StartSyncExecution" and left[0]:
            left[0] -= 1
            raise ConnectionClosedError(endpoint_url="states")
        return answer

    return around


def test_an_upload_is_processed_by_the_execution_of_its_message(
    aws: OfflineAws, told: Told
) -> None:
    upload(aws, "uploads/express/one plain+little.jpg")
    found = record(aws, "uploads/express/one plain+little.jpg")
    assert found["status"] == "approved"
    assert tries(aws, found["key"]) == [1]
    assert ":express:" in found["execution"]
    assert [each["status"] for each in told()] == ["approved"]
    assert (depth(aws, "UploadsQueue"), dead(aws)) == (0, 0)
    assert rendition_keys(aws, found["image_id"])


def test_the_owner_of_a_file_that_is_refused_is_told_at_the_first_try(
    aws: OfflineAws, told: Told
) -> None:
    upload(aws, "uploads/express/empty.jpg", b"")
    assert tries(aws, "uploads/express/empty.jpg") == [1]
    assert [(each["status"], each["reason"]) for each in told()] == [("rejected", "empty")]


def test_an_execution_that_fails_is_tried_again_and_nobody_is_told_of_it(
    aws: OfflineAws, told: Told
) -> None:
    key = "uploads/express/unlucky.jpg"
    waited = len(aws.queues.waits)
    # The six attempts of the first execution.
    with intercepted(
        aws.deployment, refusing("ImagePipelineStateMachine", 6, function="StoreFunction")
    ):
        upload(aws, key)
    assert tries(aws, key) == [1, 2]
    assert record(aws, key)["status"] == "approved"
    assert "failed" not in {
        word
        for each in record(aws, key)["history"]
        for word in each.values()
        if isinstance(word, str)
    }
    assert [each["status"] for each in told()] == ["approved"]
    (wait,) = aws.queues.waits[waited:]
    assert 15 <= wait.seconds <= 19
    assert dead(aws) == 0


def test_the_fifth_try_records_the_failure_and_its_message_is_a_dead_letter(
    aws: OfflineAws, told: Told
) -> None:
    key = "uploads/express/hopeless.jpg"
    waited = len(aws.queues.waits)
    with intercepted(
        aws.deployment, refusing("ImagePipelineStateMachine", 1000, function="StoreFunction")
    ):
        upload(aws, key)
    assert tries(aws, key) == [1, 2, 3, 4, TRIES]
    found = record(aws, key)
    assert (found["status"], found["reason"]) == ("failed", "internal_error")
    assert rendition_keys(aws, found["image_id"]) == set()
    assert [each["status"] for each in told()] == ["failed"]
    waits = [each.seconds for each in aws.queues.waits[waited:]]
    assert waits == sorted(waits, key=lambda seconds: (seconds == 0, seconds))
    assert waits[-1] == 0
    assert (depth(aws, "UploadsQueue"), dead(aws)) == (0, 1)

    lines: list[str] = []
    assert replay(Aws("us-east-1", None, None), "image-pipeline", "", "", lines.append) == 0
    aws.queues.settle()
    assert lines[-1] == "1 started, 0 left in the queue"
    assert record(aws, key)["status"] == "approved"
    assert [each["status"] for each in told()] == ["failed", "approved"]
    assert dead(aws) == 0


def test_what_was_stored_but_not_announced_is_announced_by_the_next_try(
    aws: OfflineAws, told: Told
) -> None:
    key = "uploads/express/untold.jpg"
    machine = "ImagePipelineStateMachine"
    with (
        intercepted(aws.deployment, refusing(machine, 6, operation="Publish")),
        intercepted(aws.deployment, refusing(machine, 6, operation="SendMessage")),
    ):
        upload(aws, key)
    assert tries(aws, key) == [1, 2]
    found = record(aws, key)
    assert found["status"] == "approved"
    assert "_1_5:" in found["execution"]
    assert [each["status"] for each in told()] == ["approved"]
    assert dead(aws) == 0


def test_an_execution_whose_answer_is_lost_is_announced_twice_under_one_id(
    aws: OfflineAws, told: Told
) -> None:
    key = "uploads/express/unanswered.jpg"
    with intercepted(aws.deployment, losing_one_answer()):
        upload(aws, key)
    assert tries(aws, key) == [1, 2]
    assert record(aws, key)["status"] == "approved"
    first, second = told()
    assert first["id"] == second["id"]


def test_a_rerun_whose_answer_is_lost_is_not_processed_twice(aws: OfflineAws, told: Told) -> None:
    key = "uploads/express/unanswered-rerun.jpg"
    upload(aws, key)
    url = f"{aws.api_url}/images/{image_id(key)}/reprocess"
    with intercepted(aws.deployment, losing_one_answer()):
        urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=10).close()
        aws.queues.settle()
    assert tries(aws, key) == [1, 1, 2]
    found = try_of(record(aws, key)["execution"])
    assert found is not None
    assert found.number == 1
    _, first, second = told()
    assert first["id"] == second["id"]


def test_the_sweep_settles_what_no_try_could_record(aws: OfflineAws, told: Told) -> None:
    key = "uploads/express/stuck.jpg"
    machine = "ImagePipelineStateMachine"
    with (
        intercepted(aws.deployment, refusing(machine, 1000, function="StoreFunction")),
        intercepted(aws.deployment, refusing(machine, 1000, function="RejectFunction")),
    ):
        upload(aws, key)
    assert (record(aws, key)["status"], dead(aws)) == ("processing", 1)
    drop_dead(aws)
    assert sweep(aws)["restarted"] == 0  # for all it knows, the execution is still running
    aws.client("dynamodb").update_item(
        TableName=aws.deployment.ref("ImagesTable"),
        Key={"image_id": {"S": image_id(key)}},
        UpdateExpression="SET claimed_at = :then",
        ExpressionAttributeValues={":then": {"S": LONG_AGO}},
    )
    assert sweep(aws)["restarted"] == 1
    aws.queues.settle()
    assert record(aws, key)["status"] == "approved"
    assert [each["status"] for each in told()] == ["approved"]


def test_the_api_has_an_image_processed_again_once_per_request(aws: OfflineAws, told: Told) -> None:
    key = "uploads/express/again.jpg"
    upload(aws, key)
    url = f"{aws.api_url}/images/{image_id(key)}/reprocess"
    for _ in range(2):
        with urllib.request.urlopen(
            urllib.request.Request(url, method="POST"), timeout=10
        ) as told_:
            assert told_.status == 202
    aws.queues.settle()
    assert tries(aws, key) == [1, 1]
    assert record(aws, key)["status"] == "approved"
    assert len(told()) == 2


def test_a_deletion_goes_through_the_queue_like_a_creation(aws: OfflineAws, told: Told) -> None:
    key = "uploads/express/gone.jpg"
    upload(aws, key)
    aws.client("s3").delete_object(Bucket=aws.deployment.ref("UploadsBucket"), Key=key)
    aws.queues.settle()
    assert record(aws, key)["status"] == "deleted"
    assert [each["status"] for each in told()] == ["approved", "deleted"]


def test_a_message_that_is_no_event_ends_as_a_dead_letter(aws: OfflineAws) -> None:
    sqs, url = aws.client("sqs"), aws.deployment.ref("UploadsQueue")
    sqs.send_message(QueueUrl=url, MessageBody="not JSON")
    aws.queues.settle()
    assert (depth(aws, "UploadsQueue"), dead(aws)) == (0, 1)
    drop_dead(aws)


def tell(aws: OfflineAws) -> Ledger:
    """Run every path that uses the queue of uploads, and return the calls."""
    ledger = Ledger(aws.deployment)
    with ledger.opened():
        key, machine = "uploads/express/permissions.jpg", "ImagePipelineStateMachine"
        with intercepted(aws.deployment, refusing(machine, 6, function="StoreFunction")):
            upload(aws, key)  # the second try succeeds
        url = f"{aws.api_url}/images/{image_id(key)}/reprocess"
        with urllib.request.urlopen(
            urllib.request.Request(url, method="POST"), timeout=10
        ) as answer:
            assert answer.status == 202
        aws.queues.settle()
        claimed = {"S": "processing"}, {"S": LONG_AGO}
        aws.client("dynamodb").update_item(
            TableName=aws.deployment.ref("ImagesTable"),
            Key={"image_id": {"S": image_id(key)}},
            UpdateExpression="SET #status = :status, claimed_at = :then",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=dict(zip((":status", ":then"), claimed, strict=True)),
        )
        sweep(aws)
        aws.queues.settle()
        aws.place("uploads/express/before.jpg", "before", gradient_file(), "image/jpeg")
        assert main(["backfill", "start", "--prefix", "uploads/express/before"]) == 0
        machine = aws.deployment.ref("BackfillStateMachine")
        runs = aws.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
        assert follow(aws, runs[0]["executionArn"]).status == "SUCCEEDED"
    return ledger


def test_every_permission_that_express_adds_is_used_and_on_the_page(aws: OfflineAws) -> None:
    """Those of the dispatch function, and of every role on the queue of uploads."""
    assert report.faults(report.EXPRESS, tell(aws)) == []

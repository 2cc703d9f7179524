"""Every way an execution can end: refusals, catches, retries, duplicates, lost notifications."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto.sns.models import SNSBackend, sns_backends
from moto.sqs.models import SQSBackend

from local.aws.environment import ACCOUNT, REGION
from local.aws.events import publish
from tests.integration.failing import named, raising, then_as_before
from tests.integration.story import (
    ended,
    finish,
    notification_of,
    process,
    rendition_keys,
    tags,
    upload,
)
from tests.support.pictures import gradient_file, plain_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


def throttled() -> Exception:
    answer = {"Error": {"Code": "ThrottlingException", "Message": "slow"}}
    error: Exception = type("ThrottlingException", (ClientError,), {})(answer, "Detect")
    return error


@pytest.mark.parametrize(
    ("key", "data", "content_type", "reason"),
    [
        ("empty.jpg", b"", "image/jpeg", "empty"),
        ("paper.pdf", b"%PDF-1.7 and so on", "application/pdf", "unsupported_format"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "", "unsupported_format"),
        ("page.html", gradient_file(), "text/html", "type_mismatch"),
        ("half.jpg", gradient_file()[:2000], "image/jpeg", "corrupt"),
        ("half.png", gradient_file("PNG")[:400], "image/png", "corrupt"),
        ("half.webp", gradient_file("WEBP")[:300], "image/webp", "corrupt"),
        ("header.jpg", gradient_file()[:20], "image/jpeg", "corrupt"),
        ("huge.png", plain_file("PNG", (20_000, 10_000), "1"), "image/png", "too_many_pixels"),
    ],
)
def test_a_file_at_fault_is_rejected_with_its_reason(
    aws: OfflineAws, key: str, data: bytes, content_type: str, reason: str
) -> None:
    story = process(aws, f"uploads/faulty/{key}", data, content_type)
    assert (story.image["status"], story.image["reason"]) == ("rejected", reason), story.image
    assert story.image["message"].endswith(".")
    assert story.execution.status == "SUCCEEDED"
    assert story.execution.states[-2:] == ("RejectImage", "NotifyUser")
    assert tags(aws, story) == {"image-pipeline-status": "rejected"}
    assert rendition_keys(aws, story.image["image_id"]) == set()


def test_an_upload_deleted_before_it_is_read_is_recorded_as_deleted(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = aws.client("s3")

    def deleting(event: dict[str, Any]) -> Any:
        created = event["detail"]["object"]
        bucket = event["detail"]["bucket"]["name"]
        real.delete_object(Bucket=bucket, Key=created["key"], VersionId=created["version-id"])
        return genuine(event)

    process(aws, "uploads/warm.jpg", gradient_file())  # imports the module that is patched
    genuine = importlib.import_module("validate.handler").event_from
    monkeypatch.setattr("validate.handler.event_from", deleting)
    story = process(aws, "uploads/deleted.jpg", gradient_file())
    assert (story.image["status"], story.image["reason"]) == ("deleted", "object_deleted")


@pytest.mark.parametrize(
    ("where", "states_before"),
    [
        ("validate.handler.S3File", ["ValidateImage"]),
        ("thumbnail.handler.publish", ["ProcessInParallel"]),
        ("store.handler.finalize", ["StoreResults"]),
    ],
    ids=["validate", "thumbnail", "store"],
)
def test_a_permanent_fault_is_recorded_before_the_execution_fails(
    aws: OfflineAws,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    states_before: list[str],
) -> None:
    process(aws, "uploads/warm.jpg", gradient_file())
    calls = raising(client_error("InternalError"), times=6)  # the first and its five retries
    monkeypatch.setattr(where, then_as_before(where, calls))
    story = process(aws, f"uploads/fault-{states_before[0]}.jpg", gradient_file())
    assert story.execution.status == "FAILED"
    assert "ClientError" in story.execution.explanation
    assert set(states_before) < set(story.execution.states)
    assert story.execution.states[-3:] == ("RecordFailure", "NotifyOfFailure", "ImageFailed")
    assert (story.image["status"], story.image["reason"]) == ("failed", "internal_error")


def test_a_failed_upload_succeeds_when_its_event_is_started_again(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    process(aws, "uploads/warm.jpg", gradient_file())
    with monkeypatch.context() as patch:
        patch.setattr("thumbnail.handler.render", raising(RuntimeError("a bug")))
        failed = process(aws, "uploads/mended.jpg", gradient_file())
    assert failed.image["status"] == "failed"
    client = aws.client("stepfunctions")
    event = client.describe_execution(executionArn=failed.execution.arn)["input"]
    again = client.start_execution(
        stateMachineArn=aws.deployment.ref("ImagePipelineStateMachine"), name="again", input=event
    )
    assert finish(aws, again["executionArn"]).image["status"] == "approved"


def test_throttles_are_retried_with_growing_waits(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    process(aws, "uploads/warm.jpg", gradient_file())
    monkeypatch.setattr("moderate.rekognition.moderation_labels", raising(throttled(), times=20))
    before = len(aws.backoffs.seconds)
    story = process(aws, "uploads/throttled.jpg", gradient_file())
    assert story.image["status"] == "approved"
    waited = aws.backoffs.seconds[before:]
    assert len(waited) == 20
    assert all(0 <= seconds <= min(60, 2**attempt) for attempt, seconds in enumerate(waited))


def test_a_picture_that_no_service_has_capacity_for_fails_at_the_deadline(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in review, where it would have to be judged by a person for want of capacity."""
    process(aws, "uploads/warm.jpg", gradient_file())
    monkeypatch.setattr("moderate.rekognition.moderation_labels", raising(throttled()))
    client, machine = aws.client("stepfunctions"), aws.deployment.ref("ImagePipelineStateMachine")
    deployed = client.describe_state_machine(stateMachineArn=machine)["definition"]
    client.update_state_machine(
        stateMachineArn=machine,
        definition=deployed.replace('"MaxAttempts": 5760', '"MaxAttempts": 3'),
    )
    try:
        story = process(aws, "uploads/all-day.jpg", gradient_file())
    finally:
        client.update_state_machine(stateMachineArn=machine, definition=deployed)
    assert story.execution.explanation.startswith("ThrottlingException: ")
    assert (story.image["status"], story.image["reason"]) == ("failed", "timed_out")


def test_a_notification_of_a_failure_is_kept_and_the_execution_fails(
    aws: OfflineAws,
    monkeypatch: pytest.MonkeyPatch,
    unsent: Callable[[], list[dict[str, Any]]],
) -> None:
    process(aws, "uploads/warm.jpg", gradient_file())
    monkeypatch.setattr("thumbnail.handler.render", raising(RuntimeError("a bug")))
    monkeypatch.setattr(SNSBackend, "publish", raising(RuntimeError("no topic")))
    story = process(aws, "uploads/failed-untold.jpg", gradient_file())
    assert story.execution.states[-2:] == ("KeepUnsentFailure", "ImageFailed")
    assert story.execution.explanation == "RuntimeError: a bug"
    assert unsent() == [notification_of(aws, story)["body"]]


@pytest.mark.parametrize(
    "error",
    [
        named("InternalServerError"),
        client_error("AccessDeniedException"),
        named("InvalidImageFormatException"),
    ],
)
def test_without_rekognition_an_image_goes_to_review(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    process(aws, "uploads/warm.jpg", gradient_file())
    monkeypatch.setattr("moderate.rekognition.moderation_labels", raising(error))
    story = process(aws, f"uploads/unmoderated-{type(error).__name__}.jpg", gradient_file())
    assert (story.image["status"], story.image["reason"]) == ("review", "moderation_unavailable")
    assert "renditions" not in story.image
    assert story.execution.status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("data", "status"),
    [(gradient_file(), "approved"), (b"not a picture", "rejected"), (b"", "rejected")],
)
def test_an_application_finds_its_own_id_whatever_the_outcome(
    aws: OfflineAws, data: bytes, status: str
) -> None:
    key = f"uploads/noted-{len(data)}"
    story = process(aws, key, data, tagging="shop=north", order_id="10017")
    assert story.image["status"] == status
    assert story.image["upload"] == {
        "metadata": {"order-id": "10017"},
        "tags": {"shop": "north"},
    }


def test_a_failure_is_announced_like_every_other_outcome(
    aws: OfflineAws,
    monkeypatch: pytest.MonkeyPatch,
    messages: Callable[[], list[dict[str, Any]]],
) -> None:
    process(aws, "uploads/warm.jpg", gradient_file())
    messages().clear()
    monkeypatch.setattr("thumbnail.handler.render", raising(RuntimeError("a bug")))
    story = process(aws, "uploads/told.jpg", gradient_file())
    assert messages() == [notification_of(aws, story)]
    assert messages()[0]["attributes"] == {"status": "failed", "reason": "internal_error"}


def test_people_are_mailed_a_subject_and_a_sentence(aws: OfflineAws) -> None:
    process(aws, "uploads/mailed.txt", b"not a picture")
    topic = sns_backends[ACCOUNT][REGION].topics[aws.deployment.ref("OutcomesTopic")]
    _, message, subject, *_ = topic.sent_notifications[-1]
    assert subject == "Image rejected (unsupported_format)"
    assert json.loads(message)["email"].startswith('The upload "uploads/mailed.txt" was rejected.')


def test_a_duplicate_event_changes_nothing(aws: OfflineAws) -> None:
    first = process(aws, "uploads/twice.jpg", gradient_file())
    client = aws.client("stepfunctions")
    event = json.loads(client.describe_execution(executionArn=first.execution.arn)["input"])
    publish(event)
    started = aws.delivery.executions_of(first.key, first.version_id)
    (second,) = set(started) - {first.execution.arn}
    duplicate = ended(aws, second)
    assert duplicate.states == ("ValidateImage", "Superseded")
    assert duplicate.status == "SUCCEEDED"
    again = finish(aws, first.execution.arn).image
    assert again["processed_at"] == first.image["processed_at"]


def test_a_newer_upload_supersedes_the_one_in_progress(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    process(aws, "uploads/warm.jpg", gradient_file())
    newer: list[str] = []
    genuine = importlib.import_module("thumbnail.handler").render

    def overtaken(*args: Any, **options: Any) -> Any:
        if not newer:
            newer.append(upload(aws, "uploads/raced.jpg", gradient_file(size=(200, 100))))
        return genuine(*args, **options)

    monkeypatch.setattr("thumbnail.handler.render", overtaken)
    older = upload(aws, "uploads/raced.jpg", gradient_file(size=(100, 200)))
    ended(aws, older)
    story = finish(aws, newer[0])
    assert story.image["source"]["version_id"] == story.version_id
    assert story.image["source"]["width"] == 200
    keys = rendition_keys(aws, story.image["image_id"])
    assert len(keys) == 4
    assert all(story.version_id in key for key in keys)


@pytest.fixture
def unsent(aws: OfflineAws) -> Callable[[], list[dict[str, Any]]]:
    """Function that takes the messages out of the queue of unsent notifications."""
    client = aws.client("sqs")
    url = aws.deployment.ref("UnsentNotificationsQueue")

    def take() -> list[dict[str, Any]]:
        bodies = []
        while found := client.receive_message(QueueUrl=url).get("Messages"):
            bodies += [json.loads(message["Body"]) for message in found]
            for message in found:
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    return take


def test_an_unsent_notification_is_kept_and_the_image_stays_approved(
    aws: OfflineAws,
    monkeypatch: pytest.MonkeyPatch,
    unsent: Callable[[], list[dict[str, Any]]],
) -> None:
    monkeypatch.setattr(SNSBackend, "publish", raising(RuntimeError("no topic")))
    story = process(aws, "uploads/untold.jpg", gradient_file())
    assert story.image["status"] == "approved"
    assert story.execution.status == "SUCCEEDED"
    assert story.execution.states[-1] == "KeepUnsentNotification"
    assert unsent() == [notification_of(aws, story)["body"]]


def test_a_lost_notification_fails_the_execution_but_not_the_image(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SNSBackend, "publish", raising(RuntimeError("no topic")))
    monkeypatch.setattr(SQSBackend, "send_message", raising(RuntimeError("no queue")))
    story = process(aws, "uploads/lost.jpg", gradient_file())
    assert story.execution.status == "FAILED"
    assert story.execution.states[-1] == "NotificationLost"
    assert story.image["status"] == "approved"


def test_an_execution_whose_failure_cannot_be_recorded_fails_with_the_original_error(
    aws: OfflineAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    process(aws, "uploads/warm.jpg", b"")  # imports reject, which is patched
    process(aws, "uploads/warm.jpg", gradient_file())
    monkeypatch.setattr("thumbnail.handler.render", raising(RuntimeError("a bug")))
    monkeypatch.setattr("reject.handler.finalize", raising(RuntimeError("another bug")))
    arn = upload(aws, "uploads/speechless.jpg", gradient_file())
    execution = ended(aws, arn)
    assert execution.status == "FAILED"
    assert execution.states[-1] == "ImageFailed"
    assert execution.explanation == "RuntimeError: a bug"

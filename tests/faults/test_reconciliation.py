"""The sweep makes the records follow the bucket, whatever events were dropped."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.identity import image_id
from local.aws.environment import isolated

with isolated():
    from local.aws import events
    from local.aws.calls import intercepted
    from local.aws.moto_patches import replaced
    from tests.faults.kinds import refusal
    from tests.faults.trial import Trial
    from tests.faults.uploads import jpeg
    from tests.integration.story import ended, rendition_keys, upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws

    Sweep = Callable[[], dict[str, int]]

pytestmark = pytest.mark.faults
NOTHING = {"restarted": 0, "given_up": 0}


class Objects:
    """Puts and deletes the object at a key, each time without an event."""

    def __init__(self, aws: OfflineAws, key: str) -> None:
        self._aws, self.key = aws, key
        self._s3, self._bucket = aws.client("s3"), aws.deployment.ref("UploadsBucket")

    def put(self, width: int = 100) -> str:
        with dropped():
            answer = self._s3.put_object(Bucket=self._bucket, Key=self.key, Body=jpeg(width))
        return str(answer["VersionId"])

    def delete(self, version: str = "") -> str:
        """Delete a version for good, or put a delete marker; return the marker's version."""
        named = {"VersionId": version} if version else {}
        with dropped():
            answer = self._s3.delete_object(Bucket=self._bucket, Key=self.key, **named)
        return str(answer.get("VersionId", ""))

    def approve(self, width: int = 100) -> str:
        """Put a picture whose event arrives; return its version."""
        ended(self._aws, upload(self._aws, self.key, jpeg(width)))
        assert self.record["status"] == "approved"
        return str(self.record["source"]["version_id"])

    @property
    def record(self) -> dict[str, Any]:
        return Trial(self._aws, self.key).look().record

    @property
    def messages(self) -> list[str]:
        """The statuses of the notifications about this key, in order."""
        return [message["status"] for message in Trial(self._aws, self.key).look().messages]

    @property
    def renditions(self) -> set[str]:
        return rendition_keys(self._aws, image_id(self.key))


@contextmanager
def dropped() -> Iterator[None]:
    """Drop the events of S3 while it is open."""
    with replaced(events, "publish", lambda *_: None):
        yield


@contextmanager
def broken(aws: OfflineAws, *callees: str) -> Iterator[None]:
    """Refuse invocations of functions, by logical id, while it is open."""
    names = [aws.deployment.functions[callee].name for callee in callees]

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        called = call.parameters.get("FunctionName", "")
        if any(name in called for name in names):
            raise refusal(call, "ServiceException", 500)
        return perform()

    with intercepted(aws.deployment, around):
        yield


@pytest.fixture
def objects(aws: OfflineAws, sweep: Sweep, request: pytest.FixtureRequest) -> Objects:
    sweep()  # finishes what other tests left
    return Objects(aws, f"uploads/reconciled/{request.node.name}")


def test_a_deletion_whose_event_was_dropped_is_recorded(objects: Objects, sweep: Sweep) -> None:
    objects.approve()
    assert objects.renditions
    objects.delete()
    assert sweep() == {"restarted": 1, "given_up": 0}
    assert objects.record["status"] == "deleted"
    assert objects.renditions == set()
    assert objects.messages == ["approved", "deleted"]
    assert sweep() == NOTHING


def test_a_deletion_for_good_whose_event_was_dropped_is_recorded(
    objects: Objects, sweep: Sweep
) -> None:
    objects.delete(objects.approve())
    assert sweep() == {"restarted": 1, "given_up": 0}
    assert objects.record["status"] == "deleted"
    assert objects.renditions == set()
    assert sweep() == NOTHING


def test_an_undelete_whose_event_was_dropped_is_processed(objects: Objects, sweep: Sweep) -> None:
    version = objects.approve()
    marker = objects.delete()
    sweep()
    objects.delete(marker)
    assert sweep() == {"restarted": 1, "given_up": 0}
    assert objects.record["status"] == "approved"
    assert objects.record["source"]["version_id"] == version
    assert {each["key"] for each in objects.record["renditions"]} == objects.renditions
    assert sweep() == NOTHING


def test_an_older_version_that_is_current_again_is_processed(
    objects: Objects, sweep: Sweep
) -> None:
    older = objects.approve(100)
    objects.delete(objects.approve(101))
    assert sweep() == {"restarted": 1, "given_up": 0}
    assert objects.record["source"]["version_id"] == older
    assert objects.record["status"] == "approved"
    assert all(older in key for key in objects.renditions)


def test_a_deletion_of_an_older_version_changes_nothing(objects: Objects, sweep: Sweep) -> None:
    older = objects.approve(100)
    objects.approve(101)
    objects.delete(older)
    assert sweep() == NOTHING
    assert objects.record["status"] == "approved"


def test_of_many_dropped_versions_the_newest_is_processed(objects: Objects, sweep: Sweep) -> None:
    objects.approve(100)
    versions = [objects.put(101 + number) for number in range(3)]
    assert sweep() == {"restarted": 1, "given_up": 0}
    assert objects.record["source"]["version_id"] == versions[-1]
    assert objects.record["status"] == "approved"


def test_a_hopeless_old_version_does_not_hide_the_newest(
    aws: OfflineAws, objects: Objects, sweep: Sweep
) -> None:
    with broken(aws, "RejectFunction", "StoreFunction"):
        ended(aws, upload(aws, objects.key, jpeg()))
        sweep()
        newest = objects.put(101)
        assert objects.record["status"] == "processing"
    assert sweep() == {"restarted": 1, "given_up": 0}
    record = objects.record
    assert (record["status"], record["source"]["version_id"]) == ("approved", newest)
    assert all(newest in key for key in objects.renditions)
    assert sweep() == NOTHING


def test_what_is_given_up_is_announced(aws: OfflineAws, objects: Objects, sweep: Sweep) -> None:
    with broken(aws, "RejectFunction", "StoreFunction"):
        ended(aws, upload(aws, objects.key, jpeg()))
        assert sweep() == {"restarted": 1, "given_up": 0}
        assert objects.messages == []
        assert sweep() == {"restarted": 0, "given_up": 1}
    record = objects.record
    assert (record["status"], record["reason"]) == ("failed", "stuck")
    assert objects.messages == ["failed"]
    assert objects.renditions == set()
    assert sweep() == NOTHING
    assert objects.messages == ["failed"]


def test_an_outage_of_many_ends_with_all_of_them_approved(
    aws: OfflineAws, objects: Objects, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.decisions.OUTAGE", 2)
    several = [Objects(aws, f"{objects.key}/{number}") for number in range(3)]
    with broken(aws, "RejectFunction", "StoreFunction"):
        for each in several:
            ended(aws, upload(aws, each.key, jpeg()))
        for _ in range(2):
            assert sweep() == {"restarted": 3, "given_up": 0}
    assert sweep() == {"restarted": 3, "given_up": 0}
    assert {each.record["status"] for each in several} == {"approved"}
    assert sweep() == NOTHING


def test_uploads_whose_executions_could_not_even_claim_are_started_until_they_can(
    aws: OfflineAws, objects: Objects, sweep: Sweep
) -> None:
    several = [Objects(aws, f"{objects.key}/{number}") for number in range(3)]
    with broken(aws, "ValidateFunction", "RejectFunction"):
        for each in several:
            ended(aws, upload(aws, each.key, jpeg()))
        for _ in range(2):
            assert sweep() == {"restarted": 3, "given_up": 0}
    assert sweep() == {"restarted": 3, "given_up": 0}
    assert {each.record["status"] for each in several} == {"approved"}

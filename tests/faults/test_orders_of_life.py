"""Orders in which the events and the owner of an object could trick the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated

with isolated():
    from tests.faults.chaos.interleaving import import_functions
    from tests.faults.chaos.scenario import scenario

if TYPE_CHECKING:
    from local.aws.calls import Call
    from local.aws.offline import OfflineAws
    from tests.faults.chaos.scenario import Scenario


pytestmark = pytest.mark.faults  # too long for every run: a minute


@pytest.fixture(autouse=True, scope="module")
def _imported(aws: OfflineAws) -> None:
    import_functions(aws)


def source(record: dict[str, Any]) -> Any:
    return record["source"]["version_id"]


def put(world: Scenario, kind: str = "good", **options: Any) -> str:
    world.put(kind, **options)
    return str(world.versions()[0]["VersionId"])


def approved(world: Scenario) -> str:
    """Upload a picture, and let the pipeline approve it."""
    version = put(world)
    world.deliver_all()
    assert world.record["status"] == "approved"
    return version


def test_a_late_event_after_the_sweep_approved_changes_nothing(aws: OfflineAws) -> None:
    with scenario(aws, "late-event") as world:
        version = put(world)
        late = world.hold()
        world.sweep()
        world.baton.settle()
        before = world.record
        assert (before["status"], source(before)) == ("approved", version)
        world.deliver(late * 2)
        assert world.record == before
        world.check()
        assert world.said == ["approved"]


def test_an_undelete_before_the_late_event_of_the_marker(aws: OfflineAws) -> None:
    with scenario(aws, "undelete") as world:
        version = approved(world)
        world.mark_deleted()
        late = world.hold()
        world.delete(world.versions()[:1])
        world.deliver_all()
        world.deliver(late)
        record = world.check()
        assert (record["status"], source(record)) == ("approved", version)


def test_an_undelete_after_the_deletion_was_recorded(aws: OfflineAws) -> None:
    with scenario(aws, "undelete-later") as world:
        version = approved(world)
        world.mark_deleted()
        world.deliver_all()
        assert world.record["status"] == "deleted"
        assert world.said == ["approved", "deleted"]
        world.delete(world.versions()[:1])
        record = world.check()
        assert (record["status"], source(record)) == ("approved", version)


def test_the_deletion_of_an_old_version_changes_nothing(aws: OfflineAws) -> None:
    with scenario(aws, "old-version") as world:
        approved(world)
        newest = approved(world)
        before = world.record
        world.delete(world.versions()[1:])
        world.deliver_all()
        assert world.record == before
        assert source(world.check()) == newest
        assert world.said == ["approved", "approved"]


@pytest.mark.parametrize("function", ["ValidateFunction", "ThumbnailFunction", "StoreFunction"])
def test_the_newest_version_is_deleted_while_it_is_processed(
    aws: OfflineAws, function: str
) -> None:
    with scenario(aws, f"newest-deleted-{function}") as world:
        older = approved(world)
        put(world)
        operation = "UpdateItem" if function == "StoreFunction" else "GetObject"
        world.at(function, operation, lambda: world.delete(world.versions()[:1]))
        world.deliver_all()
        record = world.check()
        assert (record["status"], source(record)) == ("approved", older)


def test_the_newest_version_is_deleted_while_the_older_one_is_processed(aws: OfflineAws) -> None:
    with scenario(aws, "deleted-over-older") as world:
        older = put(world)
        first = world.hold()

        def replaced_and_deleted() -> None:
            put(world)
            world.delete(world.versions()[:1])
            world.deliver_all()

        world.at("StoreFunction", "UpdateItem", replaced_and_deleted)
        world.deliver(first)
        record = world.check()
        assert (record["status"], source(record)) == ("approved", older)


@pytest.mark.parametrize("operation", ["ListObjectVersions", "UpdateItem"])
def test_an_overwrite_while_the_older_version_is_finished(aws: OfflineAws, operation: str) -> None:
    with scenario(aws, f"overwrite-{operation}") as world:
        put(world)
        first = world.hold()
        newer: list[str] = []

        def overwrite() -> None:
            newer.append(put(world))
            world.deliver_all()

        world.at("StoreFunction", operation, overwrite)
        world.deliver(first)
        record = world.check()
        assert (record["status"], source(record)) == ("approved", newer[0])


@pytest.mark.parametrize("kind", ["throttled", "killed before", "killed after"])
@pytest.mark.parametrize("operation", ["GetItem", "DeleteObject", "ListObjectVersions"])
def test_faults_in_the_last_steps_of_an_older_execution_leave_no_orphans(
    aws: OfflineAws, operation: str, kind: str
) -> None:
    with scenario(aws, f"orphans-{operation}-{kind}") as world:
        put(world)
        first = world.hold()
        newer: list[str] = []

        def failing(call: Call) -> str:
            of_function = call.caller in {"ThumbnailFunction", "StoreFunction"}
            return kind if newer and of_function and call.operation == operation else ""

        def overwrite() -> None:
            version = put(world)
            world.deliver_all()
            newer.append(version)
            world.failing = failing

        world.at("ThumbnailFunction", "PutObject", overwrite)
        world.deliver(first)
        world.failing = lambda _call: ""
        record = world.check()
        assert (record["status"], source(record)) == ("approved", newer[0])


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=str)
def test_the_null_version_is_overwritten_twice(aws: OfflineAws, order: tuple[int, ...]) -> None:
    with scenario(aws, f"null-{order}") as world:
        world.put_versioning("Suspended")
        for _ in order:
            put(world)
        held = world.hold()
        world.deliver([held[number] for number in order])
        record = world.check()
        assert record["status"] == "approved"
        assert world.said.count("approved") == 1


def test_the_null_version_is_overwritten_while_it_is_finished(aws: OfflineAws) -> None:
    with scenario(aws, "null-finishing") as world:
        world.put_versioning("Suspended")
        put(world)
        first = world.hold()

        def overwrite() -> None:
            put(world)
            world.deliver_all()

        world.at("StoreFunction", "UpdateItem", overwrite)
        world.deliver(first)
        assert world.check()["status"] == "approved"


def test_two_sweeps_at_once_start_one_execution(aws: OfflineAws) -> None:
    with scenario(aws, "two-sweeps") as world:
        put(world)
        world.hold()
        world.at("SweepFunction", "StartExecution", world.sweep)
        world.sweep()
        world.baton.settle()
        assert world.check()["status"] == "approved"
        assert world.said == ["approved"]


def test_an_archived_upload_is_processed_once_it_is_restored(aws: OfflineAws) -> None:
    with scenario(aws, "restored") as world:
        version = put(world, StorageClass="GLACIER")
        world.deliver_all()
        assert (world.record["status"], world.record["reason"]) == ("rejected", "archived")
        world.restore()
        record = world.check()
        assert (record["status"], source(record)) == ("approved", version)
        assert world.said == ["rejected", "approved"]


def test_a_restore_while_the_upload_is_being_rejected(aws: OfflineAws) -> None:
    with scenario(aws, "restored-meanwhile") as world:
        version = put(world, StorageClass="GLACIER")

        def restore() -> None:
            world.restore()
            world.deliver_all()

        world.at("RejectFunction", "UpdateItem", restore)
        world.deliver_all()
        record = world.check()
        assert (record["status"], source(record)) == ("approved", version)


def test_an_approved_image_stays_when_its_source_is_archived(aws: OfflineAws) -> None:
    with scenario(aws, "archived-later") as world:
        version = approved(world)
        before = world.record
        aws.archive.transition(world.bucket, world.key, "DEEP_ARCHIVE")
        world.deliver(world.hold())
        assert world.record == before
        assert source(world.check()) == version

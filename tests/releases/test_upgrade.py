"""This release is deployed over the last one, with its data, while its executions run.

The last release is the recorded one: its template and code made every record, message and execution
that is here before the update.
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.schema import SCHEMA
from image_pipeline.schema import upgraded as upgraded_record
from image_pipeline.workflow import Workflow
from local.aws.environment import isolated
from ops.rebuild.run import rebuild
from ops.redrive import redrive
from tests.releases import last_release, world
from tests.releases.held import Invocations
from tests.releases.steps_of_update import updates
from tests.releases.trees import Release
from tests.support.waiting import await_condition

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.offline import OfflineAws
    from tests.integration.story import answer_to, ask, download, ended, upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.executions import Execution


@dataclass(frozen=True)
class Upgraded:
    """A stack that was updated from the last release.

    Args:
        aws: where it is.
        filled: the records before the update, by key.
        updated: the same after it, while the executions were held.
        announced: what subscribers had been told before the update.
        ends: of the executions that the last release has begun.
        versions: of each function that were invoked.
        live: the version of each function before the update.
    """

    aws: OfflineAws
    filled: dict[str, Any]
    updated: dict[str, Any]
    announced: list[tuple[str, str, str]]
    ends: dict[str, Execution]
    versions: dict[str, set[str]]
    live: dict[str, str]


def live_version(aws: OfflineAws, function: str) -> str:
    name = aws.deployment.ref(function)
    alias = aws.client("lambda").get_alias(FunctionName=name, Name="live")
    return str(alias["FunctionVersion"])


def has_metadata(aws: OfflineAws, *keys: str) -> bool:
    found = world.records(aws)
    return all("metadata" in found[key] for key in keys)


@contextmanager
def stack(folder: Path) -> Iterator[Upgraded]:
    """Context manager that deploys the last release, lets it work, and updates it meanwhile."""
    last = Release(folder / "last", last_release.TREE)
    with OfflineAws(template=last.template) as aws:
        world.fill(aws)
        announced = world.announcements(aws)
        live = {name: live_version(aws, name) for name in aws.deployment.functions}
        invocations = Invocations(aws, world.HOLDS)
        with invocations.seen():
            running = {key: world.begin(aws, key) for key in world.RUNNING}
            invocations.await_all_held()
            await_condition(lambda: has_metadata(aws, *world.BESIDE_METADATA))
            filled = world.records(aws)
            for template in updates(last, folder):
                aws.update(template)
            updated = world.records(aws)
            invocations.release()
            ends = {key: ended(aws, arn) for key, arn in running.items()}
        yield Upgraded(aws, filled, updated, announced, ends, invocations.versions(), live)


@pytest.mark.faults
def test_an_update_loses_nothing_and_announces_nothing_again(tmp_path: Path) -> None:
    with stack(tmp_path) as upgraded:
        the_update_changes_no_record(upgraded)
        executions_of_the_last_release_end_on_this_one(upgraded)
        each_of_them_is_announced_once_and_nothing_else_is(upgraded)
        for key in world.FINISHED:
            the_api_answers_a_record_of_the_last_release(upgraded, key)
        assert image(upgraded.aws, world.ABANDONED)["status"] == "processing"
        a_repeated_event_of_the_last_release_changes_nothing(upgraded)
        the_sweep_finishes_what_the_last_release_has_left(upgraded)
        an_event_in_the_dead_letter_queue_is_started(upgraded)
        a_rebuild_lists_and_counts_the_records_of_the_last_release(upgraded)
        images_can_be_decided_about_replaced_and_deleted(upgraded)
        functions_can_go_back_and_on_again(upgraded)


def image(aws: OfflineAws, key: str) -> dict[str, Any]:
    status, found = ask(aws, f"/images/by-key?key={urllib.parse.quote(key)}")
    assert status == 200, (key, found)
    return dict(found)


def sweep(aws: OfflineAws) -> dict[str, int]:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.deployment.alias_arn("SweepFunction"), Payload=b"{}"
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
    for arn in world.executions(aws):
        ended(aws, arn)
    found: dict[str, int] = json.loads(answer["Payload"].read())
    return found


def rebuild_all(aws: OfflineAws) -> list[str]:
    said: list[str] = []
    account: Any = aws  # it makes the same clients
    assert rebuild(account, aws.deployment.stack, 1e6, said.append) == 0, said
    return said


def the_update_changes_no_record(upgraded: Upgraded) -> None:
    assert upgraded.updated == upgraded.filled
    statuses = {key: upgraded.filled[key]["status"] for key in world.FINISHED}
    assert statuses == world.FINISHED


def executions_of_the_last_release_end_on_this_one(upgraded: Upgraded) -> None:
    assert {key: end.status for key, end in upgraded.ends.items()} == dict.fromkeys(
        world.RUNNING, "SUCCEEDED"
    )
    assert {key: image(upgraded.aws, key)["status"] for key in world.RUNNING} == world.RUNNING
    assert upgraded.versions["StoreFunction"] > {"1"}  # old code and new code


def each_of_them_is_announced_once_and_nothing_else_is(upgraded: Upgraded) -> None:
    told = Counter(world.announcements(upgraded.aws)) - Counter(upgraded.announced)
    assert sorted((key, status) for key, status, _ in told.elements()) == sorted(
        world.RUNNING.items()
    )
    assert Counter(upgraded.announced) == Counter(set(upgraded.announced))
    assert {(key, status) for key, status, _ in upgraded.announced} >= set(world.FINISHED.items())


def the_api_answers_a_record_of_the_last_release(upgraded: Upgraded, key: str) -> None:
    found, record = image(upgraded.aws, key), upgraded.filled[key]
    told = ("image_id", "status", "reason", "message", "key", "uploaded_at", "processed_at")
    facts = ("source", "metadata", "moderation", "placeholder")
    for name in (*told, *facts) if record["status"] == "approved" else told:
        assert found.get(name) == record.get(name), name
    assert found["created_at"] == upgraded_record(record)["created_at"]
    renditions = record.get("renditions") if record["status"] == "approved" else None
    renditions = renditions or record.get("last_approved", {}).get("renditions", [])
    assert [each["name"] for each in found.get("renditions", [])] == [
        each["name"] for each in renditions
    ]
    assert all(download(each["url"]) for each in found.get("renditions", []))
    status, events = ask(upgraded.aws, f"/images/{record['image_id']}/events")
    assert (status, len(events["events"])) == (200, len(record.get("history", [])))


def a_repeated_event_of_the_last_release_changes_nothing(upgraded: Upgraded) -> None:
    aws, client = upgraded.aws, upgraded.aws.client("stepfunctions")
    # But an image that failed is tried again, as ever.
    kept = {key for key, status in world.FINISHED.items() if status != "failed"}
    announced, before = world.announcements(aws), world.records(aws)
    for number, arn in enumerate(world.executions(aws)):
        given = client.describe_execution(executionArn=arn)["input"]
        if json.loads(given)["detail"]["object"]["key"] in kept:
            repeated = client.start_execution(
                stateMachineArn=aws.deployment.ref("ImagePipelineStateMachine"),
                name=f"repeated-{number}",
                input=given,
            )
            assert ended(aws, repeated["executionArn"]).status == "SUCCEEDED"
    assert world.announcements(aws) == announced
    assert world.records(aws) == before


def the_sweep_finishes_what_the_last_release_has_left(upgraded: Upgraded) -> None:
    aws, before = upgraded.aws, world.announcements(upgraded.aws)
    sweep(aws)
    sweep(aws)
    told = Counter(world.announcements(aws)) - Counter(before)
    assert [(key, status) for key, status, _ in told.elements()] == [
        (world.ABANDONED, "approved"),
    ]
    assert image(aws, world.ABANDONED)["status"] == "approved"


def an_event_in_the_dead_letter_queue_is_started(upgraded: Upgraded) -> None:
    aws = upgraded.aws
    redriven = list(
        redrive(
            aws.client("sqs"),
            Workflow(
                aws.deployment.ref("ImagePipelineStateMachine"),
                None,
                lambda: aws.client("stepfunctions"),
            ),
            aws.deployment.ref("UploadDeadLetterQueue"),
        )
    )
    assert [each.error for each in redriven] == [None]
    for arn in world.executions(aws):
        ended(aws, arn)
    assert image(aws, world.UNSTARTED)["status"] == "approved"


def a_rebuild_lists_and_counts_the_records_of_the_last_release(upgraded: Upgraded) -> None:
    aws, announced = upgraded.aws, world.announcements(upgraded.aws)
    aws.streams.settle()
    before = world.records(aws)
    rebuild_all(aws)
    known = world.records(aws)
    status, listed = ask(aws, "/images?limit=50")
    assert status == 200
    assert {each["key"] for each in listed["images"]} == {
        key for key, record in known.items() if record["status"] != "deleted"
    }
    _, stats = ask(aws, "/stats")
    counted = Counter[str]()
    for each in stats["totals"]:
        counted[each["status"]] += each["images"]
    assert counted == Counter(record["status"] for record in known.values())
    assert all(record["position"] for record in known.values())
    # What had no place in the lists is stored anew.
    assert {known[key]["schema"] for key in known if "position" not in before[key]} <= {SCHEMA}
    for key in world.FINISHED:
        assert before[key].items() <= known[key].items(), key
    assert world.announcements(aws) == announced


def images_can_be_decided_about_replaced_and_deleted(
    upgraded: Upgraded,
) -> None:
    aws, before = upgraded.aws, world.announcements(upgraded.aws)
    doubtful = f"{aws.api_url}/images/{image(aws, 'uploads/doubtful.jpg')['image_id']}"
    with urllib.request.urlopen(doubtful, timeout=10) as response:
        seen = response.headers["etag"]
    request = urllib.request.Request(
        f"{doubtful}/review",
        data=json.dumps({"decision": "approve"}).encode(),
        headers={"If-Match": seen, "Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 200
    photo = image(aws, "uploads/photo.jpg")["image_id"]
    status, _ = answer_to(f"{aws.api_url}/images/{photo}", {}, "DELETE")
    assert status in {200, 202}
    ended(aws, upload(aws, "uploads/photo.heic", b"not a picture"))
    for arn in world.executions(aws):
        ended(aws, arn)
    told = Counter(world.announcements(aws)) - Counter(before)
    assert sorted((key, status) for key, status, _ in told.elements()) == [
        ("uploads/doubtful.jpg", "approved"),
        ("uploads/photo.heic", "rejected"),
        ("uploads/photo.jpg", "deleted"),
    ]
    kept = image(aws, "uploads/photo.heic")
    assert kept["last_approved"]["version_id"]
    assert len(kept["renditions"]) > 1


def functions_can_go_back_and_on_again(upgraded: Upgraded) -> None:
    """The functions of the last release work on records of this one, and the other way round."""
    aws, before = upgraded.aws, world.announcements(upgraded.aws)
    new = {name: live_version(aws, name) for name in upgraded.live}
    assert all(new[name] != version for name, version in upgraded.live.items())
    move(aws, upgraded.live)
    ended(aws, upload(aws, "uploads/back.txt", b"not a picture"))
    ended(aws, upload(aws, "uploads/doubtful.jpg", b"not a picture"))
    move(aws, new)
    told = Counter(world.announcements(aws)) - Counter(before)
    assert sorted((key, status) for key, status, _ in told.elements()) == [
        ("uploads/back.txt", "rejected"),
        ("uploads/doubtful.jpg", "rejected"),
    ]
    assert image(aws, "uploads/back.txt")["status"] == "rejected"
    assert image(aws, "uploads/doubtful.jpg")["last_approved"]["version_id"]
    announced = world.announcements(aws)
    sweep(aws)
    assert world.announcements(aws) == announced


def move(aws: OfflineAws, versions: dict[str, str]) -> None:
    for function, version in versions.items():
        aws.client("lambda").update_alias(
            FunctionName=aws.deployment.ref(function), Name="live", FunctionVersion=version
        )

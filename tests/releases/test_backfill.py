"""A backfill after an update of the settings does only what the update has changed."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated
from tests.support.heif_files import heic
from tests.support.pictures import gradient_file, two_sheets

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.calls import BACKFILL, intercepted
    from local.aws.offline import OfflineAws
    from local.executions import follow
    from ops.cli import main
    from tests.integration.story import ask, process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.calls import Call

pytestmark = pytest.mark.slow

PICTURES = {"a.jpg": gradient_file(), "b.heic": heic(), "c.gif": two_sheets()}
STRICTER = {"ModerationReviewConfidence": "75"}


@pytest.fixture(scope="module")
def aws() -> Iterator[OfflineAws]:
    with OfflineAws() as opened:
        yield opened


@contextmanager
def counted(aws: OfflineAws) -> Iterator[Counter[str]]:
    """Context manager that counts questions to Rekognition, and renditions that are written."""
    calls: Counter[str] = Counter()

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        if call.operation == "DetectModerationLabels":
            calls["questions"] += 1
        if (call.caller, call.operation) == ("ThumbnailFunction", "PutObject"):
            calls["renditions"] += 1
        return perform()

    with intercepted(aws.deployment, around):
        yield calls


def backfill(aws: OfflineAws, prefix: str) -> Counter[str]:
    """Run a backfill to its end; return what it has called."""
    with counted(aws) as calls:
        assert main(["backfill", "start", "--prefix", prefix]) == 0
        machine = aws.deployment.ref(BACKFILL)
        listed = aws.client("stepfunctions").list_executions(stateMachineArn=machine)
        assert follow(aws, listed["executions"][0]["executionArn"]).status == "SUCCEEDED"
    return calls


def images(aws: OfflineAws, prefix: str) -> list[dict[str, Any]]:
    return [ask(aws, f"/images?key={prefix}{name}")[1] for name in PICTURES]


def upload_all(aws: OfflineAws, prefix: str) -> None:
    aws.update()
    for name, data in PICTURES.items():
        story = process(aws, f"{prefix}{name}", data, local_moderation="Violence=70")
        assert story.image["status"] == "review"


def test_another_policy_asks_rekognition_nothing_and_writes_no_rendition(aws: OfflineAws) -> None:
    prefix = "uploads/policy/"
    upload_all(aws, prefix)
    aws.update(parameters=STRICTER)
    assert backfill(aws, prefix) == Counter()
    found = images(aws, prefix)
    assert [image["status"] for image in found] == ["approved"] * len(PICTURES)
    assert all(len(image["renditions"]) == 4 for image in found)
    assert backfill(aws, prefix) == Counter()


def test_other_renditions_ask_rekognition_nothing(aws: OfflineAws) -> None:
    prefix = "uploads/renditions/"
    upload_all(aws, prefix)
    aws.update(parameters={"Renditions": "tiny=16x16:cover:webp", **STRICTER})
    assert backfill(aws, prefix) == {"renditions": len(PICTURES)}
    found = images(aws, prefix)
    assert [image["status"] for image in found] == ["approved"] * len(PICTURES)
    assert {rendition["name"] for image in found for rendition in image["renditions"]} == {"tiny"}

"""A release reaches the functions while executions of the one before run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from local.aws.environment import isolated
from tests.releases.held import Invocations
from tests.releases.trees import Release
from tests.support.heif_files import heic
from tests.support.pictures import gradient_file

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.offline import OfflineAws
    from tests.integration.story import ended, upload

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

# Where an execution is when the update comes, and the file that takes it there.
HELD = {
    "ValidateFunction": gradient_file(),
    "ConvertFunction": heic(),
    "ThumbnailFunction": gradient_file(),
    "MetadataFunction": gradient_file(),
    "ModerateFunction": gradient_file(),
    "StoreFunction": gradient_file(),
    "RejectFunction": b"not a picture",
}
# What every message of the next release says.
MARKED = '"release": "next", "image_id": claim.image_id,'


@pytest.fixture
def following(tmp_path: Path) -> Release:
    """The next release, in which the shared package says so in every message."""
    release = Release(tmp_path / "next")
    package = "layers/common/image_pipeline/outcome.py"
    release.change(package, '"image_id": claim.image_id,', MARKED)
    return release


@pytest.mark.parametrize(
    ("functions", "held"),
    [
        ("in-process", HELD),
        # Enough to see old and new code in processes of their own.
        ("processes", {"ModerateFunction": gradient_file()}),
    ],
)
def test_executions_survive_an_update_of_the_shared_package(
    following: Release, functions: Literal["in-process", "processes"], held: dict[str, bytes]
) -> None:
    with OfflineAws(functions=functions) as aws:
        invocations = Invocations(aws, {f"uploads/{name}": name for name in held})
        with invocations.seen():
            running = {
                name: upload(aws, f"uploads/{name}", content) for name, content in held.items()
            }
            invocations.await_all_held()
            before = invocations.versions()
            aws.update(following.template)
            invocations.release()
            ends = {name: ended(aws, arn) for name, arn in running.items()}
        messages = {
            name: aws.client("stepfunctions").describe_execution(executionArn=arn)["output"]
            for name, arn in running.items()
        }
    assert {name: end.status for name, end in ends.items()} == dict.fromkeys(held, "SUCCEEDED")
    # An invocation ends on the version that it began with; the next ones are the new version's.
    assert {version for versions in before.values() for version in versions} == {"1"}
    assert invocations.versions()["StoreFunction"] == {"1", "2"} or functions == "processes"
    for name, message in messages.items():
        finished_before = name in {"StoreFunction", "RejectFunction"}
        assert ('"release":"next"' in message.replace(" ", "")) != finished_before, name

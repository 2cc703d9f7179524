"""Executions of the last release end on the functions of this one, and the other way round.

While an update is under way, either state machine invokes either version of each function.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated
from local.manifest import of_package, state_machine, steps
from local.seeds import SEEDS, plant
from tests.releases import last_release
from tests.releases.trees import Release
from tests.support.heif_files import heic
from tests.support.pictures import gradient_file

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.offline import OfflineAws
    from tests.integration.story import finish, upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAST = last_release.read()
RULE = "keep the payloads of two releases compatible: CONTRIBUTING.md"


@pytest.fixture(scope="module")
def aws() -> Iterator[OfflineAws]:
    """The offline AWS with the uploads that the recorded payloads are about."""
    with OfflineAws() as opened:
        plant(opened, *SEEDS)
        yield opened


@pytest.mark.parametrize("package", LAST.passed)
def test_a_function_takes_what_the_last_release_passes(aws: OfflineAws, package: str) -> None:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.deployment.ref(of_package(package).logical_id),
        Payload=json.dumps(LAST.passed[package]),
    )
    assert "FunctionError" not in answer, (RULE, answer["Payload"].read())


def test_executions_with_the_definition_of_the_last_release_end_as_ever(
    aws: OfflineAws, tmp_path: Path
) -> None:
    release = Release(tmp_path)
    definition = json.dumps(LAST.definition)
    (tmp_path / "statemachine" / "image_pipeline.asl.json").write_text(definition, "utf-8")
    files = {"a.jpg": gradient_file(), "b.heic": heic(), "c.txt": b"not a picture"}
    aws.update(release.template)
    arns = [upload(aws, f"uploads/{name}", data) for name, data in files.items()]
    stories = [finish(aws, arn) for arn in arns]
    aws.update()
    assert [story.execution.status for story in stories] == ["SUCCEEDED"] * len(files), RULE
    statuses = [story.image["status"] for story in stories]
    assert statuses == ["approved", "approved", "rejected"]


def selected() -> Iterator[tuple[str, str, str]]:
    """Yield what each state selects from the answer of its function, with both."""
    for function in steps():
        for name, state in _states(state_machine()):
            if name in function.states:
                for path in state.get("ResultSelector", {}).values():
                    yield name, function.package, path


def _states(machine: Any) -> Iterator[tuple[str, Any]]:
    for name, state in machine["States"].items():
        yield name, state
        for branch in state.get("Branches", []):
            yield from _states(branch)


@pytest.mark.parametrize(("state", "package", "path"), list(selected()))
def test_a_state_finds_what_it_selects_in_the_answers_of_the_last_release(
    state: str, package: str, path: str
) -> None:
    if package not in LAST.answered:
        return  # a new function
    answer: Any = {"Payload": LAST.answered[package]}
    for name in path.split(".")[1:]:
        assert name in answer, (state, path, RULE)
        answer = answer[name]

"""`python -m local run` follows the executions that a queue starts for a file."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from image_pipeline.tries import TRIES
from local.aws.calls import intercepted
from local.moderated import Moderated
from local.pipeline import Pipeline
from local.uploads import Upload
from tests.express.test_express import drop_dead, refusing, tries
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.aws.offline import OfflineAws

_SECONDS_BETWEEN_BATCHES = 0.01


@contextmanager
def delivering(aws: OfflineAws) -> Iterator[None]:
    """Context manager in which messages are delivered while others wait, as `run` does."""
    stopping = threading.Event()

    def deliver() -> None:
        while not stopping.wait(_SECONDS_BETWEEN_BATCHES):
            aws.queues.settle()

    thread = threading.Thread(target=deliver)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@pytest.fixture
def pipeline(aws: OfflineAws, tmp_path: Path) -> Pipeline:
    return Pipeline(aws, {}, tmp_path / "out", Moderated())


def test_a_file_has_the_outcome_of_its_execution(pipeline: Pipeline, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(gradient_file())
    entered: list[str] = []
    with delivering(pipeline.aws):
        outcome = pipeline.process(Upload(photo, "uploads/run/photo.jpg"), entered.append)
    assert (outcome.status, outcome.explanation) == ("approved", "")
    assert tuple(entered) == outcome.states
    assert outcome.saved


def test_a_file_has_the_outcome_of_the_last_try(pipeline: Pipeline, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(gradient_file())
    broken = refusing("ImagePipelineStateMachine", TRIES * 10, function="ValidateFunction")
    told: list[int] = []
    with delivering(pipeline.aws), intercepted(pipeline.aws.deployment, broken):
        outcome = pipeline.process(
            Upload(photo, "uploads/run/broken.jpg"),
            lambda _state: told.append(len(tries(pipeline.aws, "uploads/run/broken.jpg"))),
        )
    assert outcome.status == "failed"
    assert max(told) == TRIES
    drop_dead(pipeline.aws)

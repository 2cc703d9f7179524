"""Tries of a message: whose claim follows whose, and what the sweep makes of the queue."""

from __future__ import annotations

import pytest

from image_pipeline.claim_rules import is_free, is_unannounced
from image_pipeline.current import Current
from image_pipeline.events import S3, ObjectEvent
from image_pipeline.records import ending
from image_pipeline.tries import TRIES, Try, is_repeated, try_of
from sweep.executions import State
from sweep.queued import Depth

MESSAGE, OTHER = "059f36b4-87a3-44ab-83d2-661975830a7d", "159f36b4-87a3-44ab-83d2-661975830a7d"
MACHINE = "arn:aws:states:us-east-1:123456789012:express:image-pipeline"
STANDARD = f"arn:aws:states:us-east-1:123456789012:execution:image-pipeline:{MESSAGE}"
EVENT = ObjectEvent(S3, "Object Created", "2026-05-01T12:00:00Z", "uploads", "uploads/a", "1")
FOUND = Current("1", "etag", 4, "2026-05-01T12:00:00Z")


def execution(number: int, message: str = MESSAGE) -> str:
    return f"{MACHINE}:{Try(message, number).name}:e9c2b3f0-0000-4000-8000-000000000000"


def test_the_name_of_an_execution_tells_its_try() -> None:
    assert try_of(execution(3)) == try_of(ending(execution(3))) == Try(MESSAGE, 3, TRIES)
    assert len(Try(MESSAGE, 99).name) <= 80  # the longest name of an execution
    for other in ("", STANDARD, f"{MACHINE}:{MESSAGE}:id", f"{MACHINE}:{MESSAGE}_0_5:id"):
        assert try_of(other) is None


def test_only_the_last_try_is_not_repeated_nor_is_an_execution_of_standard() -> None:
    repeated = [is_repeated(execution(number)) for number in range(1, TRIES + 1)]
    assert repeated == [True] * (TRIES - 1) + [False]
    assert not is_repeated(STANDARD)


@pytest.mark.parametrize(
    ("holder", "claims"),
    [
        (execution(1), True),
        (ending(execution(1)), True),
        (execution(3), False),
        (execution(1, OTHER), False),
        (STANDARD, False),
    ],
)
def test_a_try_takes_over_what_an_earlier_one_of_its_message_holds(
    holder: str, claims: bool
) -> None:
    record = {"status": "processing", "execution": holder, "version": "1"}
    assert is_free(record, FOUND, EVENT, execution(2)) == claims


@pytest.mark.parametrize("status", ["processing", "failed"])
@pytest.mark.parametrize(
    ("holder", "claims"),
    [
        (execution(TRIES), False),
        (ending(execution(TRIES)), False),
        (execution(TRIES - 1), False),
        (ending(execution(1)), True),
    ],
)
def test_a_try_that_still_runs_does_not_take_a_record_from_a_later_one_of_its_message(
    status: str, holder: str, claims: bool
) -> None:
    record = {"status": status, "execution": holder, "version": "1", "archived": True}
    assert is_free(record, FOUND, EVENT, execution(2)) == claims


def test_a_message_that_is_sent_again_takes_what_the_last_try_has_recorded_as_failed() -> None:
    record = {"status": "failed", "execution": ending(execution(TRIES)), "version": "1"}
    assert is_free(record, FOUND, EVENT, execution(1, OTHER))


@pytest.mark.parametrize(
    ("status", "holder", "unannounced"),
    [
        ("approved", execution(1), True),
        ("rejected", ending(execution(1)), True),
        ("deleted", execution(1), True),
        ("approved", execution(2), False),
        ("approved", execution(1, OTHER), False),
        ("approved", STANDARD, False),
        ("failed", execution(1), False),
        ("processing", execution(1), False),
    ],
)
def test_what_an_earlier_try_has_finished_may_be_unannounced(
    status: str, holder: str, unannounced: bool
) -> None:
    record = {"status": status, "execution": holder, "version": "1"}
    assert is_unannounced(record, execution(2)) == unannounced
    assert not is_unannounced(record | {"awaits": "announcement"}, execution(2))


@pytest.mark.parametrize(
    ("depth", "patience"),
    [
        (Depth(0, 0), 300 + 60),  # nothing will take the record over
        (Depth(0, 1), 300 + 1980 + 60),  # a message may be hidden for the whole timeout
        (Depth(1, 1), 24 * 3600),  # a backlog
    ],
)
def test_the_sweep_waits_for_the_next_try_as_long_as_the_queue_may_hold_it(
    depth: Depth, patience: int
) -> None:
    assert depth.state(patience - 1) is State.RUNNING
    assert depth.state(patience) is State.ENDED

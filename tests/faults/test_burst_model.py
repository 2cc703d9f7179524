"""The model of a burst: what an account with little capacity does to many uploads at once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from local.manifest import state_machine
from tests.faults.burst import deployed_memory, main, model, uploads
from tests.faults.burst_account import MODERATION, Lambda, Limits, Work, work
from tests.faults.burst_machine import Retrier
from tests.faults.burst_model import STILL, Kind, Loop, modeled
from tests.faults.burst_report import table

NEW_ACCOUNT = Limits(concurrency=10, rekognition=5)
# docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MOST_EVENTS = 25_000
EVENTS_OF_AN_ATTEMPT = 3  # TaskScheduled, TaskStarted, TaskFailed


def throttle_rules(machine: Any) -> list[dict[str, Any]]:
    """Return the rules for throttles in all states."""
    found = []
    for state in machine["States"].values():
        rules = state.get("Retry", [])
        found += [rule for rule in rules if "ThrottlingException" in rule["ErrorEquals"]]
        for branch in state.get("Branches", []):
            found += throttle_rules(branch)
    return found


def statuses(number: int, limits: Limits, machine: Any, kind: Kind = STILL) -> dict[str, int]:
    durations = work(deployed_memory())
    kinds = {str(n): kind for n in range(number)}
    ended = modeled(kinds, limits, durations, machine).statuses
    return {status: list(ended.values()).count(status) for status in set(ended.values())}


@pytest.mark.parametrize(
    ("number", "limits"), [(500, NEW_ACCOUNT), (2000, NEW_ACCOUNT), (1000, Limits(50, 50))]
)
def test_nothing_fails_for_want_of_capacity(number: int, limits: Limits) -> None:
    report = model(uploads(number, animations=0), limits, deployed_memory())

    longest_wait = max(rule["MaxDelaySeconds"] for rule in throttle_rules(state_machine()))
    assert report.statuses == {"approved": number}
    assert report.seconds <= 1.15 * report.ideal_seconds + longest_wait
    assert report.seconds >= report.ideal_seconds * 0.95
    assert f"{number} approved" in table(report)


def test_the_command_prints_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(
        ["--pictures", "8", "--animations", "2", "--concurrency", "4", "--rekognition", "2"]
    )

    printed = capsys.readouterr().out
    assert code == 0
    assert "10 approved" in printed
    assert "4 concurrent executions" in printed
    assert "6.0 s for Rekognition alone" in printed


def test_the_command_fails_if_an_upload_is_not_approved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tests.faults.burst_model.state_machine", lambda: {**state_machine(), "TimeoutSeconds": 5}
    )
    assert main(["--pictures", "30", "--rekognition", "1"]) == 1


def test_animations_cost_two_answers_each_whatever_is_throttled() -> None:
    limits = Limits(rekognition=5)

    report = model(uploads(stills=0, animations=150), limits, deployed_memory())

    assert report.statuses == {"approved": 150}
    assert report.rekognition_throttled > 150
    assert report.answers.most == 2
    assert report.answers.total == 300


def test_animations_send_no_pictures_of_others_to_review() -> None:
    """Ten a second are four times what Rekognition answers."""
    kinds = uploads(stills=60, animations=600)

    report = model(kinds, Limits(rekognition=5), deployed_memory(), over=60)

    assert report.statuses == {"approved": 660}
    assert report.answers.total == 60 + 2 * 600


def test_without_waiting_for_throttles_uploads_are_lost() -> None:
    machine = copy.deepcopy(state_machine())
    for rule in throttle_rules(machine):
        rule["MaxAttempts"] = 5

    ended = statuses(500, NEW_ACCOUNT, machine)

    assert sum(number for status, number in ended.items() if status.startswith("failed")) > 100


def test_the_deadline_ends_waiting() -> None:
    machine = {**state_machine(), "TimeoutSeconds": 30}

    ended = statuses(100, Limits(rekognition=1), machine)

    assert set(ended) == {"approved", "failed timed_out"}
    assert 20 <= ended["approved"] <= 31


def test_a_day_of_waiting_fits_into_the_history() -> None:
    for rule in throttle_rules(state_machine()):
        mean = Retrier.of(rule).longest / 2
        attempts = state_machine()["TimeoutSeconds"] / mean
        assert attempts * EVENTS_OF_AN_ATTEMPT < MOST_EVENTS


def test_reserved_concurrency_is_used_by_its_function_alone() -> None:
    durations = {MODERATION: Work(1, 3), "StoreFunction": Work(1, 3)}
    slots = Lambda(Loop(), Limits(concurrency=3, reserved={MODERATION: 1}), durations)

    assert slots.start(MODERATION) == 3
    assert slots.start(MODERATION) is None
    assert [slots.start("StoreFunction") for _ in range(3)] == [3, 3, None]
    slots.end("StoreFunction")
    assert slots.start(MODERATION) is None
    assert slots.start("StoreFunction") == 1
    slots.end(MODERATION)
    assert slots.start(MODERATION) == 1


def test_requests_per_second_are_limited_too() -> None:
    slots = Lambda(Loop(), Limits(concurrency=2), {MODERATION: Work(0, 0)})
    started = 0
    while slots.start(MODERATION) is not None:
        slots.end(MODERATION)
        started += 1
    assert started == 20

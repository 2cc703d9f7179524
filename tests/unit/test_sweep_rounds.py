"""When a walk over everything begins again, and how calls are paced."""

from __future__ import annotations

import itertools

import pytest
from botocore.exceptions import ClientError

from sweep.listing import Position
from sweep.pacing import Pacer, patiently
from sweep.rounds import Round, read, stored

HOUR, DAY = 3600, 24 * 3600
MANY = 1_000_000
MIDDLE, END = Position("uploads/m", "v"), Position()


@pytest.mark.parametrize(
    ("keys", "rest"),
    [(5_000, 0), (125_000, 6 * HOUR), (500_000, DAY), (12_000_000, DAY)],
)
def test_a_round_that_found_nothing_rests_in_proportion(keys: int, rest: int) -> None:
    over = Round(MIDDLE, begun=1000, keys=keys - 1).after_page(END, 0, 1, has_found=False)
    assert over == Round(due=1000 + rest)
    assert over.goes_on(1000 + rest)
    assert not over.goes_on(999 + rest)


@pytest.mark.parametrize("has_found", [(True, False), (False, True)], ids=["before", "at last"])
def test_a_round_that_found_something_is_followed_by_the_next(has_found: tuple[bool, bool]) -> None:
    first = Round().after_page(MIDDLE, 5, MANY, has_found=has_found[0])
    assert first == Round(MIDDLE, begun=5, keys=MANY, has_found=has_found[0])
    following = first.after_page(END, 6, MANY, has_found=has_found[1])
    assert following == Round(due=5)  # at once: it is past


def test_a_round_goes_on_without_a_rest_until_its_end() -> None:
    assert Round(MIDDLE, begun=10, keys=MANY).goes_on(0)


def test_a_new_round_forgets_the_one_before() -> None:
    rested = Round(due=7, has_found=True, keys=MANY, begun=1)
    assert rested.after_page(MIDDLE, 9, 2, has_found=False) == Round(MIDDLE, begun=9, keys=2)


@pytest.mark.parametrize("progress", [Round(), Round(MIDDLE, 1.5, 2, True, 3.5)])
def test_a_round_is_stored_whole(progress: Round) -> None:
    assert read(stored(progress)) == progress
    assert read(None) == Round()


def test_a_round_that_the_last_release_has_begun_goes_on() -> None:
    """It counted seconds."""
    item = {"after": {"key": "uploads/m", "version_id": "v"}, "begun": 1.5, "seconds": 2.5}
    assert read({**item, "has_found": True, "due": 3.5}) == Round(MIDDLE, 1.5, 0, True, 3.5)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the seconds of sleep, and let the clock stand still otherwise."""
    seconds: list[float] = []
    monkeypatch.setattr("sweep.pacing.time.sleep", seconds.append)
    monkeypatch.setattr("sweep.pacing.time.monotonic", lambda: sum(seconds))
    return seconds


def test_calls_pass_at_the_rate_after_the_burst(slept: list[float]) -> None:
    pacer = Pacer(per_second=10, burst=5)
    for _ in range(25):
        pacer.wait()
    assert len(slept) == 20
    assert sum(slept) == pytest.approx(2.0)


def throttle(code: str = "ThrottlingException") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "DescribeExecution")


def test_throttles_are_waited_for_with_jitter(slept: list[float]) -> None:
    refusals = itertools.chain([throttle(), throttle("SlowDown")], itertools.repeat(None))

    def call() -> str:
        refusal = next(refusals)
        if refusal:
            raise refusal
        return "answer"

    assert patiently(call) == "answer"
    assert len(slept) == 2
    assert all(0 <= seconds <= 2 for seconds in slept)


@pytest.mark.parametrize(("code", "waits"), [("ThrottlingException", 5), ("AccessDenied", 0)])
def test_an_error_that_stays_is_raised(slept: list[float], code: str, waits: int) -> None:
    def call() -> None:
        raise throttle(code)

    with pytest.raises(ClientError, match=code):
        patiently(call)
    assert len(slept) == waits

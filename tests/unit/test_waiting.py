"""Held answers, and when to ask again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.waiting import Clock, held, retry_after


class Time(Clock):
    """A clock that passes only while somebody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.pauses.append(seconds)


def test_the_answer_is_held_until_the_time_is_over_with_few_reads() -> None:
    time = Time()
    assert held("processing", lambda: "processing", "approved".__eq__, 20, time) == ("processing")
    assert time.slept == 20
    assert len(time.pauses) == 13


def test_what_is_awaited_is_returned_as_soon_as_it_is_read() -> None:
    time = Time()
    later = lambda: "approved" if time.slept >= 2 else "processing"  # noqa: E731
    assert held("processing", later, "approved".__eq__, 20, time) == "approved"
    assert 2 <= time.slept < 4


def test_what_is_there_already_is_not_waited_for() -> None:
    time = Time()
    assert held("approved", lambda: "rejected", "approved".__eq__, 20, time) == "approved"
    assert time.pauses == []


@pytest.mark.parametrize(
    ("passed", "seconds"), [(-5, 1), (0, 1), (3.9, 1), (10, 2), (60, 15), (3600, 30)]
)
def test_clients_ask_again_the_less_often_the_longer_it_takes(passed: float, seconds: int) -> None:
    now = datetime(2026, 11, 27, 5, 23, 10, tzinfo=UTC)
    assert retry_after((now - timedelta(seconds=passed)).isoformat(), now) == seconds

"""Positions from several sources come in one order, in pages, each once and in bounded work."""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from api.merging import NEWEST, Chunk, Merge

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def position(number: int) -> str:
    return f"2026-11-27T05:23:10.{number:09}Z#id"


@dataclass
class Partition:
    """A partition of an index, with a filter that knows only the positions that are wanted."""

    positions: list[str] = field(default_factory=list)
    wanted: Collection[str] | None = None
    calls: int = 0

    def __call__(self, below: str, size: int) -> Chunk:
        self.calls += 1
        end = bisect_left(self.positions, below)
        start = max(0, end - size)
        found = self.positions[start:end][::-1]
        kept = [each for each in found if self.wanted is None or each in self.wanted]
        # Like DynamoDB, it does not look whether anything is left after a full page.
        return Chunk(kept, found[-1] if len(found) == size else None)


def spread(numbers: Iterable[int], count: int = 8) -> list[Partition]:
    chance = random.Random(14)
    partitions = [Partition() for _ in range(count)]
    for number in numbers:
        insort(chance.choice(partitions).positions, position(number))
    return partitions


def test_ten_thousand_images_are_listed_once_each_while_others_arrive() -> None:
    partitions = spread(range(10_000))
    chance = random.Random(15)
    listed: list[str] = []
    below, arrived = NEWEST, 10_000
    while page := Merge(partitions, below, size=30, calls=40).take(100):
        listed += page
        below = page[-1]
        for _ in range(chance.randrange(40)):
            insort(chance.choice(partitions).positions, position(arrived))
            arrived += 1
    assert listed == [position(number) for number in reversed(range(10_000))]
    assert arrived > 11_000


def test_a_page_takes_about_one_call_for_each_partition() -> None:
    partitions = spread(range(1000))
    assert len(Merge(partitions, NEWEST, size=8, calls=40).take(20)) == 20
    assert sum(each.calls for each in partitions) <= 10


@given(
    st.lists(st.sets(st.integers(0, 60)), min_size=1, max_size=4),
    st.sets(st.integers(0, 60)),
    st.integers(1, 5),
    st.integers(1, 6),
    st.integers(1, 7),
)
def test_pages_are_complete_whatever_is_filtered_out_and_however_few_calls_are_left(
    numbers: list[set[int]], wanted: set[int], size: int, calls: int, count: int
) -> None:
    seen: set[int] = set()
    partitions = []
    for each in numbers:
        own = sorted(each - seen)
        seen |= each
        partitions.append(Partition([*map(position, own)], {*map(position, wanted)}))
    listed: list[str] = []
    below: str | None = NEWEST
    while below is not None:
        before = below
        merge = Merge(partitions, below, size, calls)
        page = merge.take(count)
        listed += page
        below = merge.reached
        assert below is None or below < before or not page
        if below == before:
            calls += 1  # so few calls do not even look at every partition
    assert listed == [position(number) for number in sorted(seen & wanted, reverse=True)]


def test_the_work_for_one_request_is_bounded() -> None:
    partitions = [
        Partition([position(number) for number in range(start, 100_000, 8)], wanted=())
        for start in range(8)
    ]
    merge = Merge(partitions, NEWEST, size=30, calls=40)
    assert merge.take(20) == []
    assert sum(each.calls for each in partitions) == 40
    # Thousands were passed over: a list of few among many soon has something to show.
    assert merge.reached is not None
    assert merge.reached < position(96_000)

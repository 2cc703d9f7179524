"""One page of a list: how many images it has, and where the next one begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.merging import NEWEST, Chunk, Merge
from api.pages import Page, page

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def source(count: int) -> Any:
    """Return a source of positions 0 to `count`, which does not look ahead, like DynamoDB."""

    def find(below: str, size: int) -> Chunk:
        end = count if below == NEWEST else int(below)
        found = [f"{number:06}" for number in reversed(range(max(0, end - size), end))]
        return Chunk(found, found[-1] if len(found) == size else None)

    return find


def pages(count: int, limit: int, hidden: Collection[int] = (), room: int = 10**6) -> list[Page]:
    def look(positions: Sequence[str]) -> list[int | None]:
        # All that BatchGetItem takes.
        assert 0 < len(positions) <= 100
        return [None if int(each) in hidden else int(each) for each in positions]

    found: list[Page] = []
    below = NEWEST
    while not found or found[-1].next is not None:
        merge = Merge([source(count)], below, size=30, calls=40)
        found.append(page(merge, limit, look, lambda number: {"number": number}, room))
        below = found[-1].next or ""
    return found


def numbers(found: list[Page]) -> list[list[int]]:
    return [[image["number"] for image in each.images] for each in found]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 240])
@pytest.mark.parametrize("limit", [1, 20, 100])
def test_only_the_last_page_is_shorter(count: int, limit: int) -> None:
    found = numbers(pages(count, limit))
    assert [each for part in found for each in part] == [*reversed(range(count))]
    assert [len(part) for part in found[:-1]] == [limit] * (len(found) - 1)
    assert found[-1] or count == 0


def test_what_is_not_shown_is_passed_over() -> None:
    found = numbers(pages(300, 2, hidden=range(10, 290)))
    shown = [*reversed(range(290, 300)), *reversed(range(10))]
    assert [each for part in found for each in part] == shown
    assert [len(part) for part in found] == [2] * 10


def test_a_page_has_at_least_one_image_however_large_it_is() -> None:
    assert numbers(pages(3, 20, room=1)) == [[2], [1], [0]]
    # Each of them takes {"number": 2}, 13 bytes.
    assert numbers(pages(5, 20, room=26)) == [[4, 3], [2, 1], [0]]


def test_a_page_ends_where_too_many_are_passed_over() -> None:
    found = pages(3000, 20, hidden=range(3000))
    assert numbers(found) == [[]] * len(found)
    assert len(found) <= 5

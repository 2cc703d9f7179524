"""Merges sources of positions, newest first, in bounded work; pure.

A position is `<created_at>#<image_id>`, so that text order is order of time. A list of images
is spread over several partitions of an index, and each is a source. Pages are bounded by the
position of the last image, not by a count: whatever arrives meanwhile is newer and changes no
later page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NEWEST = ":"
"""Greater than every position, all of which begin with a digit."""

OLDEST = "0"
"""Smaller than every position."""


_LARGEST = 250  # a page of 1 MB holds several thousand entries of an index


class Chunk(NamedTuple):
    """What one call to a source found.

    Args:
        positions: descending.
        examined: how far the call looked, whether or not it found anything there: everything
            at or above this position is known. None: there is nothing more.
    """

    positions: Sequence[str]
    examined: str | None


if TYPE_CHECKING:
    Source = Callable[[str, int], Chunk]
    """Called with a position and a number: finds so many positions that are smaller, or fewer."""


class Merge:
    """The positions of all sources in one descending order.

    Args:
        sources: without positions in common.
        below: only smaller positions are wanted.
        size: how many positions the first call to a source may examine; each further one may
            examine twice as many, in case most of them are filtered out.
        calls: how many calls may be made in all.
    """

    def __init__(self, sources: Sequence[Source], below: str, size: int, calls: int) -> None:
        self._unread = [_Unread(source, below, size) for source in sources]
        self._reached = below
        self._calls = calls

    @property
    def reached(self) -> str | None:
        """The position down to which everything was taken; None at the end."""
        first = self._first()
        if first is None:
            return None
        return self._reached if first.found else first.next

    def take(self, count: int) -> list[str]:
        """Take up to `count` positions; fewer at the end, and when no call is left."""
        taken: list[str] = []
        while len(taken) < count:
            first = self._first()
            if first is None:
                break
            if first.found:
                self._reached = first.found.pop()
                taken.append(self._reached)
            elif self._calls:
                self._calls -= 1
                first.read()
            else:
                break
        return taken

    def _first(self) -> _Unread | None:
        """Return the source that has the next position, or may have it."""
        left = [each for each in self._unread if each.next is not None]
        return max(left, key=lambda each: each.next or "", default=None)


class _Unread:
    """What is left of a source: positions that were found, and then what is below `examined`."""

    def __init__(self, source: Source, below: str, size: int) -> None:
        self._source = source
        self._size = size
        self._examined: str | None = below
        self.found: list[str] = []  # ascending, so that the next one is the last

    @property
    def next(self) -> str | None:
        """The next position, or one that is not smaller; None at the end."""
        return self.found[-1] if self.found else self._examined

    def read(self) -> None:
        assert self._examined is not None
        chunk = self._source(self._examined, self._size)
        self._size = min(2 * self._size, _LARGEST)
        self.found = [*reversed(chunk.positions)]
        self._examined = chunk.examined

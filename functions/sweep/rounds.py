"""How far a walk has come, and when it begins again; pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sweep.listing import Position

_DAY = 24 * 3600
# Reading every record in every sweep would cost more than processing pictures. So many a day are
# read at most, or each of them once a day.
_KEYS_A_DAY = 500_000
_FEW = 5_000  # so many are read in every sweep


@dataclass(frozen=True)
class Round:
    """One round over everything, which may take several sweeps.

    Args:
        after: where it goes on; empty before its first page.
        begun: when it began, in seconds since the epoch.
        keys: that it has covered so far.
        has_found: whether anything had to be started.
        due: when it may begin.
    """

    after: Position = Position()  # noqa: RUF009 - immutable
    begun: float = 0.0
    keys: int = 0
    has_found: bool = False
    due: float = 0.0

    def goes_on(self, now: float) -> bool:
        """Whether to walk now: the round is under way, or it is time for it."""
        return self.is_under_way or now >= self.due

    @property
    def is_under_way(self) -> bool:
        """Whether it has begun."""
        return self.after != Position()

    def after_page(self, following: Position, now: float, keys: int, *, has_found: bool) -> Round:
        """Return the round after a page, or the next one after the last page.

        Args:
            following: where it goes on; empty after the last page.
            now: in seconds since the epoch.
            keys: of the page.
            has_found: whether anything on the page had to be started.
        """
        begun = self.begun if self.is_under_way else now
        covered = self.keys + keys if self.is_under_way else keys
        found = has_found or (self.has_found and self.is_under_way)
        if following != Position():
            return Round(following, begun, covered, found)
        # Where something was missing there may be more: no rest.
        rest = 0.0 if found or covered <= _FEW else _DAY * min(1.0, covered / _KEYS_A_DAY)
        return Round(due=begun + rest)


def stored(progress: Round) -> dict[str, Any]:
    """Return a round as an item holds it."""
    return asdict(progress)


def read(item: dict[str, Any] | None) -> Round:
    """Return the round that an item holds; the first one if there is none."""
    if item is None:
        return Round()
    known = {name: item[name] for name in asdict(Round()) if name in item}
    return Round(**{**known, "after": Position(**item["after"])})

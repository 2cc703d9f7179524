"""How far a walk has come, and when it begins again; pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sweep.listing import Position

_DAY = 24 * 3600
# Reading everything over and over again would cost more than processing it: a walk takes a
# twentieth of the time, or more if that is less than once a day.
_REST = 20
_SHORT = 30  # seconds; such a walk is made in every sweep


@dataclass(frozen=True)
class Round:
    """One round over everything, which may take several sweeps.

    Args:
        after: where it goes on; empty before its first page.
        begun: when it began, in seconds since the epoch.
        seconds: that it has taken so far.
        has_found: whether anything had to be started.
        due: when it may begin.
    """

    after: Position = Position()  # noqa: RUF009 - immutable
    begun: float = 0.0
    seconds: float = 0.0
    has_found: bool = False
    due: float = 0.0

    def goes_on(self, now: float) -> bool:
        """Whether to walk now: the round is under way, or it is time for it."""
        return self.after != Position() or now >= self.due

    def after_page(
        self, following: Position, now: float, seconds: float, *, has_found: bool
    ) -> Round:
        """Return the round after a page, or the next one after the last page.

        Args:
            following: where it goes on; empty after the last page.
            now: in seconds since the epoch.
            seconds: that the page has taken.
            has_found: whether anything on the page had to be started.
        """
        is_first = self.after == Position()
        begun = now if is_first else self.begun
        taken = seconds if is_first else self.seconds + seconds
        found = has_found or (self.has_found and not is_first)
        if following != Position():
            return Round(following, begun, taken, found)
        # Where something was missing there may be more: no rest.
        rest = 0.0 if found or taken < _SHORT else min(_DAY, _REST * taken)
        return Round(due=begun + rest)


def stored(progress: Round) -> dict[str, Any]:
    """Return a round as an item holds it."""
    return asdict(progress)


def read(item: dict[str, Any] | None) -> Round:
    """Return the round that an item holds; the first one if there is none."""
    if item is None:
        return Round()
    return Round(**{**item, "after": Position(**item["after"])})

"""A lock that its holder can lend to others while it waits for them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator


class Turn:
    """A reentrant lock. Any thread may lend it on behalf of the one that holds it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._holder: int | None = None
        self._depth = 0
        self._lenders = 0
        self._kept: tuple[int | None, int] = (None, 0)

    def acquire(self) -> None:
        """Wait for the turn, and take it."""
        own = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: self._holder in {None, own})
            self._holder = own
            self._depth += 1

    def release(self) -> None:
        """Give the turn back as often as it was taken."""
        with self._changed:
            self._depth -= 1
            if not self._depth:
                self._holder = None
                self._changed.notify_all()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Context manager in which others may take the turn; at the end it is its holder's again.

        Several threads of a holder may lend it at once: then it returns with the last of them.
        """
        with self._changed:
            if not self._lenders:
                self._kept = (self._holder, self._depth)
                self._holder, self._depth = None, 0
            self._lenders += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._changed.wait_for(lambda: self._lenders > 1 or self._holder is None)
                self._lenders -= 1
                if not self._lenders:
                    self._holder, self._depth = self._kept

"""Threads that run one at a time, in an order that a seed decides.

Every execution, every branch of a Parallel state and the driver is an actor. The actor that holds
the baton runs until its next call to AWS, where it passes the baton on, perhaps to itself. So
functions interleave between any two of their calls, and the same seed gives the same order.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

_PATIENCE = 120.0
"""Seconds of real time after which the holder of the baton must have got stuck."""


class StuckError(Exception):
    """Nobody passes the baton on."""


class Actor:
    """A line of work; the threads that it starts belong to it, too.

    Attributes:
        function: the logical id of the function that it runs, "" between functions.
        event: the event of that function.
        killed: the name of the error with which that function was killed, if it was.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.turn = threading.Event()
        self.function = ""
        self.event: object = None
        self.killed = ""


class Turns(Protocol):
    """Who runs when."""

    @property
    def current(self) -> Actor | None:
        """The actor that the calling thread belongs to, if it is known."""

    def enter(self, name: str) -> Actor:
        """Add an actor."""

    def acting(self, actor: Actor) -> AbstractContextManager[None]:
        """Context manager in which the calling thread is an actor that was entered."""

    def park(self) -> None:
        """Let others run, or go on."""

    def settle(self) -> None:
        """Let the others run until all of them have ended, or wait like this one."""


class Baton:
    """Decides which actor runs.

    Args:
        choices: of the seed.
        steadiness: the probability that the holder goes on at a call.
    """

    def __init__(self, choices: random.Random, steadiness: float) -> None:
        self._choices, self._steadiness = choices, steadiness
        self._lock = threading.Lock()
        self._parked: list[Actor] = []
        self._own = threading.local()
        self._patient: list[Actor] = []
        self.join(Actor("driver"))

    @property
    def current(self) -> Actor | None:
        """The actor that the calling thread belongs to."""
        return getattr(self._own, "actor", None)

    def join(self, actor: Actor | None) -> None:
        """Make the calling thread work for an actor."""
        self._own.actor = actor

    def enter(self, name: str) -> Actor:
        """Add an actor, which waits for its turn."""
        actor = Actor(name)
        with self._lock:
            self._parked.append(actor)
        return actor

    @contextmanager
    def acting(self, actor: Actor) -> Iterator[None]:
        """Context manager in which the calling thread is an actor that was entered."""
        self.join(actor)
        self._await_turn(actor)
        try:
            yield
        finally:
            self.join(None)
            self._pass_on()

    def park(self) -> None:
        """Let others run, or go on."""
        actor = self.current
        if actor is None:
            return
        with self._lock:
            self._parked.append(actor)
            self._pick(actor).turn.set()
        self._await_turn(actor)

    def block(self, until: threading.Event) -> None:
        """Let others run until one of them sets the event and calls `unblock`."""
        actor = self.current
        if actor is None or until.is_set():
            until.wait()
            return
        self._pass_on()
        self._await_turn(actor)

    def unblock(self, actor: Actor) -> None:
        """Let a blocked actor run again when its turn comes."""
        with self._lock:
            self._parked.append(actor)

    def settle(self) -> None:
        """Let the others run until all of them have ended, or wait like this one."""
        if (actor := self.current) is None:
            return
        self._patient.append(actor)
        try:
            self.park()
        finally:
            self._patient.remove(actor)

    def _pass_on(self) -> None:
        with self._lock:
            self._pick(None).turn.set()

    def _pick(self, holder: Actor | None) -> Actor:
        candidates = [each for each in self._parked if each not in self._patient]
        # Of those that wait for all others, the last goes first.
        candidates = candidates or [each for each in self._patient if each in self._parked][-1:]
        if holder in candidates and self._choices.random() < self._steadiness:
            chosen = holder
        else:
            chosen = candidates[self._choices.randrange(len(candidates))]
        self._parked.remove(chosen)
        return chosen

    def _await_turn(self, actor: Actor) -> None:
        if not actor.turn.wait(_PATIENCE):
            waiting = ", ".join(each.name for each in self._parked)
            message = f"{actor.name} waits for its turn; so do {waiting}"
            raise StuckError(message)
        actor.turn.clear()

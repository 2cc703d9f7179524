"""What a seed decides beforehand: the actions, how often calls fail, how much work interleaves."""

from __future__ import annotations

import random
from dataclasses import dataclass

_WEIGHTS = {
    "deliver an event": 12,
    "deliver an event again": 3,
    "drop an event": 2,
    "overwrite": 5,
    "overwrite with a file that is refused": 1,
    "overwrite with a flagged picture": 2,
    "overwrite with a HEIC": 1,
    "overwrite with an archived picture": 1,
    "copy onto itself": 1,
    "delete": 3,
    "delete the newest version": 2,
    "delete an older version": 1,
    "delete every version": 1,
    "remove a delete marker": 3,
    "archive": 1,
    "restore": 2,
    "suspend versioning": 1,
    "enable versioning": 1,
    "sweep": 4,
    "stop an execution": 1,
    "start an execution again": 2,
    "rerun": 1,
    "wait": 4,
}
ACTIONS = tuple(_WEIGHTS)


@dataclass(frozen=True)
class Action:
    """Something that the driver does, and a number from 0 to 1 that chooses to what."""

    number: int
    kind: str
    choice: float


@dataclass(frozen=True)
class Plan:
    """What a seed decides beforehand.

    Args:
        seed: of everything.
        actions: of the driver, in order.
        fault_rate: the probability that a call fails.
        steadiness: the probability that the actor at a call goes on.
        patience: the probability that the driver lets everything end before an action.
    """

    seed: int
    actions: tuple[Action, ...]
    fault_rate: float
    steadiness: float
    patience: float


def plan_for(seed: int) -> Plan:
    """Derive the plan of a seed."""
    choices = random.Random(seed)
    fault_rate = choices.choice((0.0, 0.01, 0.03, 0.1))
    steadiness = choices.choice((0.0, 0.5, 0.8, 0.95))
    patience = choices.choice((0.1, 0.3, 0.6))
    kinds = choices.choices(ACTIONS, list(_WEIGHTS.values()), k=choices.randint(6, 24))
    actions = [
        Action(number, kind, choices.random())
        for number, kind in enumerate(["overwrite", "deliver an event", *kinds])
    ]
    return Plan(seed, tuple(actions), fault_rate, steadiness, patience)

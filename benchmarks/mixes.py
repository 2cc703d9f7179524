"""Which MemorySizes make the way from an upload to its outcome short in both workflows.

Of the settings that cost at most ALLOWANCE more than the cheapest in each workflow, those that meet
the GOALS in both, if there are any; of these, the shortest for STANDARD, then for EXPRESS, then the
cheapest.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.memory_demand import SETTINGS, recommended, time_limit
from benchmarks.way import ASSUMED, DISPATCH, KINDS, Choice, choices, dispatched, way, with_sizes
from local.manifest import template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.memory_demand import Demand
    from benchmarks.way import Assumptions

ALLOWANCE = 0.01
"""USD per 1,000 pictures that a shorter way may cost more than the cheapest settings."""


class Goals(NamedTuple):
    """Seconds from an upload to its outcome at most."""

    warm: float
    first: float

    def are_met(self, choice: Choice) -> bool:
        """Return whether a way is as short as that."""
        return choice.warm <= self.warm and choice.first <= self.first


GOALS = {KINDS[0]: Goals(warm=1.5, first=4.0)}
"""Goals by kind of upload: there are some for an ordinary picture."""


class Mix(NamedTuple):
    """The way of a kind of upload in each workflow, with the same settings."""

    standard: Choice
    express: Choice

    @property
    def sizes(self) -> dict[str, int]:
        """The MemorySize of each function in either of them."""
        return self.express.sizes


def mixes(
    kind: str, demands: Mapping[str, Demand], settings: Mapping[str, Sequence[int]]
) -> list[Mix]:
    """Return the combinations of settings that are worth a look.

    With the same dispatch function, what is beaten without the queue is so with it.
    """
    return [
        Mix(each, dispatched(each, demands[DISPATCH], size, ASSUMED))
        for each in choices(way(kind), demands, settings)
        for size in settings[DISPATCH]
    ]


def mixed(
    kind: str,
    demands: Mapping[str, Demand],
    sizes: Mapping[str, int],
    assumed: Assumptions = ASSUMED,
) -> Mix:
    """Return what a kind of upload takes with the given sizes."""
    standard = with_sizes(way(kind, assumed), demands, sizes)
    return Mix(standard, dispatched(standard, demands[DISPATCH], sizes[DISPATCH], assumed))


def cheapest(found: Sequence[Mix]) -> tuple[float, float]:
    """Return the price of the cheapest settings in each workflow."""
    return (
        min(each.standard.dollars for each in found),
        min(each.express.dollars for each in found),
    )


def affordable(found: Sequence[Mix], allowance: float = ALLOWANCE) -> list[Mix]:
    """Return those that cost at most `allowance` more than the cheapest in each workflow."""
    standard, express = cheapest(found)
    return [
        each
        for each in found
        if each.standard.dollars <= standard + allowance
        and each.express.dollars <= express + allowance
    ]


def shortest(found: Sequence[Mix], allowance: float = ALLOWANCE, goals: Goals | None = None) -> Mix:
    """Return the settings to deploy, by the rule of this module.

    Raises:
        ValueError: none are affordable in both workflows; the cheapest may be others in each.
    """
    within = affordable(found, allowance)
    if goals:
        meeting = [each for each in within if all(map(goals.are_met, each))]
        within = meeting or within
    return min(
        within, key=lambda mix: (mix.standard.length, mix.express.length, mix.standard.dollars)
    )


def settings_for(
    kind: str, demands: Mapping[str, Demand], sizes: Mapping[str, int] | None = None
) -> dict[str, list[int]]:
    """Return the sizes that each function on the way of a kind may have, if not among `sizes`."""
    given = sizes or {}
    return {
        name: [given[name]] if name in given else fitting(name, demands[name])
        for name in chain((DISPATCH,), way(kind).functions)
    }


def chosen(demands: Mapping[str, Demand]) -> dict[str, int]:
    """Return the MemorySize of each function that has a demand.

    On a way, it is that of the shortest affordable one; elsewhere the cheapest that handles all.
    """
    sizes: dict[str, int] = {}
    for kind in KINDS:
        found = mixes(kind, demands, settings_for(kind, demands, sizes))
        sizes |= shortest(found, goals=GOALS.get(kind)).sizes
    others = {
        name: recommended(demand, time_limit(name, _timeout(name)))
        for name, demand in demands.items()
        if name not in sizes
    }
    return sizes | others


def fitting(function: str, demand: Demand) -> list[int]:
    """Return the settings that handle the largest picture."""
    limit = time_limit(function, _timeout(function))
    return [size for size in SETTINGS if demand.fits(size, limit)]


def _timeout(function: str) -> int:
    return int(template()["Resources"][function]["Properties"]["Timeout"])

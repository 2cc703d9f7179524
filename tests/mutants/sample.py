"""A reproducible sample of the mutants."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING

from tests.mutants.mutant import (
    AREAS,
    FUNCTIONS,
    LAYERS,
    TEMPLATE,
    WORKFLOW,
    Mutant,
    sources,
)
from tests.mutants.python_mutants import python_mutants
from tests.mutants.template_mutants import template_mutants
from tests.mutants.workflow_mutants import workflow_mutants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_SHARES = {FUNCTIONS: 3, LAYERS: 3, TEMPLATE: 2, WORKFLOW: 2}


def sample(
    root: Path, count: int | None, seed: int, only: str, is_valid: Callable[[Mutant], bool]
) -> Iterator[Mutant]:
    """Draw mutants from every area.

    Args:
        root: of the project.
        count: how many; None for all.
        seed: the same seed draws the same mutants from the same project.
        only: the start of the paths of the files to change.
        is_valid: refuses mutants that do not count; others are drawn instead.
    """
    files = {
        area: [path for path in paths if path.startswith(only)]
        for area, paths in sources(root).items()
    }
    areas = [area for area in AREAS if files[area]]
    total = sum(_SHARES[area] for area in areas)
    drawn: list[tuple[int, Iterator[Mutant]]] = []
    for area in areas:
        mutants = [mutant for path in files[area] for mutant in _mutants(area, path, root)]
        if count is None:
            drawn.append((len(mutants), iter(mutants)))
        else:
            wanted = round(count * _SHARES[area] / total)
            drawn.append((wanted, _drawn(mutants, Random(f"{seed} {area}"))))
    # The areas take turns, so that a run that is cut short is a smaller sample of the same kind.
    turns = sorted(
        ((place + 0.5) / wanted, index)
        for index, (wanted, _) in enumerate(drawn)
        for place in range(wanted)
    )
    for _, index in turns:
        mutant = next(filter(is_valid, drawn[index][1]), None)
        if mutant:
            yield mutant


def _mutants(area: str, path: str, root: Path) -> Iterator[Mutant]:
    text = (root / path).read_text(encoding="utf-8")
    if area == TEMPLATE:
        return template_mutants(path, text)
    if area == WORKFLOW:
        return workflow_mutants(path, text)
    return python_mutants(area, path, text)


def _drawn(mutants: list[Mutant], random: Random) -> Iterator[Mutant]:
    """Draw lines without repetition, and for each an operator and one of its mutants."""
    lines: defaultdict[tuple[str, int], defaultdict[str, list[Mutant]]]
    lines = defaultdict(lambda: defaultdict(list))
    for mutant in mutants:
        lines[mutant.place.path, mutant.place.line][mutant.operator].append(mutant)
    for by_operator in random.sample(list(lines.values()), len(lines)):
        yield random.choice(by_operator[random.choice(list(by_operator))])

"""A mutant: one file of the project with one small change."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FUNCTIONS, LAYERS, TEMPLATE, WORKFLOW = "functions", "layers", "template", "state machine"
AREAS = (FUNCTIONS, LAYERS, TEMPLATE, WORKFLOW)


@dataclass(frozen=True)
class Place:
    """Where a mutant differs from the project.

    `lines` is the statement around the change. If `at_import` is set, the statement runs when the
    module is imported, and `names` are what it defines.
    """

    path: str
    line: int
    column: int
    lines: range
    at_import: bool = False
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mutant:
    """A change that has not been made yet; `mutated` returns the new text of the whole file."""

    area: str
    place: Place
    operator: str
    original: str = field(repr=False, compare=False)
    mutated: Callable[[], str] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Change:
    """The lines that a mutant changes, before and after, without their indentation."""

    before: str
    after: str

    @classmethod
    def between(cls, original: str, mutated: str) -> Change:
        """Compare two versions of a file."""
        old, new = original.splitlines(), mutated.splitlines()
        start = _common(old, new)
        end = _common(old[start:][::-1], new[start:][::-1])
        return cls(_joined(old[start : len(old) - end]), _joined(new[start : len(new) - end]))


def _common(old: list[str], new: list[str]) -> int:
    """Return how many lines two texts begin with in common."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(old), len(new)))


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def source_roots(root: Path) -> list[str]:
    """List the folders that hold Python of the functions and layers, from pyproject.toml."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    paths: list[str] = settings["tool"]["pytest"]["ini_options"]["pythonpath"]
    return [path for path in paths if path.partition("/")[0] in (FUNCTIONS, LAYERS)]


def sources(root: Path) -> dict[str, list[str]]:
    """List the files of each area, relative to the root of the project.

    Scripts outside of packages prepare a layer when it is built: tests/build runs them.
    """
    python = sorted(
        file.relative_to(root).as_posix()
        for source_root in source_roots(root)
        for file in (root / source_root).rglob("*.py")
        if (file.parent / "__init__.py").exists()
    )
    workflows = sorted((root / "statemachine").glob("*.asl.json"))
    return {
        FUNCTIONS: [path for path in python if path.startswith(FUNCTIONS)],
        LAYERS: [path for path in python if path.startswith(LAYERS)],
        TEMPLATE: ["template.yaml"],
        WORKFLOW: [file.relative_to(root).as_posix() for file in workflows],
    }

"""Keeps the modules of several source trees apart in one process.

After an update, versions of functions run from the tree before and from the new one.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.aws.deployment import Function

_ROOT = Path(__file__).parents[2]
_SOURCES = ("functions", "layers")


class Trees:
    """Lets the modules of one tree at a time be imported; the first is this one, on the path."""

    def __init__(self) -> None:
        self._folders: dict[Path, set[Path]] = defaultdict(set)
        self._left: dict[Path, dict[str, Any]] = {}
        self._first = self._current = _ROOT
        self._folders[_ROOT] = {(_ROOT / name).resolve() for name in _SOURCES}

    @property
    def has_moved(self) -> bool:
        """Whether the tree is another one than the first."""
        return self._current != self._first

    def enter(self, function: Function) -> None:
        """Let imports find the tree of a function."""
        self._add(function)
        if self.has_moved or function.root != self._first:
            self._switch(function.root)

    def leave(self) -> None:
        """Go back to the first tree."""
        if self.has_moved:
            self._switch(self._first)

    def _add(self, function: Function) -> None:
        folders = {folder.resolve() for folder in (function.code, *function.layers)}
        self._folders[function.root] |= folders

    def _switch(self, tree: Path) -> None:
        folders = [str(folder) for folder in self._folders[self._current]]
        if self.has_moved:
            sys.path[:] = [entry for entry in sys.path if entry not in folders]
        if tree != self._current:
            self._left[self._current] = _taken_out(self._folders[self._current])
            sys.modules.update(self._left.pop(tree, {}))
            importlib.invalidate_caches()
        self._current = tree
        if self.has_moved:
            # Before the first tree, whose folders stay on the path.
            sys.path[:0] = [str(folder) for folder in sorted(self._folders[tree])]


def _taken_out(folders: set[Path]) -> dict[str, Any]:
    """Forget the modules of some folders, and return them."""
    found = modules_in(folders)
    for name in found:
        del sys.modules[name]
    return found


def modules_in(folders: Iterable[Path]) -> dict[str, Any]:
    """Return the imported modules whose files, or parts of a namespace, are in some folders."""
    inside = tuple(f"{folder.resolve()}{os.sep}" for folder in folders)
    return {
        name: module
        for name, module in list(sys.modules.items())
        if any(_resolved(place).startswith(inside) for place in _places(module))
    }


def _places(module: Any) -> list[str]:
    file = getattr(module, "__file__", None)
    return [file] if file else list(getattr(module, "__path__", []))


@cache
def _resolved(place: str) -> str:
    return os.path.realpath(place)

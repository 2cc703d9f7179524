"""Which tests can notice a mutant."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tests.mutants.mutant import TEMPLATE, WORKFLOW, source_roots, sources

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.mutants.mutant import Mutant
    from tests.mutants.recording import Recording


# Seconds of processor time: what the quickest tests do not notice until then has survived.
_ENOUGH = 30
_TESTS_OF_DOCUMENTS = "tests/template/"


class Visibility:
    """Selects the tests of a mutant from a recorded run and from who imports what."""

    def __init__(self, root: Path, recording: Recording) -> None:
        self._root = root
        self._recording = recording
        self._files = sources(root)

    def tests(self, mutant: Mutant) -> list[str]:
        """Return the ids of the tests, those that are likely and quick to fail first."""
        if mutant.area in (TEMPLATE, WORKFLOW):
            # All tests of documents, however long they take: most others only deploy them.
            own = {test for test in self._readers if test.startswith(_TESTS_OF_DOCUMENTS)}
            return self._by_file(own) + self._ordered(set(), self._readers - own)
        place = mutant.place
        executing = self._recording.of_lines(place.path, place.lines)
        if not place.at_import:
            return self._ordered(executing, set())
        importers = self._importers(place.path)
        wide = set().union(*(self._recording.of_file(path) for path in importers))
        return self._ordered(executing | self._naming(place.names, importers), wide)

    def seconds(self, tests: Iterable[str]) -> float:
        """Return the processor time that tests have taken."""
        return sum(self._recording.seconds.get(test, 0.0) for test in tests)

    def _ordered(self, first: set[str], then: set[str]) -> list[str]:
        """Sort by file, so that what the tests of a file share is set up once."""
        ordered: list[str] = []
        for tests in (first, then - first):
            for group in self._groups(tests):
                if not ordered or self.seconds(ordered) < _ENOUGH:
                    ordered += group
        return ordered

    def _by_file(self, tests: set[str]) -> list[str]:
        return [test for group in self._groups(tests) for test in group]

    def _groups(self, tests: set[str]) -> list[list[str]]:
        """Return the tests of each file, quick files first."""
        by_file: dict[str, list[str]] = {}
        for test in sorted(tests):
            by_file.setdefault(test.partition("::")[0], []).append(test)
        return sorted(by_file.values(), key=self.seconds)

    def _naming(self, names: frozenset[str], paths: Iterable[str]) -> set[str]:
        """Return the tests that execute a line with one of these names in it."""
        if not names:
            return set()
        word = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b")
        found: set[str] = set()
        for path in paths:
            text = (self._root / path).read_text(encoding="utf-8")
            for number, line in enumerate(text.splitlines(), start=1):
                if word.search(line):
                    found |= self._recording.of_lines(path, range(number, number + 1))
        return found

    def _importers(self, path: str) -> set[str]:
        """Return a file of the functions or layers and all that import it, even indirectly."""
        return _closure({path}, self._imports)

    @cached_property
    def _imports(self) -> dict[str, set[str]]:
        files = [path for paths in self._files.values() for path in paths if path.endswith(".py")]
        return _import_graph(self._root, files, [*source_roots(self._root), "."])

    @cached_property
    def _readers(self) -> set[str]:
        """Return the tests that import something that reads the template or a state machine."""
        folders = (self._root / "tests", self._root / "local")
        files = [
            file.relative_to(self._root).as_posix()
            for folder in folders
            for file in folder.rglob("*.py")
            if "mutants" not in file.parts
        ]
        names = {
            PurePosixPath(path).name for path in (*self._files[TEMPLATE], *self._files[WORKFLOW])
        }
        readers = {
            path
            for path in files
            if any(name in (self._root / path).read_text(encoding="utf-8") for name in names)
        }
        modules = _closure(readers, _import_graph(self._root, files, ["."]))
        return {test for test in self._recording.seconds if test.partition("::")[0] in modules}


def _closure(start: set[str], imports: dict[str, set[str]]) -> set[str]:
    """Return files and everything that imports them, directly or not."""
    found = set(start)
    while True:
        more = {path for path, imported in imports.items() if imported & found} - found
        if not more:
            return found
        found |= more


def _import_graph(root: Path, files: list[str], roots: list[str]) -> dict[str, set[str]]:
    """Return which of the files each of them imports; tests import their conftest.py files."""
    by_module = {}
    for path in files:
        for source_root in roots:
            if source_root == "." or path.startswith(f"{source_root}/"):
                relative = path if source_root == "." else path[len(source_root) + 1 :]
                module = relative.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                by_module[module] = path
    graph = {}
    for path in files:
        tree = ast.parse((root / path).read_text(encoding="utf-8"))
        imported = {by_module[name] for name in _imported(tree) if name in by_module}
        parents = PurePosixPath(path).parents
        conftests = {(parent / "conftest.py").as_posix() for parent in parents}
        graph[path] = (imported | (conftests & set(files))) - {path}
    return graph


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names

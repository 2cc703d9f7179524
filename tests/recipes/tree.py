"""A copy of the project that recipes are applied to, and the tests that fail in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.docs.pages import ROOT, code, section
from tests.mutants.mutant import source_roots
from tests.mutants.processes import Processes, PytestServer

if TYPE_CHECKING:
    from pathlib import Path

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".aws-sam", ".build", ".*_cache", ".hypothesis", "__pycache__", "out"
)
_PYTEST = ("-q", "--tb=line", "-p", "no:cacheprovider")
_TIMEOUT = 600.0  # seconds; only a test that hangs reaches it


class Tree:
    """The copy, and which of its files were changed (`places`) and which were added."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tree"
        shutil.copytree(ROOT, self._folder, ignore=_LEFT_OUT, symlinks=True)
        self.places: set[str] = set()
        self._processes = Processes()
        self._server: PytestServer | None = None

    def read(self, path: str) -> str:
        """Return the text of a file as it stands."""
        return (self._folder / path).read_text(encoding="utf-8")

    def add(self, path: str, text: str) -> None:
        """Write a new file."""
        target = self._folder / path
        assert not target.exists(), path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def insert(self, path: str, before: str, text: str) -> None:
        """Insert text before the only occurrence of some other."""
        target = self._folder / path
        content = target.read_text(encoding="utf-8")
        assert content.count(before) == 1, f"{path} has {before!r} {content.count(before)} times"
        target.write_text(content.replace(before, text + before), encoding="utf-8")
        self.places.add(path)

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace every occurrence of some text."""
        target = self._folder / path
        content = target.read_text(encoding="utf-8")
        assert old in content, f"{path} has no {old!r}"
        target.write_text(content.replace(old, new), encoding="utf-8")
        self.places.add(path)

    def run(self, module: str, *arguments: str) -> None:
        """Run a module of the copy, such as the generator of the documentation."""
        subprocess.run([sys.executable, "-m", module, *arguments], cwd=self._folder,
                       env=self._environment(), check=True)  # fmt: skip

    def failing(self, *tests: str) -> set[str]:
        """Return the names of the test functions that fail, out of these files or tests."""
        if self._server is None:
            self._server = PytestServer(self._processes, self._folder, self._environment())
        status, output = self._server.run([*_PYTEST, *tests], {}, _TIMEOUT)
        assert status in (0, 1), output
        failed = re.findall(r"^(?:FAILED|ERROR) \S+?::(\w+)", output, re.MULTILINE)
        assert bool(failed) == bool(status), output
        return set(failed)

    def close(self) -> None:
        """End the process that runs the tests."""
        if self._server:
            self._server.close()

    def _environment(self) -> dict[str, str]:
        roots = (*source_roots(self._folder), ".")
        paths = [str(self._folder / root) for root in roots]
        return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTEST_ADDOPTS": ""}


def places_named(recipe: str) -> set[str]:
    """Return the existing files that a recipe of CONTRIBUTING.md names."""
    spans = code(section("CONTRIBUTING.md", f"### {recipe}"))
    return {name for span in spans for name in span.split() if (ROOT / name).is_file()}

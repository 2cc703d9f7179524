"""A copy of the project that recipes are applied to, and the tests that fail in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.docs.pages import ROOT, code, section

if TYPE_CHECKING:
    from pathlib import Path

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".aws-sam", ".build", ".*_cache", ".hypothesis", "__pycache__", "out"
)


class Tree:
    """The copy, and which of its files were changed (`places`) and which were added."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tree"
        shutil.copytree(ROOT, self._folder, ignore=_LEFT_OUT, symlinks=True)
        self.places: set[str] = set()

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

    def run(self, module: str) -> None:
        """Run a module of the copy, such as the generator of the documentation."""
        self._python("-m", module).check_returncode()

    def failing(self, *tests: str) -> set[str]:
        """Return the names of the test functions that fail, out of these files or tests."""
        done = self._python("-m", "pytest", "-q", "--tb=line", "-p", "no:cacheprovider", *tests)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        failed = re.findall(r"^(?:FAILED|ERROR) \S+?::(\w+)", done.stdout, re.MULTILINE)
        assert bool(failed) == bool(done.returncode), done.stdout
        return set(failed)

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        source_roots = ("functions", "layers/common", "layers/imaging", ".")
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self._folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(source_roots), "PYTEST_ADDOPTS": ""},
            capture_output=True,
            text=True,
            check=False,
        )


def places_named(recipe: str) -> set[str]:
    """Return the files that a recipe of CONTRIBUTING.md names, new ones left out."""
    names = code(section("CONTRIBUTING.md", f"### {recipe}"))
    return {name for name in names if (ROOT / name).is_file()}

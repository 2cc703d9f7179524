"""Pytest passes over folders by their names, and tells nobody."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING

from local.manifest import ROOT

if TYPE_CHECKING:
    import pytest


def test_no_folder_with_tests_is_passed_over(pytestconfig: pytest.Config) -> None:
    patterns = pytestconfig.getini("norecursedirs")
    files = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")]
    assert files
    assert not [
        path
        for path in files
        if any(fnmatch(folder, pattern) for folder in path.parts[:-1] for pattern in patterns)
    ]

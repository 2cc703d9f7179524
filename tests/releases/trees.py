"""Copies of the project as another release of it: what is deployed, with a change."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_DEPLOYED = ("functions", "layers", "statemachine")


class Release:
    """A release in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in _DEPLOYED:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        shutil.copy(ROOT / "template.yaml", folder)

    @property
    def template(self) -> Path:
        """Its template."""
        return self._folder / "template.yaml"

    def change(self, path: str, old: str, new: str) -> None:
        """Replace the only occurrence of some text in a file."""
        target = self._folder / path
        text = target.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
        target.write_text(text.replace(old, new), encoding="utf-8")

"""Other releases of the project, in folders of their own: what is deployed, and nothing else."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_DEPLOYED = ("functions", "layers", "statemachine", "template.yaml")


class Release:
    """A release in a folder of its own, by default a copy of this one."""

    def __init__(self, folder: Path, packed: Path | None = None) -> None:
        self._folder = folder
        if packed is None:
            _copy(ROOT, folder)
        else:
            _unpack(packed, folder)

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


def pack(folder: Path, packed: Path) -> None:
    """Pack the release in a folder, the same bytes for the same files."""
    with tarfile.open(packed, "w:xz", preset=9) as archive:
        for name in _DEPLOYED:
            top = folder / name
            for path in sorted([top, *top.rglob("*")]):
                if path.is_file() and "__pycache__" not in path.parts:
                    _add(archive, str(path.relative_to(folder)), path.read_bytes())


def _unpack(packed: Path, folder: Path) -> None:
    # Not with `extractall`: the first versions of Python 3.11 have no filter, and others want one.
    with tarfile.open(packed) as archive:
        for entry in archive:
            content = archive.extractfile(entry)
            assert content, f"{entry.name} is no file"
            target = folder / entry.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _copy(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _DEPLOYED:
        if (source / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source / name, folder / name, ignore=ignored)
        else:
            shutil.copy(source / name, folder)

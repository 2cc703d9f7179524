"""The output of `sam build` in .aws-sam/build: one folder per function and layer."""

from __future__ import annotations

import filecmp
import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path

from local.aws.parameters import document_of
from local.manifest import ROOT, functions, layers, runtime

BUILD = ROOT / ".aws-sam" / "build"
FUNCTIONS = functions()
LAYERS = tuple(layers())
# In the names of bytecode and of extensions.
TAG = f"cpython-{runtime().replace('.', '')}"


@dataclass(frozen=True)
class Artefacts:
    """The folders of one build."""

    root: Path = BUILD

    def folder(self, logical_id: str) -> Path:
        """Return the folder that becomes /var/task of a function, or /opt/python of a layer."""
        return self.root / logical_id / ("python" if logical_id in LAYERS else "")

    def import_path(self, function: str) -> list[Path]:
        """Return the folders where the imports of a function are looked up."""
        return [
            self.folder(function),
            *(self.folder(layer) for layer in FUNCTIONS[function].layers),
        ]


@functools.cache
def architecture() -> str:
    """Return the processor that the build is for."""
    template = document_of((BUILD / "template.yaml").read_text(encoding="utf-8"))
    architectures = {
        template["Resources"][layer]["Metadata"]["BuildArchitecture"] for layer in LAYERS
    }
    (found,) = architectures
    return str(found)


def runtime_python() -> Path | None:
    """Return an interpreter of the runtime's minor version, if one is installed."""
    found = subprocess.run(
        ["make", "-s", "-C", ROOT / "layers", "-f", "artefact.mk", "runtime-python"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return Path(found) if found else None


def files(folder: Path, pattern: str = "*") -> list[Path]:
    """Return every file below a folder that matches the pattern."""
    return sorted(path for path in folder.rglob(pattern) if path.is_file())


def size(folder: Path) -> float:
    """Return the size that Lambda counts against its limit, in megabytes (10⁶ bytes)."""
    return sum(path.stat().st_size for path in files(folder)) / 1_000_000


def difference(source: Path, built: Path) -> list[str]:
    """Return the Python files that differ between two folders, or are in only one of them."""
    names = {str(path.relative_to(source)) for path in files(source, "*.py")}
    found = {str(path.relative_to(built)) for path in files(built, "*.py")}
    _, different, _ = filecmp.cmpfiles(source, built, names & found, shallow=False)
    return sorted({*(names ^ found), *different})

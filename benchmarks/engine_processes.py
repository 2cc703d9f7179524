"""Starts the engines that are installed, and sends them pictures in turns."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from benchmarks.deployed import renditions

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".build" / "peers"
"""A folder to install pyvips and sharp into, searched besides the default ones."""

_SOURCES = ("functions", "layers/common", "layers/imaging")
_PYTHON_PATH = [ROOT, *(ROOT / source for source in _SOURCES), PEERS / "python"]


@dataclass(frozen=True)
class Engine:
    """A way to make renditions: the command of its process, and one that checks if it can run."""

    name: str
    command: tuple[str, ...]
    check: tuple[str, ...]
    how_to_install: str = ""

    def is_installed(self) -> bool:
        """Whether it can run here."""
        if shutil.which(self.check[0]) is None:
            return False
        return subprocess.run(self.check, capture_output=True, env=_environment()).returncode == 0


def _python(name: str, module: str, how_to_install: str = "") -> Engine:
    command = (sys.executable, "-m", f"benchmarks.engines.{module}")
    check = (sys.executable, "-c", f"import benchmarks.engines.{module}")
    return Engine(name, command, check, how_to_install)


OURS = _python("ours", "ours")
NAIVE = _python("naive", "naive")
PYVIPS = _python(
    "pyvips", "libvips", "pip install --target .build/peers/python pyvips pyvips-binary"
)
SHARP = Engine(
    "sharp",
    ("node", str(ROOT / "benchmarks" / "engines" / "sharp.cjs")),
    ("node", "-e", "require('sharp')"),
    "npm install --prefix .build/peers sharp",
)


@dataclass(frozen=True)
class Run:
    """Time for all renditions of a picture, and the peak memory of the process."""

    cpu_ms: float
    wall_ms: float
    peak_mb: float


class EngineError(Exception):
    """An engine ended without an answer; the message is the engine's name."""


class EngineProcess:
    """A fresh process of an engine; use it as a context manager."""

    def __init__(self, engine: Engine) -> None:
        self._process = subprocess.Popen(
            engine.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(),
        )
        self._name = engine.name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._process:  # closes the pipes, which ends it, and waits
            pass

    def run(self, picture: Path, out: Path | None = None) -> Run:
        """Make the renditions of a picture; write them into a folder if one is given.

        Raises:
            EngineError: it ended without an answer; its message is on standard error.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"file": str(picture), "out": str(out) if out else None}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise EngineError(self._name)
        figures: dict[str, Any] = json.loads(answer)
        return Run(**figures)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, _PYTHON_PATH)),
        "NODE_PATH": str(PEERS / "node_modules"),
        "RENDITIONS": json.dumps(renditions()),
    }

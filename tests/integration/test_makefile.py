"""The installation by make: Python is checked first, and a broken installation is redone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the Makefile and a lock file, in which nothing is installed."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for folder in ("locks", "functions", "layers", "statemachine"):
        (tmp_path / folder).mkdir()
    (tmp_path / "locks" / "dev.txt").touch()
    return tmp_path


def python(clone: Path, script: str) -> str:
    """An interpreter that is a shell script."""
    path = clone / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def install(clone: Path, interpreter: str) -> list[str]:
    """The lines on stderr of an installation that fails, without make's own."""
    done = subprocess.run(
        ["make", "--no-print-directory", ".venv/.stamp", f"PYTHON={interpreter}"],
        cwd=clone,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    return [line for line in done.stderr.splitlines() if not line.startswith("make")]


@pytest.mark.parametrize(
    ("pretense", "words"),
    [
        ("sys.version_info = (3, 10, 1)", "Python 3.11 or newer is needed"),
        ("sys.modules['ensurepip'] = None", "apt install python3-venv"),
    ],
)
def test_an_unsuitable_python_gets_one_line_before_anything_is_made(
    clone: Path, pretense: str, words: str
) -> None:
    script = f'exec {sys.executable} -c "import sys; {pretense}; exec(sys.argv[1])" "$2"'
    (line,) = install(clone, python(clone, script))
    assert words in line
    assert not (clone / ".venv").exists()


def test_a_missing_python_gets_one_line(clone: Path) -> None:
    (line,) = install(clone, str(clone / "nowhere"))
    assert "was not found" in line
    assert not (clone / ".venv").exists()


def test_an_installation_that_broke_off_is_made_again(clone: Path) -> None:
    """The first attempt leaves a working `.venv/bin/python`, but nothing to install with."""
    script = f"""
if [ "$1" = -m ]; then
    echo "$@" >>{clone}/calls
    mkdir -p .venv/bin && ln -sf {sys.executable} .venv/bin/python
    exit 1
fi
exec {sys.executable} "$@"
"""
    interpreter = python(clone, script)
    for attempt in (1, 2):
        install(clone, interpreter)
        calls = (clone / "calls").read_text().splitlines()
        assert calls == ["-m venv --clear .venv"] * attempt

"""The copies in which mutants are tested."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from shutil import copy

import pytest

from tests.mutants.processes import StoppedError
from tests.mutants.scratch import scratch_copies

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one function and three tests."""
    files = {
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["functions"]\n',
        "functions/double.py": "def double(number):\n    return number * 2\n",
        "tests/__init__.py": "",
        "tests/mutants/__init__.py": "",
        "tests/test_double.py": (
            "import time\nfrom double import double\n"
            "def test_two(): assert double(2) == 4\n"
            "def test_three(): assert double(3) == 6\n"
            "def test_endless(): time.sleep(60)\n"
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    for module in ("selection.py", "fork_server.py"):
        copy(Path(__file__).with_name(module), tmp_path / "tests/mutants")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def test_only_selected_tests_run_and_only_in_the_copy(project: Path) -> None:
    two, three = "tests/test_double.py::test_two", "tests/test_double.py::test_three"
    with scratch_copies(project, 1) as ([scratch], _):
        with scratch.changed("functions/double.py", "def double(number):\n    return number + 2\n"):
            two_status, two_output = scratch.run_selected([two], timeout=60)
            three_status, _ = scratch.run_selected([two, three], timeout=60)
        restored_status, _ = scratch.run_selected([three, two], timeout=60)
        folder = scratch.root
    assert (two_status, three_status, restored_status) == (0, 1, 0)
    assert "1 passed, 2 deselected" in two_output
    assert "number * 2" in (project / "functions/double.py").read_text()
    assert not folder.exists()


def test_a_test_that_never_ends_is_ended(project: Path) -> None:
    with scratch_copies(project, 1) as ([scratch], _):
        status, _ = scratch.run_selected(["tests/test_double.py::test_endless"], timeout=5)
    assert status is None


def test_an_interrupted_run_ends_its_processes(project: Path) -> None:
    with scratch_copies(project, 1) as ([scratch], processes):
        timer = threading.Timer(2, processes.stop)
        timer.start()
        with pytest.raises(StoppedError):
            scratch.run_selected(["tests/test_double.py::test_endless"], timeout=60)
        timer.join()

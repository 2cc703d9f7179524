"""One run of the suite that records which tests execute which lines, and what each costs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from coverage import CoverageData

from tests.mutants.mutant import source_roots
from tests.mutants.scratch import project_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.mutants.scratch import Scratch

_HOUR = 3600
_IGNORED = (
    "tests/build",  # what was built is not a mutant
    "tests/mutants",  # compares the code with the list of equivalent mutants
    "tests/integration/test_cli.py",  # starts processes, which take long and are not recorded
)


class SuiteFailsError(Exception):
    """The suite fails without any mutant, so its failures would mean nothing."""


@dataclass(frozen=True)
class Recording:
    """Processor time by test id, and the ids of the tests by path and line."""

    seconds: Mapping[str, float]
    tests: Mapping[str, Mapping[int, frozenset[str]]]

    def of_lines(self, path: str, lines: range) -> set[str]:
        """Return the tests that execute one of these lines."""
        recorded = self.tests.get(path, {})
        return set().union(*(recorded.get(line, frozenset()) for line in lines))

    def of_file(self, path: str) -> set[str]:
        """Return the tests that execute any line of a file."""
        return set().union(*self.tests.get(path, {}).values())


def recording(root: Path, scratch: Scratch, tests: Sequence[str], workers: int) -> Recording:
    """Return the recording of the project as it is; run the suite unless one is there.

    Args:
        root: of the project.
        scratch: the copy to run it in.
        tests: the files and folders of the tests.
        workers: how many processes run it.

    Raises:
        SuiteFailsError: a test fails.
    """
    folder = root / ".build" / "mutants"
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "state"
    digest = f"{_digest(root)} {' '.join(tests)}"
    if not state.exists() or state.read_text() != digest:
        state.unlink(missing_ok=True)
        _record(scratch, folder, tests, workers)
        state.write_text(digest)
    return _read(folder)


def _record(scratch: Scratch, folder: Path, tests: Sequence[str], workers: int) -> None:
    for file in folder.glob("seconds*.json"):
        file.unlink()
    settings = folder / "coveragerc"
    settings.write_text("[run]\nrelative_files = true\n")
    status, output = scratch.run_all(
        "-n",
        str(workers),
        *tests,
        *(f"--ignore={path}" for path in _IGNORED),
        "--cov-context=test",
        "--cov-report=",
        f"--cov-config={settings}",
        *(f"--cov={path}" for path in source_roots(scratch.root)),
        timeout=_HOUR,
        COVERAGE_FILE=str(folder / "coverage"),
        TEST_SECONDS=str(folder),
    )
    if status != 0:
        raise SuiteFailsError(output[-5000:])


def _read(folder: Path) -> Recording:
    data = CoverageData(str(folder / "coverage"))
    data.read()
    test_of = cache(lambda context: context.rpartition("|")[0])
    tests = {}
    for path in data.measured_files():
        tests[path] = {
            line: frozenset(test_of(context) for context in contexts) - {""}
            for line, contexts in data.contexts_by_lineno(path).items()
        }
    seconds: dict[str, float] = {}
    for file in folder.glob("seconds*.json"):
        seconds |= json.loads(file.read_text())
    return Recording(seconds, tests)


def _digest(root: Path) -> str:
    digest = hashlib.sha256()
    for path in project_files(root):
        if not path.startswith(("docs/", "tests/mutants/")):
            digest.update(path.encode() + b"\0" + (root / path).read_bytes())
    return digest.hexdigest()

"""Copies of the project in which mutants are made and tests run; nothing else is ever changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutants.mutant import source_roots
from tests.mutants.processes import Processes, PytestServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PYTEST = ("-q", "-p", "no:cacheprovider", "-p", "tests.mutants.selection")


class Scratch:
    """One copy of the project."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self.root = folder / "project"
        self._folder = folder
        self._processes = processes
        self._server: PytestServer | None = None
        # Mutants of the same length within the same second would otherwise share their bytecode.
        self._modified = 10**9

    @contextmanager
    def changed(self, path: str, text: str) -> Iterator[None]:
        """Replace a file for a while."""
        file = self.root / path
        original, before = file.read_bytes(), file.stat()
        try:
            file.write_text(text, encoding="utf-8")
            self._modified += 1
            os.utime(file, (self._modified, self._modified))
            yield
        finally:
            file.write_bytes(original)
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    def run_all(
        self, *arguments: str, timeout: float, **environment: str
    ) -> tuple[int | None, str]:
        """Run pytest with these arguments; see `Processes.run`."""
        return self._processes.run(
            [sys.executable, "-m", "pytest", *_PYTEST, *arguments],
            cwd=self.root,
            environment={**self._environment(), **environment},
            timeout=timeout,
        )

    def run_selected(self, tests: Sequence[str], timeout: float) -> tuple[int | None, str]:
        """Run tests by their ids until the first one fails; see `Processes.run`."""
        if self._server is None:
            self._server = PytestServer(self._processes, self.root, self._environment())
        selection = self._folder / "selection.json"
        selection.write_text(json.dumps(list(tests)))
        files = dict.fromkeys(test.partition("::")[0] for test in tests)
        environment = {**self._environment(), "SELECTED_TESTS": str(selection)}
        return self._server.run([*_PYTEST, "-x", *files], environment, timeout)

    def close(self) -> None:
        """End what `run_selected` has started."""
        if self._server:
            self._server.close()

    def _environment(self) -> dict[str, str]:
        """Return the variables for a run, with an empty folder for temporary files."""
        temporary = self._folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        paths = [str(self.root / path) for path in (*source_roots(self.root), ".")]
        own = {"SELECTED_TESTS", "TEST_SECONDS"}  # set if this runs in a test of itself
        return {
            **{name: value for name, value in os.environ.items() if name not in own},
            "PYTHONPATH": os.pathsep.join(paths),  # also for the processes that tests start
            "TMPDIR": str(temporary),
        }


@contextmanager
def scratch_copies(root: Path, count: int) -> Iterator[tuple[list[Scratch], Processes]]:
    """Copy the project as it is, with uncommitted changes; remove the copies at the end."""
    files = project_files(root)
    processes = Processes()
    with ExitStack() as stack:
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True)
        )
        stack.callback(processes.stop)
        copies = []
        for number in range(count):
            own = Path(folder) / str(number)
            for path in files:
                target = own / "project" / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / path, target)
            copies.append(Scratch(own, processes))
            stack.callback(copies[-1].close)
        yield copies, processes


def project_files(root: Path) -> list[str]:
    """List the files that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
    )
    paths = sorted(set(listed.stdout.decode().split("\0")) - {""})
    return [path for path in paths if (root / path).is_file()]

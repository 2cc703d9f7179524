"""Copies of the project in which mutants are made and tests run; nothing else is ever changed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutants.mutant import source_roots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class StoppedError(Exception):
    """The run was interrupted."""


class Processes:
    """The pytest processes that are running, so that an interrupted run can end them all."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._is_stopped = False

    def run(
        self, command: Sequence[str], *, cwd: Path, environment: dict[str, str], timeout: float
    ) -> tuple[int | None, str]:
        """Run a command in a process group of its own.

        Returns:
            the exit status, None if the time was up, and the output.

        Raises:
            StoppedError: `stop` has been called.
        """
        with tempfile.TemporaryFile(dir=environment["TMPDIR"]) as output:
            with self._lock:
                if self._is_stopped:
                    raise StoppedError
                process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._running.add(process)
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                _kill(process)
                self._running.discard(process)
            if self._is_stopped:
                raise StoppedError
            output.seek(0)
            return status, output.read().decode(errors="replace")

    def stop(self) -> None:
        """End every process, and start no other."""
        with self._lock:
            self._is_stopped = True
            for process in list(self._running):
                _kill(process)


class Scratch:
    """One copy of the project."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self.root = folder / "project"
        self._processes = processes
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
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

    def pytest(self, *arguments: str, timeout: float, **environment: str) -> tuple[int | None, str]:
        """Run pytest on the copy; see `Processes.run`."""
        paths = [str(self.root / path) for path in (*source_roots(self.root), ".")]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir(exist_ok=True)
        return self._processes.run(
            command,
            cwd=self.root,
            environment={
                **os.environ,
                **environment,
                "PYTHONPATH": os.pathsep.join(paths),  # also for the processes that tests start
                "TMPDIR": str(self._temporary),
            },
            timeout=timeout,
        )

    def run_selected(self, tests: Sequence[str], timeout: float) -> tuple[int | None, str]:
        """Run tests by their ids until the first one fails."""
        selection = self._temporary.parent / "selection.json"
        selection.write_text(json.dumps(list(tests)))
        files = dict.fromkeys(test.partition("::")[0] for test in tests)
        return self.pytest(
            "-x",
            "-p",
            "tests.mutants.selection",
            *files,
            timeout=timeout,
            SELECTED_TESTS=str(selection),
        )


@contextmanager
def scratch_copies(root: Path, count: int) -> Iterator[tuple[list[Scratch], Processes]]:
    """Copy the project as it is, with uncommitted changes; remove the copies at the end."""
    files = project_files(root)
    processes = Processes()
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
        copies = []
        for number in range(count):
            own = Path(folder) / str(number)
            for path in files:
                target = own / "project" / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / path, target)
            copies.append(Scratch(own, processes))
        try:
            yield copies, processes
        finally:
            processes.stop()


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


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

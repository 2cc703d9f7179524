"""The processes of pytest: each has a process group, so that all of it can be ended."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class StoppedError(Exception):
    """The run was interrupted."""


class Processes:
    """The process groups that are running, so that an interrupted run can end them all."""

    def __init__(self) -> None:
        self._groups: set[int] = set()
        self._lock = threading.Lock()
        self._is_stopped = False

    def start(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: dict[str, str],
        stdin: int = subprocess.DEVNULL,
        stdout: int,
    ) -> subprocess.Popen[bytes]:
        """Start a process as a group of its own.

        Raises:
            StoppedError: `stop` has been called.
        """
        with self._lock:
            if self._is_stopped:
                raise StoppedError
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._groups.add(process.pid)
        return process

    def run(
        self, command: Sequence[str], *, cwd: Path, environment: dict[str, str], timeout: float
    ) -> tuple[int | None, str]:
        """Run a command.

        Returns:
            the exit status, None if the time was up, and the output.

        Raises:
            StoppedError: `stop` has been called.
        """
        with tempfile.TemporaryFile() as output:
            process = self.start(command, cwd=cwd, environment=environment, stdout=output.fileno())
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                self.end(process.pid)
                process.wait()
            self.check()
            output.seek(0)
            return status, output.read().decode(errors="replace")

    def add(self, group: int) -> None:
        """Remember a process group that something else has started."""
        with self._lock:
            self._groups.add(group)
            stopped = self._is_stopped
        if stopped:
            self.end(group)

    def end(self, group: int) -> None:
        """End what is left of a process group."""
        with self._lock:
            self._groups.discard(group)
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)

    def check(self) -> None:
        """Raise StoppedError after `stop`: what a process has told is not its result."""
        if self._is_stopped:
            raise StoppedError

    def stop(self) -> None:
        """End every process, and start no other."""
        with self._lock:
            self._is_stopped = True
            groups = list(self._groups)
        for group in groups:
            self.end(group)


class PytestServer:
    """A process that forks one of pytest for each run; see `tests.mutants.fork_server`."""

    def __init__(self, processes: Processes, root: Path, environment: dict[str, str]) -> None:
        self._processes = processes
        self._output = root.parent / "output"
        self._process = processes.start(
            [sys.executable, "-m", "tests.mutants.fork_server"],
            cwd=root,
            environment=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def run(
        self, arguments: Sequence[str], environment: dict[str, str], timeout: float
    ) -> tuple[int | None, str]:
        """Run pytest; see `Processes.run`."""
        request = {
            "arguments": list(arguments),
            "environment": environment,
            "output": str(self._output),
        }
        try:
            self._requests.write(json.dumps(request).encode() + b"\n")
            self._requests.flush()
            group = int(self._answers.readline())
            self._processes.add(group)
            in_time, _, _ = select.select([self._answers], [], [], timeout)
            self._processes.end(group)
            status = int(self._answers.readline())
        except (BrokenPipeError, ValueError):  # the server itself was ended
            raise StoppedError from None
        self._processes.check()
        return status if in_time else None, Path(self._output).read_text(errors="replace")

    def close(self) -> None:
        """End the server."""
        self._processes.end(self._process.pid)
        self._process.wait()
        self._answers.close()
        with suppress(BrokenPipeError):
            self._requests.close()

"""Runs a built function under AWS's runtime interface emulator, without Docker.

The emulator comes with the SAM command line. The caller provides the runtime interface client and
an interpreter of the runtime's minor version.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EMULATOR = "lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"
_PATIENCE = 30.0


@dataclass(frozen=True)
class Function:
    """A function to run: its handler, the folders on its path, and its environment."""

    handler: str
    path: Sequence[Path]
    environment: dict[str, str]


@dataclass(frozen=True)
class Running:
    """A function under the emulator."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """Return the CPU time of the runtime's process since its start."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        (child,) = "".join(task.read_text(encoding="ascii") for task in tasks).split()
        # As clock_getcpuclockid(3) makes it of a process: finer than the ticks in /proc.
        return time.clock_gettime((~int(child) << 3) | 2)

    def invoke(self, event: dict[str, Any]) -> Any:
        """Return the function's answer to an event.

        Raises:
            RuntimeError: the function answered with an error.
        """
        body = json.dumps(event).encode()
        with urllib.request.urlopen(self.url, body, timeout=_PATIENCE) as response:  # noqa: S310
            answer = json.loads(response.read())
        if isinstance(answer, dict) and "errorType" in answer:
            raise RuntimeError(json.dumps(answer)[:2000])
        return answer


def emulator() -> Path:
    """Find the executable of the emulator.

    Raises:
        FileNotFoundError: the SAM command line is not installed here.
    """
    for found in Path(".venv-sam").glob(_EMULATOR):
        return found
    raise FileNotFoundError("no runtime interface emulator: make build installs it")


@contextmanager
def running(function: Function, interpreter: Path) -> Iterator[Running]:
    """Start a function in a fresh environment; it initializes with its first invocation."""
    interface, api = _free_port(), _free_port()
    command = [
        str(emulator().resolve()),
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{interface}",
        "--runtime-api-address",
        f"127.0.0.1:{api}",
        str(interpreter),
        "-m",
        "awslambdaric",
        function.handler,
    ]
    process = subprocess.Popen(
        command,
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PYTHONPATH": os.pathsep.join(str(folder.resolve()) for folder in function.path),
            "PYTHONDONTWRITEBYTECODE": "1",  # /var/task is read-only in Lambda
            **function.environment,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(interface)
        url = f"http://127.0.0.1:{interface}/2015-03-31/functions/function/invocations"
        yield Running(url, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise TimeoutError("the emulator did not start")

"""Runs pytest in forked processes, so that the libraries are imported once and not per mutant.

Reads requests from standard input, one per line: `{"arguments": […], "environment": {…}, "output":
path}`. Answers each with two lines: the process id, and at the end the exit status.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from importlib import import_module
from typing import Any

import pytest

# What takes long to import. Nothing of the project or that reads variables when it is imported.
_LIBRARIES = ("boto3", "moto", "moto.server", "numpy", "PIL.Image", "yaml", "samtranslator")


def main() -> None:
    """Serve until standard input ends."""
    for library in _LIBRARIES:
        import_module(library)
    gc.freeze()
    for line in sys.stdin:
        process = os.fork()
        if not process:
            _run(json.loads(line))
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(request: dict[str, Any]) -> None:
    status = 3
    try:
        os.setsid()
        output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ.update(request["environment"])
        status = int(pytest.main(request["arguments"]))
        sys.stdout.flush()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()

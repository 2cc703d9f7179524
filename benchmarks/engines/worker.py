"""The process of an engine written in Python.

Each line on standard input is a request `{"file", "out"}`: make the renditions of a file, write
them to the folder `out` unless it is null, and answer with a line `{"cpu_ms", "wall_ms",
"peak_mb"}`. Reading and writing files is not timed. The environment variable `RENDITIONS` holds the
renditions to make as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Rendition(NamedTuple):
    """A rendition that every engine makes: its box in pixels, `cover` or `inside`, and its file."""

    name: str
    width: int
    height: int
    fit: str
    encoding: str
    quality: int


def renditions_to_make() -> tuple[Rendition, ...]:
    """Read the renditions from the environment."""
    return tuple(Rendition(*each) for each in json.loads(os.environ["RENDITIONS"]))


def serve(render: Callable[[bytes], dict[str, bytes]]) -> None:
    """Answer requests with an engine: the bytes of a picture in, renditions by name out."""
    for line in sys.stdin:
        request = json.loads(line)
        data = Path(request["file"]).read_bytes()
        wall, cpu = time.perf_counter(), time.process_time()
        made = render(data)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        for name, file in made.items() if request["out"] else ():
            Path(request["out"], name).write_bytes(file)
        answer = {"cpu_ms": cpu * 1000, "wall_ms": wall * 1000, "peak_mb": peak_megabytes()}
        print(json.dumps(answer), flush=True)


def peak_megabytes() -> float:
    """Return the peak resident memory of this process in MiB."""
    # Not getrusage: its peak includes the memory of the parent process before the exec.
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024

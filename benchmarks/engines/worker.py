"""The process of an engine written in Python.

Each line on standard input is a request `{"file", "out"}`: make the renditions of a file, write
them to the folder `out` unless that is null, and answer with a line `{"cpu_ms", "wall_ms",
"peak_mb"}`. Reading and writing files is not timed.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Asked(NamedTuple):
    """A rendition that every engine makes: its box in pixels, `cover` or `inside`, and its file."""

    name: str
    width: int
    height: int
    fit: str
    encoding: str
    quality: int


RENDITIONS = (
    Asked("thumbnail", 150, 150, "cover", "webp", 80),
    Asked("medium", 800, 600, "cover", "webp", 80),
    Asked("large", 1920, 1080, "cover", "webp", 80),
    Asked("preview", 320, 320, "inside", "jpeg", 85),
)


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
        answer = {"cpu_ms": cpu * 1000, "wall_ms": wall * 1000, "peak_mb": _peak_megabytes()}
        print(json.dumps(answer), flush=True)


def _peak_megabytes() -> float:
    # Not getrusage: what that counts starts with the memory of the process that started this one.
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024

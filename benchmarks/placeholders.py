"""The CPU time that a placeholder takes, from the smallest level of the pyramid on.

    python -m benchmarks.placeholders [--json FILE]

The levels themselves are left out: they are there for the renditions anyway. The renditions are the
default ones of the template, the pictures synthetic photos.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.deployed import specs
from pictures.color import srgb_transform
from pictures.decode import open_picture
from pictures.orientation import upright
from pictures.still import decode_still
from tests.support.pictures import file_of, orientation_exif, photo
from tests.support.profiles import display_p3
from thumbnail.crop import cut_for
from thumbnail.placeholder import SIDE, placeholder_of
from thumbnail.pyramid import pyramid_of

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS = 100
_PICTURES: dict[str, Callable[[], bytes]] = {
    "12 MP JPEG": lambda: file_of(photo((4000, 3000))),
    "12 MP JPEG, on its side, Display P3": lambda: file_of(
        photo((4000, 3000)), exif=orientation_exif(6), icc_profile=display_p3()
    ),
    "9 MP JPEG, square": lambda: file_of(photo((3000, 3000))),
    "1 MP JPEG": lambda: file_of(photo((1200, 900))),
    "3 MP PNG with alpha": lambda: file_of(photo((2000, 1500)).convert("RGBA"), "PNG"),
    "icon of 64 px": lambda: file_of(photo((64, 64)), "PNG"),
}


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.placeholders")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    results = {name: _measured(make()) for name, make in _PICTURES.items()}
    table = Table("picture", "smallest level", "CPU, ms")
    for name, found in results.items():
        table.add_row(name, found["level"], f"{found['ms']:.2f}")
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2), encoding="utf-8")


def _measured(data: bytes) -> dict[str, Any]:
    picture = open_picture(data)
    cuts = [cut_for(each.fit, (each.width, each.height), picture.size) for each in specs()]
    still = decode_still(picture, data, min(cuts, key=attrgetter("shrink")))
    pyramid = pyramid_of(still, max(cut.shrink for cut in cuts))
    colors = srgb_transform(pyramid.mode, still.profile)
    milliseconds = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        placeholder_of(upright(colors.apply(pyramid.overview(SIDE)), still.orientation))
        milliseconds.append((time.process_time() - start) * 1000)
    width, height = pyramid.levels[-1].image.size
    return {
        "level": f"{width} × {height}",
        "ms": round(statistics.median(milliseconds), 2),
    }


if __name__ == "__main__":
    main()

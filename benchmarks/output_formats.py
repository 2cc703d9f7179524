"""The formats of renditions compared on the pixels of one rendition: bytes, CPU and look."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from rich.table import Table

from benchmarks.similarity import psnr, ssim
from pictures.decode import decode, open_picture
from thumbnail.encode import encode
from thumbnail.renditions import parse_specs, pixels_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL import Image

    from thumbnail.specs import RenditionSpec

_FIGURES = {"bytes": "bytes", "cpu": "CPU", "ssim": "SSIM", "ssim_delta": "− first", "psnr": "PSNR"}


def specs_for(formats: Sequence[str]) -> tuple[RenditionSpec, ...]:
    """Return the specs of the `large` rendition in formats such as `webp:80`."""
    names = (f"f{number}=1920x1080:inside:{each}" for number, each in enumerate(formats))
    return parse_specs(",".join(names))


def measured(picture: Path, specs: Sequence[RenditionSpec], rounds: int) -> dict[str, Any]:
    """Encode the pixels of a photo by each spec; bytes and CPU are relative to the first.

    SSIM and PSNR compare what a decoder shows with the pixels that were encoded. CPU is the median
    of rounds in which the formats take turns.
    """
    pixels = pixels_of(picture.read_bytes(), specs[:1])[0].convert("RGB")
    turns = [[_encoded(pixels, spec) for spec in specs] for _ in range(rounds)]
    first_bytes = len(turns[0][0][0])
    rows: dict[str, Any] = {}
    for number, spec in enumerate(specs):
        data = turns[0][number][0]
        shown = open_picture(data)
        decode(shown)
        similarity = ssim(shown.convert("RGB"), pixels)
        first = next(iter(rows.values()), {"ssim": similarity})
        rows[f"{spec.format}:{spec.quality}"] = {
            "bytes": len(data) / first_bytes,
            "cpu": statistics.median(turn[number][1] / turn[0][1] for turn in turns),
            "ssim": similarity,
            "ssim_delta": similarity - first["ssim"],
            "psnr": psnr(shown.convert("RGB"), pixels),
        }
    return rows


def table_of(rows: list[dict[str, Any]]) -> Table:
    """Return the medians over all photos."""
    table = Table("format", *_FIGURES.values())
    for name in rows[0]:
        medians = (statistics.median(row[name][figure] for row in rows) for figure in _FIGURES)
        size, cpu, similarity, delta, decibels = medians
        looks = f"{similarity:.4f}", f"{delta:+.4f}", f"{decibels:.1f}"
        table.add_row(name, f"{size:.2f}", f"{cpu:.2f}", *looks)
    return table


def _encoded(pixels: Image.Image, spec: RenditionSpec) -> tuple[bytes, float]:
    image, start = pixels.copy(), time.process_time()
    data = encode(image, spec)
    return data, time.process_time() - start

"""Renditions compared with those of sharp, pyvips and a tutorial: CPU, memory, quality, bytes.

    python -m benchmarks.renditions [FOLDER] [--rounds N] [--json FILE] [--chart FILE]
    python -m benchmarks.renditions [FOLDER] [--rounds N] --formats webp:80 avif:65 jxl:76

FOLDER: photos; without it, a set is drawn. Every engine runs in a fresh process per picture. They
take turns, and a ratio is the median of the ratios of the turns, because the speed of a machine
drifts and the ratio does not. Engines that are not installed are skipped, with a hint how to
install them. With --formats, one rendition is compared in the formats of the functions instead,
relative to the first. benchmarks/README.md describes the method.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks import output_formats
from benchmarks.chart import write_bars
from benchmarks.engine_processes import (
    NAIVE,
    OURS,
    PYVIPS,
    SHARP,
    EngineError,
    EngineProcess,
    Run,
)
from benchmarks.similarity import compare
from benchmarks.synthetic_photos import draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.engine_processes import Engine

_PEERS = ("sharp", "pyvips", "naive")
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".avif", ".gif"}
_COLUMNS = {
    "cpu_ratio_to_sharp": "CPU to sharp",
    "cpu_ratio_to_pyvips": "to pyvips",
    "cpu_ratio_to_naive": "to naive",
    "psnr_min": "PSNR min",
    "ssim_delta": "SSIM − sharp's",
    "bytes_ratio": "bytes to sharp",
    "rss_mb": "peak MB",
}
_loud = Console(stderr=True, style="bold red")


def main() -> None:
    """Measure, print a table, write JSON and a chart."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.renditions")
    arguments.add_argument("folder", nargs="?", type=Path, help="photos (default: drawn ones)")
    arguments.add_argument("--rounds", type=int, default=5, help="turns per picture (default 5)")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    arguments.add_argument("--chart", type=Path, help="write the CPU ratios as SVG here")
    arguments.add_argument("--formats", nargs="+", help="compare these output formats instead")
    options = arguments.parse_args()
    Image.MAX_IMAGE_PIXELS = None
    engines = [engine for engine in (OURS, NAIVE, PYVIPS, SHARP) if _is_installed(engine)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or draw(Path(temporary))
        pictures = sorted(file for file in folder.rglob("*") if file.suffix.lower() in _SUFFIXES)
        if not pictures:
            arguments.error(f"no pictures in {folder}")
        if options.formats:
            chosen = output_formats.specs_for(options.formats)
            found = [output_formats.measured(file, chosen, options.rounds) for file in pictures]
            Console(width=80).print(output_formats.table_of(found))
            return
        rows = [
            {"file": str(picture.relative_to(folder))} | _measured(picture, engines, options.rounds)
            for picture in pictures
        ]
    _print(rows)
    if options.json:
        options.json.write_text(json.dumps({"pictures": rows}, indent=2) + "\n")
    if options.chart:
        bars = [(row["file"], row.get("cpu_ratio_to_sharp", 0.0)) for row in rows]
        write_bars(options.chart, "CPU, as a share of sharp's", bars, limit=1.0)


def _is_installed(engine: Engine) -> bool:
    if engine.is_installed():
        return True
    _loud.print(f"{engine.name} is not installed, so it is skipped: {engine.how_to_install}")
    return False


def _measured(picture: Path, engines: Sequence[Engine], rounds: int) -> dict[str, Any]:
    """Measure the engines on a picture: time, memory, and the similarity of what they made."""
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        made = Path(temporary)
        processes, first = _started(picture, made, engines, stack)
        turns = [
            {name: process.run(picture) for name, process in processes.items()}
            for _ in range(rounds)
        ]
        similarity = compare(picture.read_bytes(), made, list(processes))
    return {
        **_ratios(turns),
        **similarity,
        "rss_mb": round(first["ours"].peak_mb),
        "engines": {
            name: {
                "cpu_ms": round(statistics.median(turn[name].cpu_ms for turn in turns), 1),
                "wall_ms": round(statistics.median(turn[name].wall_ms for turn in turns), 1),
                "rss_mb": round(first[name].peak_mb),
            }
            for name in processes
        },
    }


def _started(
    picture: Path, made: Path, engines: Sequence[Engine], stack: ExitStack
) -> tuple[dict[str, EngineProcess], dict[str, Run]]:
    """Start a process per engine and process the picture once: to warm up, for memory and files."""
    processes, first = {}, {}
    for engine in engines:
        process = stack.enter_context(EngineProcess(engine))
        (made / engine.name).mkdir()
        try:
            first[engine.name] = process.run(picture, made / engine.name)
        except EngineError:
            if engine is OURS:
                raise
            _loud.print(f"{engine.name} cannot read {picture}, so it is skipped for that picture")
            continue
        processes[engine.name] = process
    return processes, first


def _ratios(turns: list[dict[str, Run]]) -> dict[str, float]:
    return {
        f"cpu_ratio_to_{peer}": round(
            statistics.median(turn["ours"].cpu_ms / turn[peer].cpu_ms for turn in turns), 3
        )
        for peer in _PEERS
        if peer in turns[0]
    }


def _print(rows: list[dict[str, Any]]) -> None:
    table = Table("picture", "CPU ms", *_COLUMNS.values())
    for row in rows:
        cells = [str(row.get(column, "–")) for column in _COLUMNS]
        table.add_row(row["file"], str(row["engines"]["ours"]["cpu_ms"]), *cells)
    table.add_section()
    measured = [[row[column] for row in rows if column in row] for column in _COLUMNS]
    medians = [f"{statistics.median(values):.4g}" if values else "–" for values in measured]
    table.add_row("median", "", *medians)
    console = Console()
    console.print(table) if console.is_terminal else Console(width=140).print(table)


if __name__ == "__main__":
    main()

"""Compares how this project and other readers show the pictures of a folder.

    python -m tests.differential FOLDER [--out FOLDER] [--jobs 2] [--seconds 60]

Exits with 1 if anything failed, which is always a bug; a difference is for a person to judge.
"""

from __future__ import annotations

import argparse
import queue
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.differential.comparison import finding
from tests.differential.readers import OURS, Reading, readers
from tests.differential.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.differential.readers import Reader


def main(words: Sequence[str] | None = None) -> int:
    """Compare all files below a folder."""
    arguments = argparse.ArgumentParser(prog="python -m tests.differential")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--out", type=Path, default=Path(".build/differential"))
    arguments.add_argument("--jobs", type=int, default=2, help="files that are read at once")
    arguments.add_argument("--seconds", type=float, default=60, help="for a reader and a file")
    options = arguments.parse_args(words)
    files = [file for file in sorted(options.folder.rglob("*")) if file.is_file()]
    if not files:
        sys.stderr.write(f"no files in {options.folder}\n")
        return 2
    installed = [reader.name for reader in readers() if reader.is_installed()]
    others = [name for name in installed if name != OURS]
    sys.stdout.write(f"{len(files):,} files; other readers: {', '.join(others) or 'none'}\n")
    if len(others) < 2:
        sys.stdout.write("install at least two others to compare with: see docs/development.md\n")
    report = Report(options.out)
    try:
        _compare(files, options.folder, installed, report, options.jobs, options.seconds)
    except KeyboardInterrupt:
        sys.stdout.write("interrupted; the results so far are kept\n")
    counts = report.close()
    for kind, count in counts.items():
        sys.stdout.write(f"{count:8,} {kind}\n")
    sys.stdout.write(f"{options.out}/results.csv, {options.out}/index.html\n")
    return 1 if counts.get("failed") else 0


def _compare(
    files: Sequence[Path],
    folder: Path,
    installed: Sequence[str],
    report: Report,
    jobs: int,
    seconds: float,
) -> None:
    """Compare the files in a few threads, each with its own processes; report them here."""
    todo: queue.SimpleQueue[Path] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Path, list[Reading]]] = queue.SimpleQueue()
    for file in files:
        todo.put(file)
    stop = threading.Event()

    def work() -> None:
        mine = [reader for reader in readers() if reader.name in installed]
        with tempfile.TemporaryDirectory() as temporary:
            while not (stop.is_set() or todo.empty()):
                try:
                    file = todo.get_nowait()
                except queue.Empty:
                    break
                done.put((file, _read(file, mine, Path(temporary), seconds)))
        for reader in mine:
            reader.close()

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, len(files) + 1):
            file, readings = done.get()
            ours, *others = readings
            report.add(str(file.relative_to(folder)), finding(ours, others), readings)
            if number % 500 == 0:
                sys.stdout.write(f"{number:,} …\n")
                sys.stdout.flush()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _read(file: Path, mine: Sequence[Reader], folder: Path, seconds: float) -> list[Reading]:
    """Read a file with every reader, under a name without characters that programs interpret."""
    suffix = file.suffix.lower()
    linked = folder / f"picture{suffix if suffix[1:].isalnum() and suffix.isascii() else ''}"
    linked.symlink_to(file.resolve())
    try:
        return [_reading(reader, linked, folder, seconds) for reader in mine]
    finally:
        linked.unlink()


def _reading(reader: Reader, file: Path, folder: Path, seconds: float) -> Reading:
    try:
        return reader.read(file, folder, seconds)
    except Exception as error:  # noqa: BLE001 - a run over thousands of files goes on
        return Reading(reader.name, note=f"{type(error).__name__}: {error}", failed=True)


if __name__ == "__main__":
    sys.exit(main())

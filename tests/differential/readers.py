"""The readers of pictures that are compared, each with a time limit.

Libraries of Python run in a process that is started once and again after it was killed; programs
are started for each file. Every reader shows the first frame upright, in sRGB and with its alpha.
"""

from __future__ import annotations

import io
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from PIL import Image, ImageCms

from benchmarks.engine_processes import PEERS, ROOT
from pictures.layouts import eight_bit
from tests.differential.worker import SIDE

if TYPE_CHECKING:
    from pathlib import Path

OURS = "functions"


@dataclass(frozen=True)
class Reading:
    """What a reader makes of a file.

    `picture` is in RGBA, at most `SIDE` pixels on a side; None if the file was not opened. `sides`
    are width and height of the full picture as displayed. `note` says why a file was not opened.
    """

    reader: str
    picture: Image.Image | None = None
    sides: tuple[int, int] | None = None
    note: str = ""
    failed: bool = False
    format: str = ""


class Reader(Protocol):
    """A way to look at a file."""

    @property
    def name(self) -> str:
        """What it is called in reports."""

    def is_installed(self) -> bool:
        """Return whether it can run here."""

    def read(self, file: Path, folder: Path, seconds: float) -> Reading:
        """Read a file; `folder` is for temporary files."""

    def close(self) -> None:
        """End its processes."""


class Library:
    """A library of Python, in a process of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process: subprocess.Popen[str] | None = None

    def is_installed(self) -> bool:
        check = [sys.executable, "-c", f"import {self.name}"]
        if self.name == OURS:
            return True
        return subprocess.run(check, capture_output=True, env=_environment()).returncode == 0

    def read(self, file: Path, folder: Path, seconds: float) -> Reading:
        out = folder / f"{self.name}.png"
        process = self._started()
        stdin, stdout = process.stdin, process.stdout
        assert stdin
        assert stdout
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
        try:
            stdin.write(json.dumps({"file": str(file), "out": str(out)}) + "\n")
            stdin.flush()
            line = lines.get(timeout=seconds)
        except (queue.Empty, BrokenPipeError):
            line = ""
        if not line:
            reason = f"killed after {seconds:.0f} s" if process.poll() is None else "crashed"
            self.close()
            return Reading(self.name, note=reason, failed=True)
        answer: dict[str, Any] = json.loads(line)
        note = answer.get("failed") or answer.get("refused") or ""
        if "sides" not in answer:
            return Reading(self.name, note=note, failed="failed" in answer)
        picture = _shown(out)
        width, height = answer["sides"]
        sides = (width, height) if width else picture.size
        return Reading(self.name, picture, sides, format=answer.get("format", ""))

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.differential.worker", self.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=_environment(),
                cwd=ROOT,
                start_new_session=True,  # Ctrl-C is for the command, which then ends this
            )
        return self._process

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@dataclass(frozen=True)
class Program:
    """A program that is started for each file.

    `arguments` holds `{file}`, `{out}`, `{side}`, `{canvas}` and `{srgb}`, a profile. `sides`
    matches the size of the full picture in what it prints; without it, the output is in full size.
    """

    name: str
    executables: tuple[str, ...]
    arguments: str
    sides: str = ""
    heads: bytes = b""
    version: str = ""

    def is_installed(self) -> bool:
        return self._executable() is not None

    def _executable(self) -> str | None:
        for name in self.executables:
            path = shutil.which(name)
            # `convert` is the name of other programs, too.
            if path and (not self.version or self.version in _output([path, "-version"], 10)[1]):
                return path
        return None

    def read(self, file: Path, folder: Path, seconds: float) -> Reading:
        with file.open("rb") as opened:
            head = opened.read(32)
        if self.heads and not re.match(self.heads, head, re.DOTALL):
            return Reading(self.name, note="not a format of this reader")
        out, srgb = folder / f"{self.name}.png", folder / "srgb.icc"
        out.unlink(missing_ok=True)
        places: dict[str, object] = {"file": file, "out": out, "side": SIDE, "srgb": srgb}
        # The canvas of a scanned page or of a PNG is not shown.
        places["canvas"] = "-coalesce" if re.match(_CANVAS, head) else "+repage"
        if "{srgb}" in self.arguments and not srgb.exists():
            srgb.write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
        executable = self._executable()
        assert executable
        words = [word.format(**places) for word in self.arguments.split()]
        try:
            status, printed = _output([executable, *words], seconds)
        except subprocess.TimeoutExpired:
            return Reading(self.name, note=f"killed after {seconds:.0f} s", failed=True)
        if not out.exists():
            return Reading(self.name, note=printed.strip()[-200:], failed=status < 0)
        try:
            picture = _shown(out)
        except OSError as error:
            return Reading(self.name, note=str(error), failed=True)
        found = re.search(self.sides, printed) if self.sides else None
        sides = (int(found[1]), int(found[2])) if found else picture.size
        picture.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
        return Reading(self.name, picture, sides)

    def close(self) -> None:
        pass


_BOXES = rb".{4}ftyp"
_JXL = rb"\xff\x0a|\0\0\0\x0cJXL "
_CANVAS = rb"GIF8|RIFF"


def readers() -> list[Reader]:
    """Return new readers: this project first, then all others, installed or not."""
    return [
        Library(OURS),
        Library("pyvips"),
        Program(
            "ImageMagick",
            ("magick", "convert"),
            "{file}[0] {canvas} -auto-orient -format sides=%wx%h -write info:-"
            " -resize {side}x{side}> -profile {srgb} -colorspace sRGB -depth 8 png32:{out}",
            sides=r"sides=(\d+)x(\d+)",
            version="ImageMagick",
        ),
        Program(
            "ffmpeg",
            ("ffmpeg",),
            "-nostdin -hide_banner -protocol_whitelist file -i {file} -frames:v 1"
            " -vf showinfo,scale='min({side},iw)':'min({side},ih)':"
            "force_original_aspect_ratio=decrease -pix_fmt rgba -y {out}",
            sides=r" s:(\d+)x(\d+) ",
        ),
        Program("libheif", ("heif-dec", "heif-convert"), "{file} {out}", heads=_BOXES),
        Program("djxl", ("djxl",), "{file} {out}", heads=_JXL),
    ]


def _shown(file: Path) -> Image.Image:
    """Open what a reader wrote, in RGBA; a profile that it left in the file is applied."""
    with Image.open(io.BytesIO(file.read_bytes())) as opened:
        profile = opened.info.get("icc_profile")
        picture = eight_bit(opened).convert("RGBA")
    if not profile:
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() == "RGB":
            ImageCms.profileToProfile(
                picture, source, ImageCms.createProfile("sRGB"), inPlace=True, outputMode="RGBA"
            )
    except (ImageCms.PyCMSError, OSError):
        pass
    return picture


def _output(command: list[str], seconds: float) -> tuple[int, str]:
    """Run a program; return its exit status and all that it printed."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace")


def _environment() -> dict[str, str]:
    path = os.pathsep.join((str(ROOT), str(PEERS / "python")))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "VIPS_CONCURRENCY": "1"}

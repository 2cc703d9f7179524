"""The process of a reader that is a Python library: this project's functions, or pyvips.

    python -m tests.differential.worker functions|pyvips

Each line on standard input is a request `{"file", "out"}`: show the file, upright and in sRGB, as a
PNG at `out`. The answer is a line with `sides`, or with `refused` or `failed` and the reason.
"""

from __future__ import annotations

import io
import json
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 256
"""Pixels of the longer side of what is compared."""

_SPECS = f"shown={SIDE}x{SIDE}:inside:png,cropped=150x150:attention:webp"


def functions(file: Path, out: Path) -> dict[str, Any]:
    """Put a file through the functions, one after the other, as in the pipeline."""
    from benchmarks.work import work
    from convert.decode import convert_picture
    from image_pipeline.errors import ValidationError
    from metadata.extract import extract
    from pictures.formats import FORMATS
    from pictures.limits import PIXELS, UPLOAD_BYTES
    from thumbnail.renditions import parse_specs, render
    from validate.examine import examine
    from validate.rules import check_size

    data = file.read_bytes()
    try:
        check_size(len(data), UPLOAD_BYTES)
        facts = examine(io.BytesIO(data), f"uploads/{file.name}", "", PIXELS)
        name, sides = facts.format, (facts.width, facts.height)
        if FORMATS[name].is_converted:
            converted = convert_picture(data, name, max_pixels=PIXELS)
            data, name = converted.data, converted.format
            sides = converted.conversion.width, converted.conversion.height
            file = out.with_suffix(".converted")
            file.write_bytes(data)
        made = render(data, parse_specs(_SPECS), format_name=name, max_pixels=PIXELS)
        out.write_bytes(made[0].data)
        extract(data, store_gps=True)
        moderated = work("moderate", file, name)
    except ValidationError as error:
        return {"refused": str(error)}
    if moderated != "ok":
        return {"failed": f"shown, but the moderation refuses it: {moderated}"}
    return {"sides": sides, "format": facts.format}


def pyvips(file: Path, out: Path) -> dict[str, Any]:
    """Show a file with libvips."""
    library: Any = import_module("pyvips")
    library.cache_set_max(0)  # every file has the same name here
    try:
        stored = library.Image.new_from_file(str(file))
        if stored.get("vips-loader").startswith("magick"):
            return {"refused": "read by ImageMagick"}
        turned = stored.autorot()
        shown = library.Image.thumbnail(str(file), SIDE, size="down", output_profile="srgb")
        shown.write_to_file(str(out), bitdepth=8)
    except library.Error as error:
        return {"refused": str(error).strip()}
    return {"sides": (turned.width, turned.height)}


READERS: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "functions": functions,
    "pyvips": pyvips,
}


def main(reader: str) -> None:
    """Answer requests until standard input ends."""
    if reader == "pyvips":
        import_module(reader)  # without it, the process ends at once
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = READERS[reader](Path(request["file"]), Path(request["out"]))
        except Exception as error:  # noqa: BLE001 - whatever is no refusal is what is looked for
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}"
            answer = {"failed": f"{type(error).__name__}: {error} ({place})"}
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])

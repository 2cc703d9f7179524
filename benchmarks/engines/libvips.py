"""pyvips as its documentation uses it: one `thumbnail_buffer` per size."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from benchmarks.engines.worker import Rendition, renditions_to_make, serve

RENDITIONS = renditions_to_make()
pyvips: Any = import_module("pyvips")  # optional, and without type information


def renditions(data: bytes) -> dict[str, bytes]:
    """Make the renditions, by name."""
    return {asked.name: _rendition(data, asked) for asked in RENDITIONS}


def _rendition(data: bytes, asked: Rendition) -> bytes:
    crop = {"crop": "centre"} if asked.fit == "cover" else {}
    image = pyvips.Image.thumbnail_buffer(
        data, asked.width, height=asked.height, size="down", output_profile="srgb", **crop
    )
    suffix = ".jpg" if asked.encoding == "jpeg" else f".{asked.encoding}"
    return bytes(image.write_to_buffer(suffix, Q=asked.quality, keep="none"))


if __name__ == "__main__":
    serve(renditions)

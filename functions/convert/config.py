"""The settings of this function: one environment variable each, see `image_pipeline.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ConvertConfig:
    """Where a converted picture goes, and how large it may be."""

    table_name: str
    renditions_bucket: str
    max_pixels: int

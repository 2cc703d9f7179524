"""The settings of this function: one environment variable each, see `image_pipeline.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ThumbnailConfig:
    """The renditions to make, in the syntax of `thumbnail.renditions.parse_specs`."""

    table_name: str
    renditions_bucket: str
    renditions: str
    max_pixels: int

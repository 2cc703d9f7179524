"""The settings of this function: one environment variable each, see `image_pipeline.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MetadataConfig:
    """Whether the place where a picture was taken may be kept."""

    table_name: str
    store_gps: bool

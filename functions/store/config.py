"""The settings of this function: one environment variable each, see `image_pipeline.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreConfig:
    """Where the outcome is written and where superseded renditions are removed."""

    table_name: str
    renditions_bucket: str

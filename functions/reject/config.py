"""The settings of this function: one environment variable each, see `image_pipeline.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RejectConfig:
    """Where the refusal is written and where half-made renditions are removed."""

    table_name: str
    renditions_bucket: str
